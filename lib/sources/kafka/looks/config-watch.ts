import type { WallClock } from "../../../async/clock.ts";
import type { PartialFailure, SourceEvent } from "../../../model/source.ts";
import type { BrokerLink } from "../link/client.ts";
import type { Api } from "../link/link.ts";
import type { Topology } from "../topology/topology.ts";
import { decodeDescribeConfigs, encodeDescribeConfigs, type TopicConfig } from "../wire/configs.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import { KafkaError } from "../wire/error-codes.ts";
import { type ConfigChange, mapConfigEvents } from "./config-events.ts";

/** Version 4 is spoken by Kafka 2.7 and newer. */
const DESCRIBE_CONFIGS: Api = { key: 32, name: "DescribeConfigs", min: 4, max: 4 };
/** Topics in one request; there is one request a sample at most. */
const BATCH = 250;
/** What decides when records go, and what else explains an incident when it is changed. */
const SETTINGS = [
  "retention.ms",
  "retention.bytes",
  "cleanup.policy",
  "segment.ms",
  "segment.bytes",
  "min.insync.replicas",
  "max.message.bytes",
  "message.timestamp.type",
  "compression.type",
  "unclean.leader.election.enable",
] as const;

export interface RetentionColumns {
  /** By stream. */
  readonly retentionMs: Float64Array;
  readonly retentionBytes: Float64Array;
}

/** No record can have been written before there was a Kafka, whatever its producer says. */
const FIRST_KAFKA = Date.UTC(2011, 0, 1);
/** Retention looks now and then, and deletes a while later. */
const RETENTION_DELAY_MS = 10 * 60_000;

/**
 * Knows the settings of the shown topics: asks for a batch of them at the end of a sample, all of them once a round, new
 * ones first. Nothing that goes wrong here fails a sample; what is not known stays unknown.
 */
export class ConfigWatch {
  readonly #clock: WallClock;
  readonly #roundMs: number;
  readonly #known = new Map<string, TopicConfig["values"]>();
  readonly #denied = new Set<string>();
  #events: SourceEvent[] = [];
  #topology: Topology | null = null;
  #queue: string[] = [];
  #roundAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  #columns: RetentionColumns | null = null;
  #compacted: ReadonlySet<string> = new Set();
  /** By stream: how long a record can stay that retention is to delete. Infinity: for ever; NaN: not known. */
  #keptMs: Float64Array | null = null;

  constructor(clock: WallClock, roundMs: number) {
    this.#clock = clock;
    this.#roundMs = roundMs;
  }

  /** Topics in which a newer record takes the place of an older one. The same set until one comes or goes. */
  get compacted(): ReadonlySet<string> {
    return this.#compacted;
  }

  #noteCompacted(): void {
    const found = [...this.#known].filter(([, values]) => policiesOf(values)?.includes("compact"));
    const before = this.#compacted;
    if (found.length === before.size && found.every(([name]) => before.has(name))) return;
    this.#compacted = new Set(found.map(([name]) => name));
  }

  /** Sends the next batch, if one is due. Nobody waits for the answer. */
  ask(topology: Topology, links: readonly BrokerLink[]): void {
    this.#adopt(topology);
    if (this.#busy) return;
    if (this.#queue.length === 0 && this.#clock.now() - this.#roundAt >= this.#roundMs) {
      this.#queue = topology.topics.map(({ name }) => name);
      this.#roundAt = this.#clock.now();
    }
    const link = links.find((each) => each.ready && each.versionOf(DESCRIBE_CONFIGS) !== null);
    if (this.#queue.length === 0 || !link) return;
    void this.#askFor(this.#queue.splice(0, BATCH), link);
  }

  /** Topics that are new are asked for at once; what is known of topics that are gone is forgotten. */
  #adopt(topology: Topology): void {
    if (this.#topology === topology) return;
    const names = new Set(topology.topics.map(({ name }) => name));
    if (this.#topology) {
      const before = new Set(this.#topology.topics.map(({ name }) => name));
      const fresh = [...names].filter((name) => !before.has(name));
      this.#queue = [...fresh, ...this.#queue.filter((name) => names.has(name))];
    }
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    for (const name of this.#denied) if (!names.has(name)) this.#denied.delete(name);
    this.#topology = topology;
    this.#columns = null;
    this.#keptMs = null;
    this.#noteCompacted();
  }

  async #askFor(topics: readonly string[], link: BrokerLink): Promise<void> {
    this.#busy = true;
    try {
      const { body } = await link.request(DESCRIBE_CONFIGS, () => encodeDescribeConfigs(topics, SETTINGS));
      this.#take(decodeDescribeConfigs(new Cursor(body)));
    } catch (error) {
      if (error instanceof WireError) link.drop(error);
      // The samples ask this broker, too, and tell what is wrong with it. These topics have their turn in the next round.
    } finally {
      this.#busy = false;
    }
  }

  #take(answers: readonly TopicConfig[]): void {
    const changes: ConfigChange[] = [];
    const names = new Set(this.#topology?.topics.map(({ name }) => name));
    for (const { topic, error, values } of answers) {
      if (!names.has(topic)) continue; // deleted since it was asked for
      this.#denied.delete(topic);
      if (error === KafkaError.topicDenied || error === KafkaError.clusterDenied) {
        this.#denied.add(topic);
        this.#known.delete(topic);
      } else if (error === KafkaError.none) {
        const before = this.#known.get(topic);
        this.#known.set(topic, values);
        if (before) changes.push({ topic, before, after: values });
      }
    }
    this.#columns = null;
    this.#keptMs = null;
    this.#noteCompacted();
    this.#events.push(...mapConfigEvents(changes, this.#clock.now()));
  }

  /** Row for row with the streams of the topology that was last asked about. */
  columns(topology: Topology): RetentionColumns {
    this.#adopt(topology);
    if (this.#columns) return this.#columns;
    const retentionMs = new Float64Array(topology.topics.length).fill(Number.NaN);
    const retentionBytes = new Float64Array(topology.topics.length).fill(Number.NaN);
    topology.topics.forEach(({ name }, row) => {
      const values = this.#known.get(name);
      if (!values) return;
      retentionMs[row] = limitOf(values, "retention.ms");
      retentionBytes[row] = limitOf(values, "retention.bytes");
    });
    this.#columns = { retentionMs, retentionBytes };
    return this.#columns;
  }

  /** By stream: no record that is still there can have been written before, EpochMs. */
  oldestPossible(topology: Topology): Float64Array {
    this.#adopt(topology);
    this.#keptMs ??= Float64Array.from(topology.topics, ({ name }) => longestKept(this.#known.get(name)));
    const now = this.#clock.now();
    return this.#keptMs.map((ms) => Math.max(FIRST_KAFKA, Number.isNaN(ms) ? FIRST_KAFKA : now - ms));
  }

  /** What has happened since the last call. */
  takeEvents(): SourceEvent[] {
    return this.#events.splice(0);
  }

  /** One for all topics whose settings may not be read. */
  failures(): PartialFailure[] {
    const [first, ...more] = this.#denied;
    if (first === undefined) return [];
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return [
      {
        scope: "source",
        subject: "topic configuration",
        code: "DENIED",
        message:
          `No permission to DESCRIBE_CONFIGS of topic ${first}${others}: how long what is unread is kept is not known. ` +
          "Allow DESCRIBE_CONFIGS on the topic to have it told.",
      },
    ];
  }
}

/** A segment goes once its newest record is too old, and takes records for so long at most. */
function longestKept(values: TopicConfig["values"] | undefined): number {
  if (!values) return Number.NaN;
  const segmentMs = Number(values.get("segment.ms") || Number.NaN);
  return limitOf(values, "retention.ms") + segmentMs + RETENTION_DELAY_MS;
}

function policiesOf(values: TopicConfig["values"]): string[] | undefined {
  return values
    .get("cleanup.policy")
    ?.split(",")
    .map((policy) => policy.trim());
}

/** Infinity where nothing is removed by this limit: it is -1, or the topic is only compacted. NaN: not told. */
function limitOf(values: TopicConfig["values"], setting: "retention.ms" | "retention.bytes"): number {
  const policies = policiesOf(values);
  if (policies === undefined) return Number.NaN;
  if (!policies.includes("delete")) return Number.POSITIVE_INFINITY;
  const limit = Number(values.get(setting) || Number.NaN);
  return limit < 0 ? Number.POSITIVE_INFINITY : limit;
}
