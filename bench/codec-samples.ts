import type { Layout } from "../lib/sample/layout.ts";
import { nextLayout } from "../lib/sample/row-map.ts";
import type { Sample } from "../lib/sample/sample.ts";
import { BIG, type ClusterSize, groupName, topicName } from "./big-cluster.ts";

/** Samples of one source, one after the other. */
export type Chain = readonly Sample[];

/** A tenth of the groups moves, side by side as they are sorted; or any tenth of all positions. */
export type Movement = "groups" | "scattered";

const AT = 1_790_000_000_000;
const EVERY_MS = 1_000;

/** Of the cluster that `big-cluster.ts` fills. Made, with the rows that it has: as no broker of one machine moves. */
export function makeBigSamples(count: number, movement: Movement): Chain {
  const layout = bigLayout(BIG);
  const samples: Sample[] = [];
  const random = createRandom();
  for (let n = 0; n < count; n++) {
    samples.push(n === 0 ? firstBig(layout) : nextBig(samples[n - 1]!, movement, random));
  }
  return samples;
}

function bigLayout(size: ClusterSize): Layout {
  const laneCount = size.topics * size.partitions;
  const positionCount = size.groups * size.positionsPerGroup;
  const topicsEach = Math.ceil(size.positionsPerGroup / size.partitions);
  const lane = new Int32Array(positionCount);
  const streamsOf = (group: number) =>
    Array.from({ length: topicsEach }, (_, n) => (group * 7 + n * 89) % size.topics).sort((a, b) => a - b);
  const consumers = Array.from({ length: size.groups }, (_, group) => {
    const streams = streamsOf(group);
    for (let at = 0; at < size.positionsPerGroup; at++) {
      const stream = streams[Math.floor(at / size.partitions)]!;
      lane[group * size.positionsPerGroup + at] = stream * size.partitions + (at % size.partitions);
    }
    const name = groupName(group);
    return { key: name, name, kind: "classic group" as const, streams, backlogUnit: "messages" as const };
  });
  return nextLayout(null, {
    streams: Array.from({ length: size.topics }, (_, topic) => ({
      key: topicName(topic),
      name: topicName(topic),
      kind: "topic" as const,
      detail: `${size.partitions} partitions`,
    })),
    lanes: {
      count: laneCount,
      stream: Int32Array.from({ length: laneCount }, (_, row) => Math.floor(row / size.partitions)),
      number: Int32Array.from({ length: laneCount }, (_, row) => row % size.partitions),
    },
    consumers,
    positions: {
      count: positionCount,
      consumer: Int32Array.from({ length: positionCount }, (_, row) =>
        Math.floor(row / size.positionsPerGroup),
      ),
      lane,
      start: Int32Array.from({ length: size.groups + 1 }, (_, group) => group * size.positionsPerGroup),
    },
  });
}

function firstBig(layout: Layout): Sample {
  const random = createRandom();
  const { lanes, positions, streams, consumers } = layout;
  const numbers = (rows: number, make: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => make(row));
  return {
    startedAt: AT - 140,
    finishedAt: AT,
    layout,
    lanes: {
      head: numbers(lanes.count, () => Math.floor(random() * 1e7)),
      floor: numbers(lanes.count, () => Math.floor(random() * 1e5)),
      asOf: numbers(lanes.count, () => AT - 20),
      messageBytes: null,
      replicas: numbers(lanes.count, () => 3),
      inSync: numbers(lanes.count, () => 3),
    },
    positions: {
      position: numbers(positions.count, () => Math.floor(random() * 1e7)),
      backlog: null,
      inFlight: null,
      lost: null,
      latencyMs: null,
      unreadSince: numbers(positions.count, () =>
        random() < 0.1 ? AT - Math.floor(random() * 1e7) : Number.NaN,
      ),
      asOf: numbers(positions.count, () => AT - 60),
      member: new Int32Array(positions.count).fill(-1),
    },
    streams: {
      inTotal: null,
      outTotal: null,
      retentionMs: numbers(streams.length, () => 86_400_000),
      retentionBytes: numbers(streams.length, () => Number.POSITIVE_INFINITY),
      retentionMessages: null,
    },
    consumers: {
      readers: numbers(consumers.length, () => 0),
      dueTotal: null,
      outTotal: null,
      flags: new Uint16Array(consumers.length),
    },
    members: [],
    facts: [
      { label: "Topics", value: String(streams.length) },
      { label: "Partitions", value: String(lanes.count) },
    ],
    events: [],
    failures: [],
    cost: { requests: 6 },
  };
}

/** Columns are new ones, as a collector makes them, also where nothing moved. */
function nextBig(before: Sample, movement: Movement, random: () => number): Sample {
  const later = (column: Float64Array) => column.map((at) => at + EVERY_MS);
  const moved = (column: Float64Array) => {
    const next = column.slice();
    const tenth = column.length / 10;
    for (let row = 0; row < column.length; row++) {
      const moves = movement === "groups" ? row < tenth : random() < 0.1;
      if (moves) next[row] = next[row]! + 1 + Math.floor(random() * 40);
    }
    return next;
  };
  const { lanes, positions } = before;
  return {
    ...before,
    startedAt: before.startedAt + EVERY_MS,
    finishedAt: before.finishedAt + EVERY_MS,
    lanes: { ...lanes, head: moved(lanes.head), floor: lanes.floor.slice(), asOf: later(lanes.asOf) },
    positions: {
      ...positions,
      position: moved(positions.position),
      unreadSince: positions.unreadSince!.slice(),
      asOf: later(positions.asOf),
      member: positions.member.slice(),
    },
    consumers: { ...before.consumers, readers: before.consumers.readers.slice() },
    facts: structuredClone(before.facts),
    cost: { ...before.cost },
  };
}

/** The same numbers every time: sizes must not differ from run to run. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
