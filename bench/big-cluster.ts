import { Connection, offsetCommitV9 } from "@platformatic/kafka";
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { type LocalBroker, startLocalKafka } from "../brokers/index.ts";

/** A cluster to fill: every group has `positionsPerGroup` commits. */
export interface ClusterSize {
  readonly topics: number;
  readonly partitions: number;
  readonly groups: number;
  readonly positionsPerGroup: number;
}

/** The size at which the figures of other tools were taken: 19,000 partitions, 184,000 positions. */
export const BIG: ClusterSize = { topics: 1_000, partitions: 19, groups: 1_000, positionsPerGroup: 184 };
/** Many small groups. */
export const manyGroups = (groups: number): ClusterSize => ({
  topics: 200,
  partitions: 5,
  groups,
  positionsPerGroup: 5,
});

/** So many messages are in every partition from the start, some of them read by every group. */
const MESSAGES = 5;
const FIRST_COMMIT = 3;
const AT_ONCE = 16;

export const topicName = (topic: number) => `bench-topic-${String(topic).padStart(4, "0")}`;
export const groupName = (group: number) => `bench-group-${String(group).padStart(5, "0")}`;

/** The first tenth of the groups read the first tenth of the topics: these are the ones that move. */
function topicsOf(group: number, size: ClusterSize): number[] {
  const count = Math.ceil(size.positionsPerGroup / size.partitions);
  const moving = Math.ceil(size.topics / 10);
  return Array.from({ length: count }, (_, n) =>
    isMoving(group, size)
      ? (group * count + n) % moving
      : moving + ((group * 7 + n * 89) % (size.topics - moving)),
  );
}

function isMoving(group: number, size: ClusterSize): boolean {
  return group < size.groups / 10;
}

/** A broker that has room for it. */
export function startBigBroker(): Promise<LocalBroker> {
  return startLocalKafka({
    heap: "3g",
    properties: {
      "log.index.size.max.bytes": "65536",
      "log.retention.ms": "86400000",
      "offsets.topic.num.partitions": "50",
      "num.io.threads": "4",
    },
  });
}

/** Topics with a few messages a partition, and a commit of every group in every one of its partitions. */
export async function fillCluster(
  address: string,
  size: ClusterSize,
  say: (line: string) => void,
): Promise<void> {
  const kafka = connect(address);
  const admin = kafka.admin();
  await admin.connect();
  for (let from = 0; from < size.topics; from += 100) {
    await createTopics(admin, from, Math.min(size.topics, from + 100), size.partitions);
    say(`${Math.min(size.topics, from + 100)} of ${size.topics} topics`);
  }
  await untilLed(admin, size);
  await untilCoordinated(admin);
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (let from = 0; from < size.topics; from += 20) {
    await produce(producer, range(from, Math.min(size.topics, from + 20)), size.partitions, MESSAGES);
  }
  await producer.disconnect();
  say("messages are written");
  const connection = await openConnection(address);
  for (let from = 0; from < size.groups; from += AT_ONCE) {
    const groups = range(from, Math.min(size.groups, from + AT_ONCE));
    await Promise.all(groups.map((group) => commit(connection, group, size, FIRST_COMMIT)));
  }
  await connection.close();
  say(`${(size.groups * size.positionsPerGroup).toLocaleString("en-US")} positions are committed`);
}

/** The topic that holds the commits is made when somebody first looks for a coordinator, and that takes a moment. */
async function untilCoordinated(admin: Admin): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await admin.fetchOffsets({ groupId: groupName(0) });
      return;
    } catch (error) {
      // It is told in several ways, by the broker and by its client; what is still wrong after a minute is something else.
      if (tries >= 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

async function createTopics(admin: Admin, from: number, to: number, numPartitions: number): Promise<void> {
  await admin.createTopics({
    timeout: 120_000,
    // kafkajs gives up waiting on the first topic that the broker does not know yet.
    waitForLeaders: false,
    topics: range(from, to).map((topic) => ({ topic: topicName(topic), numPartitions })),
  });
}

async function untilLed(admin: Admin, size: ClusterSize): Promise<void> {
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata();
    const led = topics.flatMap(({ name, partitions }) =>
      name.startsWith("bench-") ? partitions.filter(({ leader }) => leader >= 0) : [],
    );
    if (led.length === size.topics * size.partitions) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function produce(
  producer: Producer,
  topics: readonly number[],
  partitions: number,
  messages: number,
): Promise<void> {
  await producer.sendBatch({
    acks: 1,
    topicMessages: topics.map((topic) => ({
      topic: topicName(topic),
      messages: Array.from({ length: partitions * messages }, (_, n) => ({
        partition: n % partitions,
        value: "m",
      })),
    })),
  });
}

async function commit(
  connection: Connection,
  group: number,
  size: ClusterSize,
  offset: number,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await commitOnce(connection, group, size, offset);
      return;
    } catch (error) {
      // The coordinator may still be starting.
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** As a consumer without a group protocol commits: any client may, while the group has no members. */
function commitOnce(
  connection: Connection,
  group: number,
  size: ClusterSize,
  offset: number,
): Promise<unknown> {
  let left = size.positionsPerGroup;
  const topics = topicsOf(group, size).map((topic) => {
    const count = Math.min(left, size.partitions);
    left -= count;
    return {
      name: topicName(topic),
      partitions: Array.from({ length: count }, (_, partitionIndex) => ({
        partitionIndex,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: "",
      })),
    };
  });
  return new Promise((resolve, reject) => {
    offsetCommitV9.api(connection, groupName(group), -1, "", null, topics, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

/** A tenth of the groups commit in every one of their positions every second, and a tenth of the partitions grow. */
export async function keepMoving(address: string, size: ClusterSize): Promise<never> {
  const producer = connect(address).producer();
  await producer.connect();
  const connection = await openConnection(address);
  const topics = range(0, Math.ceil(size.topics / 10));
  const groups = range(0, size.groups).filter((group) => isMoving(group, size));
  for (let round = 1; ; round++) {
    const nextAt = Date.now() + 1_000;
    await produce(producer, topics, size.partitions, 1);
    for (let from = 0; from < groups.length; from += AT_ONCE) {
      const some = groups.slice(from, from + AT_ONCE);
      await Promise.all(some.map((group) => commit(connection, group, size, FIRST_COMMIT + round)));
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAt - Date.now())));
  }
}

/** The same positions and ends through kafkajs' admin calls, all in parallel. */
export async function sampleWithKafkajs(admin: Admin, size: ClusterSize): Promise<number> {
  const [ends, commits] = await Promise.all([
    Promise.all(range(0, size.topics).map((topic) => admin.fetchTopicOffsets(topicName(topic)))),
    Promise.all(range(0, size.groups).map((group) => admin.fetchOffsets({ groupId: groupName(group) }))),
  ]);
  if (ends.flat().length !== size.topics * size.partitions)
    throw new Error("kafkajs told another number of ends");
  return commits.flat().reduce((sum, { partitions }) => sum + partitions.length, 0);
}

export function connect(address: string): Kafka {
  return new Kafka({
    clientId: "bench",
    brokers: address.split(","),
    logLevel: logLevel.NOTHING,
    requestTimeout: 120_000,
  });
}

async function openConnection(address: string): Promise<Connection> {
  const [host = "", port = ""] = address.split(":");
  const connection = new Connection("bench", {
    connectTimeout: 10_000,
    requestTimeout: 60_000,
    maxInflights: 64,
  });
  await connection.connect(host, Number(port));
  return connection;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
