import { askJetStream, atOnce, createReader, openNats, range } from "./jetstream-api.ts";

const STREAMS = 500;
const CONSUMERS_A_STREAM = 30;
export const CONSUMERS = STREAMS * CONSUMERS_A_STREAM;
/** The first page of the table when it is sorted by name. */
export const FIRST_PAGE = 100;
/** Every fifth of the first so many moves: a hundredth of all, and a fifth of the first page. */
const [MOVES_UP_TO, EVERY] = [750, 5];

const PAYLOAD = "m".repeat(100);

const streamOf = (consumer: number) => Math.floor(consumer / CONSUMERS_A_STREAM);
const streamName = (consumer: number) => `PUSH-${String(streamOf(consumer)).padStart(4, "0")}`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const consumerName = (consumer: number) => `c${String(consumer).padStart(5, "0")}`;
export const isMoving = (consumer: number) => consumer < MOVES_UP_TO && consumer % EVERY === 0;
/** Each has a subject of its own, so that nothing waits for those beside one that moves. */
const subjectOf = (consumer: number) => `push.${streamOf(consumer)}.${consumerName(consumer)}`;

/** Consumers that have read and acknowledged the one message there was for them. */
export async function fillConsumers(address: string): Promise<void> {
  const nc = await openNats(address);
  await atOnce(range(STREAMS), (stream) =>
    askJetStream(nc, `STREAM.CREATE.${streamName(stream * CONSUMERS_A_STREAM)}`, {
      name: streamName(stream * CONSUMERS_A_STREAM),
      subjects: [`push.${stream}.*`],
      // Files of so many consumers take minutes to make and to remove, and nothing is measured on them.
      storage: "memory",
    }),
  );
  for (const consumer of range(CONSUMERS)) nc.publish(subjectOf(consumer), PAYLOAD);
  await nc.flush();
  await atOnce(range(CONSUMERS), (consumer) => createConsumer(nc, consumer));
  const reader = createReader(nc, 1);
  for (const consumer of range(CONSUMERS)) reader.read(streamName(consumer), consumerName(consumer), 1);
  await reader.untilQuiet();
  await nc.close();
}

function createConsumer(nc: Parameters<typeof askJetStream>[0], consumer: number): Promise<void> {
  const [stream_name, durable_name] = [streamName(consumer), consumerName(consumer)];
  const config = {
    durable_name,
    ack_policy: "explicit",
    ack_wait: 3_600e9,
    filter_subject: subjectOf(consumer),
  };
  return askJetStream(nc, `CONSUMER.CREATE.${stream_name}.${durable_name}`, { stream_name, config });
}

/** A few messages a second for each consumer that moves, read half a second after they were written. */
export async function keepConsumersMoving(address: string): Promise<never> {
  const nc = await openNats(address);
  const reader = createReader(nc, 1);
  const moving = range(CONSUMERS).filter(isMoving);
  for (let round = 0; ; round++) {
    const startedAt = Date.now();
    for (const consumer of moving) {
      // Not the same number every second: a rate that stands still is none that moves.
      for (const _ of range(1 + ((consumer + round) % 4))) nc.publish(subjectOf(consumer), PAYLOAD);
    }
    await sleep(500);
    for (const consumer of moving) reader.read(streamName(consumer), consumerName(consumer), 8);
    await sleep(Math.max(0, startedAt + 1_000 - Date.now()));
  }
}
