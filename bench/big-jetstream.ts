import type { NatsConnection } from "@nats-io/transport-node";
import { askJetStream, atOnce, createReader, openNats, type Reader, range } from "./jetstream-api.ts";

/** 500 streams with 20 consumers each: the size at which the figures of other tools were taken. */
export const STREAMS = 500;
export const CONSUMERS_A_STREAM = 20;
/** This many of the streams grow, and their consumers read along. */
const MOVING = STREAMS / 10;

const MESSAGES = 60;

const streamName = (stream: number) => `BENCH-${String(stream).padStart(4, "0")}`;
const consumerName = (consumer: number) => `reader-${String(consumer).padStart(2, "0")}`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What consumers are made as, a stream: most read all, some a part; one is pushed to and nobody is there. */
function consumerConfig(stream: number, consumer: number): Record<string, unknown> {
  const name = consumerName(consumer);
  if (consumer === 19) return { durable_name: name, ack_policy: "none" };
  if (consumer === 18) return { durable_name: name, ack_policy: "none", deliver_subject: `nobody.${stream}` };
  if (consumer >= 16) return { durable_name: name, ack_policy: "all" };
  const filter = consumer >= 10 ? { filter_subject: `bench.${stream}.a` } : {};
  return { durable_name: name, ack_policy: "explicit", ack_wait: 3_600e9, ...filter };
}

/** Streams with a few messages each, and consumers that have read a part and acknowledged most of it. */
export async function fillJetStream(address: string, say: (line: string) => void): Promise<void> {
  const nc = await openNats(address);
  await atOnce(range(STREAMS), async (stream) => {
    await askJetStream(nc, `STREAM.CREATE.${streamName(stream)}`, {
      name: streamName(stream),
      subjects: [`bench.${stream}.*`],
    });
    publish(nc, stream, MESSAGES);
  });
  await nc.flush();
  say(`${STREAMS} streams`);
  const all = range(STREAMS).flatMap((stream) =>
    range(CONSUMERS_A_STREAM).map((consumer) => ({ stream, consumer })),
  );
  await atOnce(all, async ({ stream, consumer }) => {
    const config = consumerConfig(stream, consumer);
    await askJetStream(nc, `CONSUMER.CREATE.${streamName(stream)}.${consumerName(consumer)}`, {
      stream_name: streamName(stream),
      config,
    });
  });
  say(`${all.length.toLocaleString("en-US")} consumers`);
  const reader = createReader(nc, 0.8);
  // All but those that nobody listens to: a server looks for the state of a consumer that never read anything in a file.
  for (const { stream, consumer } of all) readSome(reader, stream, consumer, 10);
  await nc.flush();
  await reader.untilQuiet();
  await nc.close();
  say("each has read something, and most of that is acknowledged");
}

/**
 * A tenth of the streams grow every second, and their consumers read and acknowledge what came, a quarter of them at a
 * time.
 */
export async function keepMoving(address: string): Promise<never> {
  const nc = await openNats(address);
  const reader = createReader(nc, 1);
  for (let round = 0; ; round++) {
    const nextAt = Date.now() + 1_000;
    for (const stream of range(MOVING)) {
      publish(nc, stream, 2);
      for (const consumer of range(CONSUMERS_A_STREAM)) {
        if (consumer % 4 === round % 4) readSome(reader, stream, consumer, 8);
      }
    }
    await nc.flush();
    await sleep(Math.max(0, nextAt - Date.now()));
  }
}

/** How long an ephemeral consumer lives. */
const LIFE_S = 5;

/** Creates and deletes this many ephemeral consumers, evenly over the time and over the streams; none is left. */
export async function churn(address: string, consumers: number, minutes: number): Promise<number> {
  const nc = await openNats(address);
  const startedAt = Date.now();
  const [born, gone]: [number[], number[]] = [[], []];
  while (gone.length < consumers) {
    const seconds = (Date.now() - startedAt) / 1_000;
    const due = (lag: number) =>
      Math.min(consumers, Math.max(0, Math.round(((seconds - lag) * consumers) / (minutes * 60))));
    const toMake = range(due(0) - born.length).map((n) => born.length + n);
    const toEnd = range(due(LIFE_S) - gone.length).map((n) => gone.length + n);
    await atOnce(toMake, async (n) => {
      const name = ephemeralName(n);
      const config = { name, ack_policy: "explicit", mem_storage: true, inactive_threshold: 600e9 };
      const stream_name = streamName(n % STREAMS);
      await askJetStream(nc, `CONSUMER.CREATE.${stream_name}.${name}`, { stream_name, config });
    });
    await atOnce(toEnd, (n) =>
      askJetStream(nc, `CONSUMER.DELETE.${streamName(n % STREAMS)}.${ephemeralName(n)}`, {}),
    );
    born.push(...toMake);
    gone.push(...toEnd);
    await sleep(100);
  }
  await nc.close();
  return gone.length;
}

const ephemeralName = (n: number) => `passing-${n}`;

function publish(nc: NatsConnection, stream: number, messages: number): void {
  for (const n of range(messages)) nc.publish(`bench.${stream}.${n % 2 === 0 ? "a" : "b"}`, "m".repeat(100));
}

/** All but the one that is pushed to are pulled from. */
function readSome(reader: Reader, stream: number, consumer: number, batch: number): void {
  if (consumer !== 18) reader.read(streamName(stream), consumerName(consumer), batch);
}
