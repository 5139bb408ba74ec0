import { CollectorError } from "../contract.ts";
import type { KafkaClient } from "./client.ts";
import { OffsetColumns } from "./columns.ts";
import type { Plan } from "./plan.ts";
import { type Down, settle } from "./settle.ts";
import type { TopologyWatch } from "./topology-watch.ts";
import { Cursor } from "./wire/cursor.ts";
import { decodeListOffsets } from "./wire/list-offsets.ts";

const FLOOR_INTERVAL_MS = 10_000;

/** Where the lanes end, every sample, and where they begin, now and then: one request to each leader, in parallel. */
export class EndReader {
  /** Log starts by lane, of the lanes of the last plan. */
  floor: Float64Array = new Float64Array(0);
  readonly #client: KafkaClient;
  readonly #topology: TopologyWatch;
  readonly #now: () => number;
  #floorAt = Number.NEGATIVE_INFINITY;
  #floorVersion = -1;

  constructor(client: KafkaClient, topology: TopologyWatch, now: () => number) {
    this.#client = client;
    this.#topology = topology;
    this.#now = now;
  }

  async read(plan: Plan, down: Down): Promise<{ heads: OffsetColumns; floor: Float64Array }> {
    const [heads, floor] = await Promise.all([
      this.#offsets(plan, "latest", down),
      this.#readFloor(plan, down),
    ]);
    return { heads, floor };
  }

  /** Log starts that were read in another way; this one begins anew after it. */
  adopt(floor: Float64Array): void {
    this.floor = floor;
    this.#floorVersion = -1;
  }

  /** Asks every leader for one end of all its partitions. */
  async #offsets(plan: Plan, which: "latest" | "earliest", down: Down): Promise<OffsetColumns> {
    const columns = new OffsetColumns(plan);
    const asked = [...this.#topology.routes].map(async ([node, topics]) => {
      if (node < 0) return; // nobody leads them
      const done = await settle(node, down, async () => {
        const sampler = this.#topology.samplers.get(node);
        if (!sampler) throw unknownBroker(node);
        const { body } = await sampler[which](topics);
        columns.at = this.#now();
        this.#client.read(sampler.link, () => decodeListOffsets(new Cursor(body), columns));
        return true;
      });
      if (!done) for (const { topic, partitions } of topics) columns.forget(topic, partitions);
    });
    await Promise.all(asked);
    return columns;
  }

  /** Log starts move slowly and cost as much as heads: asked for less often. What is not answered keeps its value. */
  async #readFloor(plan: Plan, down: Down): Promise<Float64Array> {
    const { lanesVersion } = this.#topology;
    if (lanesVersion !== this.#floorVersion) {
      this.floor = new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
      this.#floorVersion = lanesVersion;
    } else if (this.#now() - this.#floorAt < FLOOR_INTERVAL_MS) {
      return this.floor;
    }
    const { offset } = await this.#offsets(plan, "earliest", down);
    this.floor = this.floor.map((before, lane) => (Number.isNaN(offset[lane]) ? before : offset[lane]!));
    // While a broker is down, only what was never known is worth asking all of them for again.
    if (down.size === 0 || !this.floor.some(Number.isNaN)) this.#floorAt = this.#now();
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
