import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { Plan } from "../groups/plan.ts";
import type { KafkaClient } from "../link/client.ts";
import { type Down, settle } from "../link/settle.ts";
import type { TopologyWatch } from "../topology/topology-watch.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeListOffsets, type TopicPartitions } from "../wire/list-offsets.ts";
import type { BrokerSampler } from "./broker-sampler.ts";
import { OffsetColumns } from "./columns.ts";

const FLOOR_INTERVAL_MS = 10_000;

/** One request to each leader, on its way. */
export type EndAnswers = readonly {
  readonly node: number;
  readonly topics: readonly TopicPartitions[];
  readonly sampler: BrokerSampler | undefined;
  readonly answer: Promise<{ readonly body: Buffer; readonly at: number }>;
}[];

/** Where the lanes end, every sample, and where they begin, now and then: one request to each leader, in parallel. */
export class EndReader {
  /** Log starts by lane, of the lanes of the last plan. */
  floor: Float64Array = new Float64Array(0);
  readonly #client: KafkaClient;
  readonly #topology: TopologyWatch;
  readonly #clock: WallClock;
  #floorAt = Number.NEGATIVE_INFINITY;
  #floorVersion = -1;

  constructor(client: KafkaClient, topology: TopologyWatch, clock: WallClock) {
    this.#client = client;
    this.#topology = topology;
    this.#clock = clock;
  }

  /**
   * Asks every leader for the ends of its partitions. Call it once all commits have arrived; they can be read while the
   * brokers look up the ends.
   */
  askHeads(): EndAnswers {
    return this.#ask("latest");
  }

  async read(
    plan: Plan,
    heads: EndAnswers,
    down: Down,
  ): Promise<{ heads: OffsetColumns; floor: Float64Array }> {
    const [latest, floor] = await Promise.all([this.#decode(plan, heads, down), this.#readFloor(plan, down)]);
    return { heads: latest, floor };
  }

  /** Log starts that were read in another way; this one begins anew after it. */
  adopt(floor: Float64Array): void {
    this.floor = floor;
    this.#floorVersion = -1;
  }

  /** Asks every leader for one end of all its partitions. */
  #ask(which: "latest" | "earliest"): EndAnswers {
    return [...this.#topology.routes]
      .filter(([node]) => node >= 0) // nobody leads the others
      .map(([node, topics]) => {
        const sampler = this.#topology.samplers.get(node);
        const answer = (sampler ? sampler[which](topics) : Promise.reject(unknownBroker(node))).then(
          ({ body }) => ({ body, at: this.#clock.now() }),
        );
        answer.catch(() => {}); // told when it is read
        return { node, topics, sampler, answer };
      });
  }

  async #decode(plan: Plan, answers: EndAnswers, down: Down): Promise<OffsetColumns> {
    const columns = new OffsetColumns(plan);
    const reading = answers.map(async ({ node, topics, sampler, answer }) => {
      const done = await settle(node, down, async () => {
        const { body, at } = await answer;
        columns.begin(at, topics);
        this.#client.read(sampler!.link, () => decodeListOffsets(new Cursor(body), columns));
        return true;
      });
      if (!done) for (const { topic, partitions } of topics) columns.forget(topic, partitions);
    });
    await Promise.all(reading);
    return columns;
  }

  /** Log starts move slowly and cost as much as heads: asked for less often. What is not answered keeps its value. */
  async #readFloor(plan: Plan, down: Down): Promise<Float64Array> {
    const { lanesVersion } = this.#topology;
    if (lanesVersion !== this.#floorVersion) {
      this.floor = new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
      this.#floorVersion = lanesVersion;
    } else if (this.#clock.now() - this.#floorAt < FLOOR_INTERVAL_MS) {
      return this.floor;
    }
    const { offset } = await this.#decode(plan, this.#ask("earliest"), down);
    this.floor = this.floor.map((before, lane) => (Number.isNaN(offset[lane]) ? before : offset[lane]!));
    // While a broker is down, only what was never known is worth asking all of them for again.
    if (down.size === 0 || !this.floor.some(Number.isNaN)) this.#floorAt = this.#clock.now();
    return this.floor;
  }
}

function unknownBroker(node: number): CollectorError {
  return new CollectorError(
    "UNREACHABLE",
    `Broker ${node} leads partitions and is not in the cluster's list of brokers.`,
    "It has probably just gone; its partitions get a new leader.",
  );
}
