import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { Plan } from "../groups/plan.ts";
import type { KafkaClient } from "../link/client.ts";
import { routeByLeader, type Topology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeListOffsets, encodeListOffsets, LATEST, type TopicPartitions } from "../wire/list-offsets.ts";
import type { BrokerSampler } from "./broker-sampler.ts";
import { OffsetColumns } from "./columns.ts";

/** Asking costs brokers as much as asking for ends: where there are more lanes, they are asked for less often. */
const LANES_PER_SECOND = 2_000;

/** Last stable offsets of topics with transactions: where the first transaction that is still open begins. */
export class StableOffsets {
  readonly #client: KafkaClient;
  readonly #clock: WallClock;
  #plan: Plan | null = null;
  #columns: OffsetColumns | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #routes: ReadonlyMap<number, readonly TopicPartitions[]> = new Map();
  #lanes = 0;

  constructor(client: KafkaClient, clock: WallClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** By lane, NaN for lanes of other topics; null: there are none. */
  get column(): Float64Array | null {
    return this.#columns?.offset ?? null;
  }

  /** When it was last asked for, EpochMs. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** From now on these are asked for. */
  route(topology: Topology, isAsked: (topic: string) => boolean): void {
    const topics = topology.topics.filter(({ name }) => isAsked(name));
    this.#lanes = topics.reduce((sum, { leaders }) => sum + leaders.length, 0);
    this.#routes = routeByLeader({ topics });
  }

  /** What was told in other rows does not count. */
  adopt(plan: Plan): void {
    this.#plan = plan;
    this.#columns = null;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** Asks every leader, if it is time to. What is not answered keeps its value. Never rejects. */
  async refresh(samplers: ReadonlyMap<number, BrokerSampler>): Promise<void> {
    const plan = this.#plan;
    const waitMs = (this.#lanes / LANES_PER_SECOND - 1) * 1_000;
    if (plan === null || this.#lanes === 0 || this.#clock.now() - this.#askedAt < waitMs) return;
    this.#askedAt = this.#clock.now();
    const before = this.#columns && { head: this.#columns.offset, asOf: this.#columns.asOf };
    const columns = new OffsetColumns(plan, before);
    await Promise.all(
      [...this.#routes].map(async ([node, topics]) => {
        const link = samplers.get(node)?.link;
        if (!link?.ready) return;
        try {
          const { body } = await this.#client.listOffsets(link, (version) =>
            encodeListOffsets(version, LATEST, topics, true),
          );
          columns.begin(this.#clock.now(), topics);
          this.#client.read(link, () => decodeListOffsets(new Cursor(body), columns));
        } catch (error) {
          // The sample asks this broker for its ends, too, and tells what is wrong with it.
          if (!(error instanceof CollectorError)) throw error;
        }
      }),
    );
    if (this.#plan === plan) this.#columns = columns;
  }
}
