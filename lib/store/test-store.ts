/** Test only: a store with one small source of each system, sampled once a second. */

import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceFailure } from "../model/source.ts";
import type { System } from "../model/system.ts";
import type { MeasuredCost } from "../pipeline/scheduler.ts";
import { SourcePipeline, type SourcePipelineOptions } from "../pipeline/source-pipeline.ts";
import { type LayoutText, layoutOf, observe, type SampleText } from "../pipeline/test-observation.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import { gaugesOf } from "../sample/gauge.ts";
import type { Sample } from "../sample/sample.ts";
import { SourceTable, type SourceTableOptions } from "./source-table.ts";
import { Store } from "./store.ts";
import { CALL_WORDS } from "./test-calls.ts";

export const COST = { wallMs: 12, cpuMs: 7 };

/** A table with the pipeline that fills it. */
export class FedTable extends SourceTable {
  readonly pipeline: SourcePipeline;

  constructor(options: SourcePipelineOptions & SourceTableOptions) {
    super(options);
    this.pipeline = new SourcePipeline(options);
    this.pipeline.addSink(this);
  }

  accept(sample: Sample, cost: MeasuredCost): void {
    this.pipeline.accept(sample, cost);
  }

  acceptFocus(sample: Sample, consumerKeys: readonly string[]): readonly string[] {
    return this.pipeline.acceptFocus(sample, consumerKeys);
  }

  fail(failure: SourceFailure, news?: FailureNews): void {
    this.pipeline.fail(failure, news);
  }

  skip(): void {
    this.pipeline.skip();
  }

  unaged(): readonly number[] {
    return this.pipeline.unaged();
  }

  markLossesSeen(consumerId: string, at: EpochMs): number | null {
    return this.pipeline.markLossesSeen(consumerId, at);
  }
}

export function addSource(store: Store, id: string, kind: System = "kafka"): FedTable {
  const table = new FedTable({
    identity: { id, kind, name: `Source ${id}` },
    address: `${id}.example:9092`,
    intervalMs: 1_000,
    ...(kind === "grpc" && { words: CALL_WORDS, usualLimits: DEFAULT_LIMITS.grpc }),
    hasSettablePositions: kind === "kafka",
  });
  store.add(table);
  return table;
}

/** Samples a source every second from 0 to `seconds`, ticking the store along. */
export function feed(
  store: Store,
  table: FedTable,
  layout: LayoutText,
  seconds: number,
  sampleAt: (second: number) => Omit<SampleText, "at">,
): void {
  const rows = layoutOf(layout);
  for (let second = 0; second <= seconds; second++) {
    table.accept(observe(rows, { at: second * 1_000, ...sampleAt(second) }), COST);
    store.tick(second * 1_000);
  }
}

/** Kafka with `billing` (keeps up) and `slow` (50 a second behind) on `orders`, both written 100 a second. */
export function feedKafka(store: Store, table: FedTable, seconds = 60): void {
  feed(
    store,
    table,
    { streams: { orders: 2, quiet: 1 }, consumers: { billing: ["orders"], slow: ["orders/0"] } },
    seconds,
    (second) => ({
      head: { "orders/0": 10_000 + second * 100, "orders/1": 500, "quiet/0": 3 },
      floor: 0,
      position: {
        "billing orders/0": 10_000 + second * 100,
        "billing orders/1": 500,
        "slow orders/0": 10_000 + second * 50,
      },
      members: [
        { id: "m-0", clientId: "writer-1", host: "/10.0.0.1", consumer: 0 },
        { id: "m-1", clientId: "slow-1", host: "/10.0.0.2", consumer: 1 },
      ],
      member: { "billing orders/0": 0, "billing orders/1": 0, "slow orders/0": 1 },
      gauges: gaugesOf({ kafka_brokers: ["Brokers of the cluster.", 3] }),
    }),
  );
}

export function kafkaStore(): { store: Store; table: FedTable } {
  const store = new Store();
  const table = addSource(store, "prod");
  feedKafka(store, table);
  return { store, table };
}
