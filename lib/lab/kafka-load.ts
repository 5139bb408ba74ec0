import { setTimeout as delay } from "node:timers/promises";
import { type Consumer, Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import type { Load, LoadOptions, StartLoad } from "./load.ts";

const TOPICS = [
  { topic: "orders", partitions: 12, perSecond: 240 },
  { topic: "payments", partitions: 6, perSecond: 120 },
  { topic: "shipments", partitions: 4, perSecond: 60 },
] as const;

interface Group {
  readonly group: string;
  readonly topics: readonly string[];
  readonly members: number;
  /** Messages a second it can handle at most; absent: as many as come. */
  readonly perSecond?: number;
}

const GROUPS: readonly Group[] = [
  { group: "billing-writer", topics: ["orders"], members: 1, perSecond: 220 },
  { group: "search-indexer", topics: ["orders", "payments"], members: 2 },
  { group: "fraud-check", topics: ["payments"], members: 2 },
  { group: "shipping-labels", topics: ["shipments"], members: 1 },
];

const SEND_INTERVAL_MS = 100;
const COMMIT_INTERVAL_MS = 500;
/** After a pause of the event loop or the broker, at most this much is made up for. */
const CATCH_UP_MS = 500;
const STOP_TIMEOUT_MS = 5000;
const TOPIC_CONFIG = [
  { name: "retention.ms", value: String(3_600_000) },
  { name: "retention.bytes", value: String(32 * 1024 * 1024) },
  { name: "segment.bytes", value: String(8 * 1024 * 1024) },
];

/** A shop's orders, payments and shipments, read by four groups of which `billing-writer` is a little too slow. */
export const startKafkaLoad: StartLoad = async ({ address, log, scale = 1 }: LoadOptions): Promise<Load> => {
  const health = createHealth(address, log);
  const connectAs = (clientId: string) => createClient(address, clientId);
  await createTopics(connectAs("load-setup"));

  const producer = await startProducer(connectAs("shop"), scale, health);
  const members: Member[] = [];
  const stop = async () => {
    await Promise.all([producer, ...members].map((worker) => worker.stop()));
  };
  try {
    await Promise.all(
      GROUPS.flatMap((group) =>
        Array.from({ length: group.members }, async (_, index) => {
          members.push(await startMember(connectAs(`${group.group}-${index + 1}`), group, scale, health));
        }),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    describe: [
      ...TOPICS.map(({ topic, perSecond }) => `${topic}: ${rateText(perSecond * scale)} produced`),
      ...GROUPS.map(({ group, topics, members, perSecond }) => {
        const pace = perSecond ? `at most ${rateText(perSecond * scale)}` : "keeps up";
        return `${group} reads ${topics.join(" and ")} with ${members} member${members === 1 ? "" : "s"}, ${pace}`;
      }),
    ],
    setProducing: producer.setProducing,
    counts: () => ({
      sent: producer.sent(),
      finished: members.reduce((sum, member) => sum + member.finished(), 0),
    }),
    stop,
  };
};

function rateText(perSecond: number): string {
  return `${Math.round(perSecond)} messages/s`;
}

function createClient(address: string, clientId: string): Kafka {
  return new Kafka({
    clientId,
    brokers: address.split(","),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 200, maxRetryTime: 1000, retries: 8, restartOnFailure: async () => true },
  });
}

async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const topics = TOPICS.filter(({ topic }) => !existing.has(topic)).map(({ topic, partitions }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: 1,
      configEntries: TOPIC_CONFIG,
    }));
    if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: true });
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

interface Health {
  /** What a worker, known by identity, last met: an error, or null for success. */
  report(worker: object, error: unknown): void;
}

/** So long nobody may have met an error before the broker counts as back: clients notice its end at different times. */
const QUIET_MS = 3000;

/**
 * One line when the first worker loses its broker, and one when all of them have it back. A worker that still waits
 * for an answer of before has not noticed yet, so each has to succeed after the end, whether it failed or not.
 */
function createHealth(address: string, log: (line: string) => void): Health {
  const known = new Set<object>();
  const unheard = new Set<object>();
  let away = false;
  let lastErrorAt = 0;
  return {
    report(worker, error) {
      known.add(worker);
      if (!error) {
        unheard.delete(worker);
        if (!away || unheard.size > 0 || Date.now() - lastErrorAt < QUIET_MS) return;
        away = false;
        log(`Kafka load: ${address} is back, the load goes on`);
        return;
      }
      if (hasAnswered(error)) {
        // Not away, and not back either.
        if (away) unheard.add(worker);
        return;
      }
      lastErrorAt = Date.now();
      unheard.add(worker);
      if (away) return;
      away = true;
      for (const one of known) unheard.add(one);
      const reason = error instanceof Error ? error.message : String(error);
      log(`Kafka load: ${address} has stopped answering (${reason}); trying again until it is back`);
    },
  };
}

/** A broker that tells of a leader that is still being chosen, or of a generation that is over, does answer. */
function hasAnswered(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // By name: kafkajs exports its errors in a way that modules cannot import.
  return [error, cause].some((one) => one instanceof Error && one.name === "KafkaJSProtocolError");
}

interface ProducerWorker {
  setProducing(on: boolean): void;
  sent(): number;
  stop(): Promise<void>;
}

async function startProducer(kafka: Kafka, scale: number, health: Health): Promise<ProducerWorker> {
  // Named, so that kafkajs does not warn about the choice.
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  });
  await producer.connect();
  let producing = true;
  let sent = 0;
  const stopping = new AbortController();
  const due = TOPICS.map(() => 0);

  const running = (async () => {
    let last = Date.now();
    while (!stopping.signal.aborted) {
      await delay(SEND_INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => {});
      const now = Date.now();
      const elapsed = Math.min(now - last, CATCH_UP_MS);
      last = now;
      if (!producing || stopping.signal.aborted) continue;
      const batches = TOPICS.map(({ topic, perSecond }, index) => {
        due[index] = due[index]! + (perSecond * scale * elapsed) / 1000;
        const count = Math.floor(due[index]!);
        due[index]! -= count;
        return { topic, messages: Array.from({ length: count }, (_, n) => messageOf(topic, sent + n, now)) };
      });
      sent += await sendAll(producer, batches, health);
    }
  })();
  return {
    setProducing: (on) => {
      producing = on;
    },
    sent: () => sent,
    stop: async () => {
      stopping.abort();
      await within(STOP_TIMEOUT_MS, Promise.allSettled([running, producer.disconnect()]));
    },
  };
}

interface TopicBatch {
  readonly topic: string;
  readonly messages: { key: string; value: string }[];
}

async function sendAll(producer: Producer, batches: TopicBatch[], health: Health): Promise<number> {
  const topicMessages = batches.filter(({ messages }) => messages.length > 0);
  if (topicMessages.length === 0) return 0;
  try {
    await producer.sendBatch({ topicMessages, acks: 1 });
    health.report(producer, null);
    return topicMessages.reduce((sum, { messages }) => sum + messages.length, 0);
  } catch (error) {
    health.report(producer, error);
    return 0;
  }
}

function messageOf(topic: string, number: number, at: number): { key: string; value: string } {
  const customer = (number * 7919) % 997;
  return {
    key: `customer-${customer}`,
    value: JSON.stringify({ kind: topic.slice(0, -1), number, customer, amount: (number * 37) % 20_000, at }),
  };
}

/** What is finished and not yet committed, by partition. */
type Handled = Map<string, { topic: string; partition: number; offset: string }>;

interface Member {
  finished(): number;
  stop(): Promise<void>;
}

async function startMember(
  kafka: Kafka,
  { group, topics, perSecond }: Group,
  scale: number,
  health: Health,
): Promise<Member> {
  const worker = {};
  const paced = perSecond !== undefined;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 6000, // the least a broker takes: after its return, lost members hold a group up this long
    heartbeatInterval: 1500,
    maxWaitTimeInMs: 250,
    // Small bites of every partition, so that a slow reader moves through all of them and not one after the other.
    ...(paced ? { maxBytesPerPartition: Math.ceil(2048 * scale) } : {}),
  });
  const handled: Handled = new Map();
  const pace = createPace(paced ? perSecond * scale : Number.POSITIVE_INFINITY);
  const biteSize = paced ? Math.max(1, Math.round((perSecond * scale) / 20)) : Number.POSITIVE_INFINITY;
  let finished = 0;

  consumer.on(consumer.events.CRASH, ({ payload }) => health.report(worker, payload.error));
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      handled.clear(); // whoever has the partitions now commits for them
      health.report(worker, null);
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
      for (let i = 0; i < batch.messages.length && isRunning() && !isStale(); i += biteSize) {
        const bite = batch.messages.slice(i, i + biteSize);
        await pace(bite.length);
        const { offset } = bite.at(-1)!;
        resolveOffset(offset);
        const { topic, partition } = batch;
        handled.set(`${topic}/${partition}`, { topic, partition, offset: String(BigInt(offset) + 1n) });
        finished += bite.length;
        await heartbeat();
      }
    },
  });
  const committing = startCommitting(consumer, handled, (error) => health.report(worker, error));
  await joined;
  return {
    finished: () => finished,
    stop: async () => {
      await committing.stop();
      await within(STOP_TIMEOUT_MS, consumer.disconnect());
    },
  };
}

/** Commits what is handled at a steady pace, traffic or not: kafkajs alone would leave the last messages uncommitted. */
function startCommitting(
  consumer: Consumer,
  handled: Handled,
  report: (error: unknown) => void,
): { stop(): Promise<void> } {
  let underWay: Promise<void> | null = null;
  const commit = async () => {
    const taken = new Map(handled);
    if (taken.size === 0) return;
    try {
      await consumer.commitOffsets([...taken.values()]);
      // Kept until it is committed; what was finished meanwhile, or taken away by a rebalance, is another entry.
      for (const [key, value] of taken) if (handled.get(key) === value) handled.delete(key);
      report(null);
    } catch (error) {
      if (!isRebalance(error)) report(error);
    }
  };
  const tick = () => {
    underWay ??= commit().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const timer = setInterval(tick, COMMIT_INTERVAL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await within(STOP_TIMEOUT_MS, tick());
    },
  };
}

/** Partitions are changing hands: nothing is wrong, and what was not committed is read again. */
function isRebalance(error: unknown): boolean {
  const { type } = error as { type?: unknown };
  return type === "REBALANCE_IN_PROGRESS" || type === "ILLEGAL_GENERATION" || type === "UNKNOWN_MEMBER_ID";
}

/** Lets so many a second through, evenly. */
function createPace(perSecond: number): (count: number) => Promise<void> {
  let next = 0;
  return async (count) => {
    const now = Date.now();
    next = Math.max(next, now - CATCH_UP_MS) + (count * 1000) / perSecond;
    if (next > now) await delay(next - now);
  };
}

/** A broker that is gone must not keep a worker from stopping. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const limit = delay(ms, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([work.catch(() => {}), limit]);
  timer.abort();
}
