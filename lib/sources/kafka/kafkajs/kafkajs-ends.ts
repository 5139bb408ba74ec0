import type { WallClock } from "../../../async/clock.ts";
import { mapConcurrently } from "../../../async/map-concurrently.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { Topology } from "../topology/topology.ts";
import type { KafkajsAdmin } from "./kafkajs-admin.ts";
import type { Asked } from "./kafkajs-turns.ts";

/** kafkajs asks each leader for both ends of a topic. */
const END_REQUESTS = 2;

export interface AskedTopic extends Asked {
  readonly name: string;
  readonly stream: number;
  readonly cost: number;
}

/** Ends of the lanes as they were last told, topic by topic. */
export class KafkajsEnds {
  /** Topics that can be asked for, by name. kafkajs fails on a topic of which a part has no leader. */
  topics: ReadonlyMap<string, AskedTopic> = new Map();
  /** Topics of which a part has no leader. */
  broken: readonly string[] = [];
  head = new Float64Array(0);
  floor = new Float64Array(0);
  asOf = new Float64Array(0);
  readonly #admin: Pick<KafkajsAdmin, "ends">;
  readonly #clock: WallClock;
  #topology: Topology | null = null;
  #lanesVersion = -1;
  #asked = new Set<string>();

  constructor(admin: Pick<KafkajsAdmin, "ends">, clock: WallClock) {
    this.#admin = admin;
    this.#clock = clock;
  }

  /** True where kafkajs goes on asking for a topic that it fails on, whatever it is asked: it has to begin anew. */
  adopt(topology: Topology, lanesVersion: number): boolean {
    if (topology === this.#topology) return false;
    if (lanesVersion !== this.#lanesVersion) {
      const lanes = topology.laneStart.at(-1)!;
      this.head = new Float64Array(lanes).fill(Number.NaN);
      this.floor = new Float64Array(lanes).fill(Number.NaN);
      this.asOf = new Float64Array(lanes).fill(Number.NaN);
    }
    const topics = new Map<string, AskedTopic>();
    const broken: string[] = [];
    topology.topics.forEach(({ name, leaders }, stream) => {
      if (leaders.some((node) => node < 0)) {
        broken.push(name);
        this.#forget(topology, stream);
        return;
      }
      const before = lanesVersion === this.#lanesVersion ? this.topics.get(name) : undefined;
      const cost = END_REQUESTS * new Set(leaders).size;
      topics.set(name, { name, stream, cost, askedAt: before?.askedAt ?? Number.NEGATIVE_INFINITY });
    });
    this.#topology = topology;
    this.#lanesVersion = lanesVersion;
    this.topics = topics;
    this.broken = broken;
    const stale = [...this.#asked].some((name) => !topics.has(name));
    if (stale) this.#asked = new Set();
    return stale;
  }

  async ask(
    topics: readonly AskedTopic[],
    width: number,
    onFailure: (topic: AskedTopic, error: CollectorError) => void,
  ): Promise<void> {
    const topology = this.#topology!;
    await mapConcurrently(topics, width, async (topic) => {
      topic.askedAt = this.#clock.now();
      this.#asked.add(topic.name);
      try {
        const ends = await this.#admin.ends(topic.name);
        this.#forget(topology, topic.stream);
        const first = topology.laneStart[topic.stream]!;
        const end = topology.laneStart[topic.stream + 1]!;
        for (const { partition, head, floor } of ends) {
          const lane = first + partition;
          if (lane >= end) continue; // added since: the next metadata tells
          this.head[lane] = head;
          this.floor[lane] = floor;
          this.asOf[lane] = this.#clock.now();
        }
      } catch (error) {
        if (!(error instanceof CollectorError)) throw error;
        this.#forget(topology, topic.stream);
        onFailure(topic, error);
      }
    });
  }

  /** What was known of its heads does not count any more. Floors move slowly: they stay. */
  #forget({ laneStart }: Topology, stream: number): void {
    this.head.fill(Number.NaN, laneStart[stream], laneStart[stream + 1]);
    this.asOf.fill(Number.NaN, laneStart[stream], laneStart[stream + 1]);
  }
}
