import { Kafka, logLevel } from "kafkajs";
import { exchange, parseEndpoint } from "../../../brokers/tcp-exchange.ts";
import { Cursor } from "./wire/cursor.ts";
import { type ClusterMetadata, decodeMetadata } from "./wire/metadata.ts";

const ROUND_MS = 100;

/** A value over time. */
class Steps {
  readonly #steps: (readonly [at: number, value: number])[] = [[Number.NEGATIVE_INFINITY, 0]];

  set(value: number): void {
    if (value !== this.now) this.#steps.push([Date.now(), value]);
  }

  get now(): number {
    return this.#steps.at(-1)![1];
  }

  at(time: number): number {
    return this.#steps.findLast(([at]) => at <= time)![1];
  }

  /** The lowest from one time on. */
  lowestSince(from: number): number {
    const since = this.#steps.filter(([at]) => at > from).map(([, value]) => value);
    return Math.min(this.at(from), ...since);
  }

  /** The highest from one time to another. */
  highest(from: number, to: number): number {
    const within = this.#steps.filter(([at]) => at > from && at <= to).map(([, value]) => value);
    return Math.max(this.at(from), ...within);
  }
}

/** What is in a topic and what groups have read of it, known because this wrote it and heard what they committed. */
export interface Truth {
  /** Bounds of a partition's end over a span of time: surely written by its start, and perhaps by its end. */
  endWithin(partition: number, from: number, to: number): readonly [least: number, most: number];
  /**
   * What a group had surely committed, at least. It may set itself back: a broker that was paused calls what was written
   * meanwhile out of range until it has heard who leads now, and kafkajs begins anew at that and commits on its way.
   */
  committedBy(group: string, partition: number, time: number): number;
  stop(): Promise<void>;
}

/** Writes to every partition ten times a second, each by itself; every group reads all of them and commits right behind. */
export async function startTraffic(
  brokers: string,
  topic: string,
  partitions: number,
  groups: readonly string[],
): Promise<Truth> {
  const kafka = new Kafka({
    clientId: "truth",
    brokers: brokers.split(","),
    logLevel: logLevel.NOTHING,
    requestTimeout: 1500,
    connectionTimeout: 500,
    retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 200 },
  });
  const lanes = Array.from({ length: partitions }, () => ({ acked: new Steps(), tried: new Steps() }));
  let stopped = false;
  const write = async (partition: number) => {
    const { acked, tried } = lanes[partition]!;
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect().catch(() => {});
    while (!stopped) {
      // What is not answered may be there all the same, once for each time that the client tries.
      tried.set(tried.now + 3);
      try {
        const messages = [{ partition, value: "x" }];
        const [answer] = await producer.send({ topic, acks: -1, timeout: 1000, messages });
        acked.set(Number(answer!.baseOffset) + 1);
        tried.set(acked.now);
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    }
    await producer.disconnect().catch(() => {});
  };
  const writers = lanes.map((_lane, partition) => write(partition));
  const committed = new Map(groups.map((group) => [group, lanes.map(() => new Steps())]));
  const consumers = groups.map((groupId) => {
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: 6000,
      heartbeatInterval: 500,
      retry: { retries: 100, initialRetryTime: 50, maxRetryTime: 200, restartOnFailure: async () => true },
    });
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      for (const { partitions } of payload.topics) {
        for (const { partition, offset } of partitions)
          committed.get(groupId)![Number(partition)]!.set(Number(offset));
      }
    });
    return consumer;
  });
  await Promise.all(
    consumers.map(async (consumer) => {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({ autoCommitInterval: 200, eachMessage: async () => {} });
    }),
  );
  return {
    endWithin: (partition, from, to) => [
      lanes[partition]!.acked.at(from),
      lanes[partition]!.tried.highest(from, to),
    ],
    committedBy: (group, partition, time) => committed.get(group)![partition]!.lowestSince(time),
    async stop() {
      stopped = true;
      await Promise.allSettled([...writers, ...consumers.map((consumer) => consumer.disconnect())]);
    },
  };
}

/** Metadata as one broker tells it, over a connection of its own. */
export async function metadataOf(address: string): Promise<ClusterMetadata> {
  // Size, Metadata 12, correlation, no client id, no tags; every topic, creating none.
  const request = Buffer.from("0000000f0003000c00000001ffff0000000000", "hex");
  const body = await exchange(parseEndpoint(address, 0), {
    expected: "Kafka",
    timeoutMs: 1000,
    send: request,
    read: (received) =>
      received.length >= 4 && received.length >= 4 + received.readInt32BE()
        ? received.subarray(9)
        : undefined,
  });
  return decodeMetadata(new Cursor(body), 12);
}

/** Where a group's offsets are kept: Kafka takes Java's hash of its id. */
export function offsetsPartitionOf(group: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < group.length; i++) hash = (Math.imul(31, hash) + group.charCodeAt(i)) | 0;
  return Math.abs(hash) % partitions;
}
