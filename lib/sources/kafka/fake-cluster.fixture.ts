import { ManualClock } from "../../async/manual-clock.fixture.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { listGroupsAnswer, listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { createKafkaCollector } from "./collector.ts";
import { type FakeBroker, startFakeBroker } from "./fake-broker.fixture.ts";

/** Where `group-<n>` of broker n + 1 stands, and where partition n of `orders`, which that broker leads, ends. */
export const POSITION = (index: number) => 101 + index;
export const HEAD = (index: number) => 201 + index;

/** Topic `orders` with a partition a broker, and a group a broker that has read some of that partition. */
export async function startFakeCluster(count: number): Promise<FakeBroker[]> {
  const brokers: FakeBroker[] = [];
  const partitions = Array.from({ length: count }, (_, index) => index);
  for (const index of partitions) {
    const group = `group-${index}`;
    brokers.push(
      await startFakeBroker({
        metadata: () =>
          metadataAnswer({
            brokers: brokers.map(({ port }, other) => ({ node: other + 1, host: "127.0.0.1", port })),
            topics: [["orders", partitions.map((partition) => partition + 1)]],
          }),
        listGroups: () => listGroupsAnswer([{ id: group, state: "Empty", type: "classic" }]),
        offsetFetch: () => offsetFetchAnswer([{ group, topics: [["orders", [[index, POSITION(index)]]]] }]),
        listOffsets: () => listOffsetsAnswer([["orders", [[index, HEAD(index)]]]]),
      }),
    );
  }
  return brokers;
}

/** Asked every second of a clock of its own, on which time passes only while something is waited for. */
export interface FakeWatch {
  readonly clock: ManualClock;
  readonly collector: Collector;
  /** `tookMs` of that clock's. */
  sample(): Promise<Sample & { readonly tookMs: number }>;
}

export function watchFakeCluster(brokers: readonly FakeBroker[]): FakeWatch {
  const clock = new ManualClock();
  const collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${brokers[0]!.port}`],
    clientId: "streamside-test",
    // Longer than a sample may take: one that waits for a broker until then fails.
    connectTimeoutMs: 30_000,
    requestTimeoutMs: 30_000,
    clock,
  });
  return {
    clock,
    collector,
    async sample() {
      await clock.advance(1_000);
      const startedAt = clock.elapsed();
      const observation = await clock.advanceUntil(collector.sample(AbortSignal.timeout(10_000)));
      return { ...observation, tookMs: clock.elapsed() - startedAt };
    },
  };
}

export const heads = ({ lanes }: Sample) => [...lanes.head];
export const positions = ({ positions: { position } }: Sample) => [...position];
