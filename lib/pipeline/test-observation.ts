/** Test only: layouts and observations from a compact description. */

import type { EpochMs } from "../model/reading.ts";
import type { PartialFailure, SourceEvent } from "../model/source.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import type { Gauge } from "../sample/gauge.ts";
import type { ConsumerInfo, Layout, StreamInfo } from "../sample/layout.ts";
import type { Member, Sample } from "../sample/sample.ts";

let versions = 0;

export interface LayoutText {
  /** Lanes of each stream, by name. */
  readonly streams: Readonly<Record<string, number | { readonly lanes: number; readonly kind: string }>>;
  /** Lanes each consumer reads: `orders/0`, or `orders` for all of its lanes. */
  readonly consumers: Readonly<
    Record<string, readonly string[] | ({ readonly reads: readonly string[] } & Partial<ConsumerInfo>)>
  >;
}

/** Each is another version. */
export function layoutOf({ streams, consumers }: LayoutText): Layout {
  const streamInfos: StreamInfo[] = [];
  const stream: number[] = [];
  const number: number[] = [];
  for (const [name, text] of Object.entries(streams)) {
    const { lanes, kind } = typeof text === "number" ? { lanes: text, kind: "topic" as const } : text;
    for (let lane = 0; lane < lanes; lane++) {
      stream.push(streamInfos.length);
      number.push(lane);
    }
    streamInfos.push({ key: name, name, kind });
  }
  const lanesOf = (text: string) => {
    const [name, lane] = text.split("/");
    const row = streamInfos.findIndex((info) => info.name === name);
    return stream.flatMap((of, index) =>
      of === row && (lane === undefined || number[index] === Number(lane)) ? [index] : [],
    );
  };
  const start = [0];
  const consumer: number[] = [];
  const lane: number[] = [];
  const infos = Object.entries(consumers).map(([name, text], row): ConsumerInfo => {
    const { reads, ...info } = Array.isArray(text)
      ? { reads: text as string[] }
      : (text as { reads: string[] });
    for (const one of reads.flatMap(lanesOf)) {
      consumer.push(row);
      lane.push(one);
    }
    start.push(lane.length);
    return {
      key: name,
      name,
      kind: "classic group",
      streams: [...new Set(reads.map((one) => streamInfos.findIndex((s) => s.name === one.split("/")[0])))],
      backlogUnit: "messages",
      ...info,
    };
  });
  return {
    version: ++versions,
    rows: null,
    streams: streamInfos,
    lanes: { count: stream.length, stream: Int32Array.from(stream), number: Int32Array.from(number) },
    consumers: infos,
    positions: {
      count: lane.length,
      consumer: Int32Array.from(consumer),
      lane: Int32Array.from(lane),
      start: Int32Array.from(start),
    },
  };
}

/** One value for all rows, or by name; rows without one are NaN. */
export type ColumnText = number | Readonly<Record<string, number>>;

export interface SampleText {
  readonly at: EpochMs;
  /** By lane: `orders/0`. */
  readonly head?: ColumnText;
  readonly floor?: ColumnText;
  /** By consumer and lane: `billing orders/0`. */
  readonly position?: ColumnText;
  readonly backlog?: ColumnText;
  readonly inFlight?: ColumnText;
  readonly lost?: ColumnText;
  readonly latencyMs?: ColumnText;
  readonly unreadSince?: ColumnText;
  /** By lane. */
  readonly messageBytes?: ColumnText;
  readonly replicas?: ColumnText;
  readonly inSync?: ColumnText;
  /** By stream. */
  readonly inTotal?: ColumnText;
  readonly outOfStream?: ColumnText;
  readonly retentionMs?: ColumnText;
  readonly retentionBytes?: ColumnText;
  readonly retentionMessages?: ColumnText;
  /** By consumer. */
  readonly readers?: ColumnText;
  readonly dueTotal?: ColumnText;
  readonly outTotal?: ColumnText;
  readonly flags?: Readonly<Record<string, keyof typeof ConsumerFlag>>;
  /** By consumer and lane: row in `members`. */
  readonly member?: Readonly<Record<string, number>>;
  readonly members?: readonly Member[];
  readonly events?: readonly SourceEvent[];
  readonly failures?: readonly PartialFailure[];
  readonly gauges?: readonly Gauge[];
}

export function observe(layout: Layout, sample: SampleText): Sample {
  const { at } = sample;
  const laneNames = Array.from(
    layout.lanes.stream,
    (stream, lane) => `${layout.streams[stream]!.name}/${layout.lanes.number[lane]}`,
  );
  const positionNames = Array.from(
    layout.positions.lane,
    (lane, row) => `${layout.consumers[layout.positions.consumer[row]!]!.name} ${laneNames[lane]}`,
  );
  const streamNames = layout.streams.map(({ name }) => name);
  const consumerNames = layout.consumers.map(({ name }) => name);
  const column = (names: readonly string[], text: ColumnText | undefined) =>
    Float64Array.from(names, (name) => (typeof text === "number" ? text : (text?.[name] ?? Number.NaN)));
  const optional = (names: readonly string[], text: ColumnText | undefined) =>
    text === undefined ? null : column(names, text);
  return {
    startedAt: at,
    finishedAt: at,
    layout,
    lanes: {
      head: column(laneNames, sample.head),
      floor: column(laneNames, sample.floor),
      asOf: column(laneNames, at),
      messageBytes: optional(laneNames, sample.messageBytes),
      replicas: optional(laneNames, sample.replicas),
      inSync: optional(laneNames, sample.inSync),
    },
    positions: {
      position: column(positionNames, sample.position),
      backlog: optional(positionNames, sample.backlog),
      inFlight: optional(positionNames, sample.inFlight),
      lost: optional(positionNames, sample.lost),
      latencyMs: optional(positionNames, sample.latencyMs),
      unreadSince: optional(positionNames, sample.unreadSince),
      asOf: column(positionNames, at),
      member: Int32Array.from(positionNames, (name) => sample.member?.[name] ?? -1),
    },
    streams: {
      inTotal: optional(streamNames, sample.inTotal),
      outTotal: optional(streamNames, sample.outOfStream),
      retentionMs: optional(streamNames, sample.retentionMs),
      retentionBytes: optional(streamNames, sample.retentionBytes),
      retentionMessages: optional(streamNames, sample.retentionMessages),
    },
    consumers: {
      readers: column(consumerNames, sample.readers ?? 1),
      dueTotal: optional(consumerNames, sample.dueTotal),
      outTotal: optional(consumerNames, sample.outTotal),
      flags: sample.flags
        ? Uint16Array.from(consumerNames, (name) =>
            sample.flags?.[name] === undefined ? 0 : ConsumerFlag[sample.flags[name]],
          )
        : null,
    },
    members: sample.members ?? [],
    facts: [],
    ...(sample.gauges && { gauges: sample.gauges }),
    events: sample.events ?? [],
    failures: sample.failures ?? [],
    cost: { requests: 3 },
  };
}
