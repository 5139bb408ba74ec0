import { formatBytes } from "../../../format/index.ts";
import type { PartialFailure, SourceFact } from "../../../model/source.ts";
import type { Layout } from "../../../sample/layout.ts";
import { remapColumn } from "../../../sample/remap.ts";
import { rowsSince } from "../../../sample/row-map.ts";
import type { Plan } from "../groups/plan.ts";
import type { Api } from "../link/link.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import type { Topology } from "../topology/topology.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "../wire/error-codes.ts";
import { decodeDescribeLogDirs, encodeDescribeLogDirs, type LogDirVisitor } from "../wire/log-dirs.ts";

/** Version 4 tells the size of the volume, too. */
const DESCRIBE_LOG_DIRS: Api = { key: 35, name: "DescribeLogDirs", min: 2, max: 4 };
/** A broker that failed at it is left alone for so long: the request may be too much for its disk. */
const FAILED_RETRY_MS = 10 * 60_000;
/** A broker that was just found is asked again so soon: a cluster that has just started has next to nothing yet. */
const SECOND_ASK_MS = 10_000;
/** Brokers told one by one on the source's page. */
const BROKERS_TOLD = 12;

export interface LogDirRound {
  readonly plan: Plan;
  readonly topology: Topology;
  /** Ends and starts of the sample that was just taken, by lane. */
  readonly head: Float64Array;
  readonly floor: Float64Array;
  readonly samplers: ReadonlyMap<number, BrokerSampler>;
}

/** What one broker said of its log directories. */
interface BrokerLogs {
  bytes: number;
  /** Of the fullest of its volumes; -1 before Kafka 3.3. */
  freeBytes: number;
  /** Of a directory that failed; 0 for none. */
  error: number;
}

/**
 * Asks each broker once in a while how large its logs are, at the end of a sample. Nothing that goes wrong here fails a
 * sample; what is not known stays unknown.
 */
export class LogDirWatch {
  readonly #now: () => number;
  readonly #intervalMs: number;
  readonly #nextAt = new Map<number, number>();
  readonly #brokers = new Map<number, BrokerLogs>();
  #topology: Topology | null = null;
  /** Whose lanes the column below has. */
  #layout: Layout | null = null;
  #messageBytes: Float64Array = new Float64Array(0);
  /** Why the answer is refused; 0 while it is not. */
  #refused = 0;

  constructor(now: () => number, intervalMs: number) {
    this.#now = now;
    this.#intervalMs = intervalMs;
  }

  /** Asks the brokers that are due. Nobody waits for the answers. */
  ask(round: LogDirRound): void {
    this.#adopt(round.plan);
    this.#topology = round.topology;
    for (const node of this.#brokers.keys()) {
      if (!round.topology.brokers.has(node)) this.#brokers.delete(node);
    }
    const now = this.#now();
    for (const [node, sampler] of round.samplers) {
      if (now < (this.#nextAt.get(node) ?? 0) || !sampler.link.ready) continue;
      if (sampler.link.versionOf(DESCRIBE_LOG_DIRS) === null) continue;
      const isFirst = !this.#nextAt.has(node);
      this.#nextAt.set(node, now + (isFirst ? Math.min(SECOND_ASK_MS, this.#intervalMs) : this.#intervalMs));
      void this.#askBroker(round, node, sampler);
    }
  }

  async #askBroker(round: LogDirRound, node: number, { link }: BrokerSampler): Promise<void> {
    try {
      const { version, body } = await link.request(DESCRIBE_LOG_DIRS, encodeDescribeLogDirs);
      const sizes = new LaneSizes(round.plan, round.topology, node);
      const error = decodeDescribeLogDirs(new Cursor(body), version, sizes);
      // A broker before 3.2 that refuses to tell lists no directory.
      this.#refused = error === 0 && sizes.dirs === 0 ? KafkaError.clusterDenied : error;
      if (this.#refused !== 0) return;
      this.#brokers.set(node, sizes.logs);
      this.#take(meanSizes(sizes, round), round.plan.layout);
    } catch (error) {
      this.#nextAt.set(node, this.#now() + FAILED_RETRY_MS);
      if (error instanceof WireError) link.drop(error);
    }
  }

  /** Takes what is known of the lanes over to where they are now. */
  #adopt({ layout }: Plan): void {
    const before = this.#layout;
    this.#layout = layout;
    if (before === null) this.#messageBytes = new Float64Array(layout.lanes.count).fill(Number.NaN);
    else this.#messageBytes = inRowsOf(layout, this.#messageBytes, before);
  }

  /** @param told by lane of the layout at which it was asked for: there may be another one by now */
  #take(told: Float64Array, layout: Layout): void {
    const moved = inRowsOf(this.#layout!, told, layout);
    this.#messageBytes = this.#messageBytes.map((before, lane) =>
      Number.isNaN(moved[lane]!) ? before : moved[lane]!,
    );
  }

  /** Mean size of the messages of each lane, as of the last answer of its leader. */
  messageBytes(plan: Plan): Float64Array {
    this.#adopt(plan);
    return this.#messageBytes;
  }

  /** Bytes of all replicas; NaN until every broker was asked. */
  get totalBytes(): number {
    if (this.#brokers.size < (this.#topology?.brokers.size ?? 1)) return Number.NaN;
    return [...this.#brokers.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  facts(): SourceFact[] {
    if (this.#brokers.size === 0) return [];
    const brokers = [...this.#brokers].sort(([a], [b]) => a - b);
    const [[, only]] = brokers as [[number, BrokerLogs]];
    const told = brokers
      .slice(0, BROKERS_TOLD)
      .map(([node, logs]) => `${node} ${formatBytes(logs.bytes)}${freeText(logs)}`);
    if (brokers.length > told.length) told.push(`${brokers.length - told.length} more`);
    const total = brokers.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    return [
      {
        label: "Logs",
        value: {
          kind: "bytes",
          value: total,
          of: brokers.length === 1 ? `{}${freeText(only)}` : `{}: ${told.join(", ")}`,
        },
        title:
          "Size of the logs of each broker, all replicas, and what is free of the fullest volume they are on",
      },
    ];
  }

  failures(): PartialFailure[] {
    if (this.#refused !== 0) {
      const code = failureCodeOf(this.#refused);
      return [
        {
          scope: "source",
          subject: "log directories",
          code,
          message:
            code === "DENIED"
              ? "No permission to DESCRIBE the cluster: the sizes of logs, and so how long a limit in bytes keeps what is unread, are not known."
              : `The sizes of logs are not known: ${errorName(this.#refused)}.`,
        },
      ];
    }
    return [...this.#brokers].flatMap(([node, { error }]) =>
      error === 0
        ? []
        : [
            {
              scope: "source",
              subject: `broker ${node}`,
              code: failureCodeOf(error),
              message: `A log directory of broker ${node} has failed: ${errorName(error)}.`,
            } as const,
          ],
    );
  }
}

function freeText({ freeBytes }: BrokerLogs): string {
  return freeBytes < 0 ? "" : ` (${formatBytes(freeBytes)} free)`;
}

function inRowsOf(layout: Layout, column: Float64Array, before: Layout): Float64Array {
  const rows = rowsSince(before, layout);
  return rows === null ? column : remapColumn(column, rows.lanes, Number.NaN);
}

/** NaN for lanes that were not told. One that is empty, or was when it was asked for, tells nothing. */
function meanSizes({ bytes }: LaneSizes, { head, floor }: LogDirRound): Float64Array {
  return bytes.map((size, lane) => {
    const held = head[lane]! - floor[lane]!;
    return size > 0 && held > 0 ? size / held : Number.NaN;
  });
}

/** Writes an answer into the lanes that the broker leads. */
class LaneSizes implements LogDirVisitor {
  readonly bytes: Float64Array;
  readonly logs: BrokerLogs = { bytes: 0, freeBytes: -1, error: 0 };
  dirs = 0;
  readonly #plan: Plan;
  readonly #topology: Topology;
  readonly #node: number;
  #firstLane = 0;
  #endLane = 0;

  constructor(plan: Plan, topology: Topology, node: number) {
    this.#plan = plan;
    this.#topology = topology;
    this.#node = node;
    this.bytes = new Float64Array(topology.leader.length).fill(Number.NaN);
  }

  dir(error: number): void {
    this.dirs++;
    if (error !== 0) this.logs.error = error;
  }

  topic(bytes: Buffer, start: number, end: number): void {
    const stream = this.#plan.topicNames.find(bytes, start, end);
    const isShown = stream >= 0 && stream < this.#plan.layout.streams.length;
    this.#firstLane = isShown ? this.#plan.laneStart[stream]! : 0;
    this.#endLane = isShown ? this.#plan.laneStart[stream + 1]! : 0;
  }

  partition(partition: number, size: number): void {
    this.logs.bytes += size;
    const lane = this.#firstLane + partition;
    if (partition < 0 || lane >= this.#endLane || this.#topology.leader[lane] !== this.#node) return;
    this.bytes[lane] = size;
  }

  dirEnd(_totalBytes: number, freeBytes: number): void {
    if (freeBytes < 0) return;
    const { logs } = this;
    logs.freeBytes = logs.freeBytes < 0 ? freeBytes : Math.min(logs.freeBytes, freeBytes);
  }
}
