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

/** Asked every second of a clock of its own. */
export interface FakeWatch {
  readonly collector: Collector;
  sample(): Promise<Sample & { readonly tookMs: number }>;
  pass(ms: number): void;
}

export function watchFakeCluster(brokers: readonly FakeBroker[]): FakeWatch {
  let clock = 1_000_000;
  const collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${brokers[0]!.port}`],
    clientId: "streamside-test",
    // Longer than a sample may take: one that waits for a broker until then fails.
    connectTimeoutMs: 30_000,
    requestTimeoutMs: 30_000,
    now: () => clock,
  });
  return {
    collector,
    async sample() {
      clock += 1000;
      const startedAt = performance.now();
      const observation = await collector.sample(AbortSignal.timeout(10_000));
      return { ...observation, tookMs: performance.now() - startedAt };
    },
    pass(ms) {
      clock += ms;
    },
  };
}

export const heads = ({ lanes }: Sample) => [...lanes.head];
export const positions = ({ positions: { position } }: Sample) => [...position];
