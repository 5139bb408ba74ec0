import { setTimeout as delay } from "node:timers/promises";
import {
  AckPolicy,
  type ConsumerConfig,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Load, LoadOptions, StartLoad } from "./load.ts";

const SECOND_NS = 1_000_000_000;
const LIMITS = { max_age: 3_600 * SECOND_NS, max_bytes: 128 << 20 };

interface Feed {
  readonly stream: Pick<StreamConfig, "name" | "subjects" | "max_age" | "max_bytes">;
  readonly perSecond: number;
  /** The subject of the n-th message. */
  readonly subject: (n: number) => string;
}

const ORDER_STEPS = ["created", "paid", "created", "shipped", "paid"];
const FEEDS: readonly Feed[] = [
  {
    stream: { name: "ORDERS", subjects: ["orders.>"], ...LIMITS },
    perSecond: 200,
    subject: (n) => `orders.${ORDER_STEPS[n % ORDER_STEPS.length]}`,
  },
  {
    stream: { name: "TELEMETRY", subjects: ["telemetry.>"], ...LIMITS },
    perSecond: 300,
    subject: (n) => `telemetry.sensor-${n % 12}`,
  },
];

interface Reader {
  readonly stream: string;
  readonly config: Partial<ConsumerConfig> & { readonly durable_name: string };
  /** Messages a second it can handle at most; absent: as many as come. */
  readonly perSecond?: number;
}

const AUDIT: Reader = { stream: "ORDERS", config: { durable_name: "audit" }, perSecond: 184 };
const INVOICE: Reader = {
  stream: "ORDERS",
  config: { durable_name: "invoice", filter_subject: "orders.created" },
};
const DASHBOARD: Reader = { stream: "TELEMETRY", config: { durable_name: "dashboard" } };
const EDGE_SYNC: Reader = {
  stream: "TELEMETRY",
  config: {
    durable_name: "edge-sync",
    deliver_subject: "demo.deliver.edge-sync",
    deliver_group: "edge-sync",
  },
};
const READERS = [AUDIT, INVOICE, DASHBOARD, EDGE_SYNC];

const QUOTES_PER_SECOND = 50;
const EVENTS_PER_SECOND = 20;
const SEND_INTERVAL_MS = 100;
/** After a pause of the event loop or the server, at most this much is made up for. */
const CATCH_UP_MS = 500;
const RETRY_MS = 1_000;

/**
 * Orders and telemetry through JetStream, read by four consumers of which `audit` is a little too slow; beside them
 * request/reply and plain events on core NATS.
 */
export const startNatsLoad: StartLoad = async ({ address, log, scale = 1 }: LoadOptions): Promise<Load> => {
  const stopping = new AbortController();
  const health = createHealth(address, log);
  const tally = { sent: 0, finished: 0 };
  const connections: NatsConnection[] = [];
  const running: Promise<void>[] = [];
  let producing = true;

  const open = async (worker: string) => {
    const name = `demo-${worker}`;
    const nc = await connect({
      servers: address.split(",").map((server) => server.replace(/^nats:\/\//, "")),
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_MS,
      ignoreAuthErrorAbort: true,
      pingInterval: 5_000,
      noAsyncTraces: true,
    });
    connections.push(nc);
    running.push(watch(nc, name, health));
    return nc;
  };
  const finish = () => {
    tally.finished++;
  };
  const stop = async () => {
    stopping.abort();
    await Promise.all(connections.map((nc) => nc.close()));
    await Promise.all(running);
  };
  const work = { scale, health, stopping: stopping.signal, finish };

  try {
    const publisher = await open("publisher");
    const manager = await jetstreamManager(publisher);
    await createStreams(manager);
    await createConsumers(manager);

    for (const reader of [AUDIT, INVOICE, DASHBOARD]) {
      const nc = await open(reader.config.durable_name);
      running.push(pull(nc, reader, work));
      if (reader === DASHBOARD) nc.subscribe("events.>", { callback: finish });
    }
    const { deliver_subject, deliver_group } = EDGE_SYNC.config;
    (await open("edge-sync")).subscribe(deliver_subject!, {
      queue: deliver_group!,
      callback: (_, message) => {
        if (message.respond()) finish(); // an empty reply acknowledges
      },
    });
    for (const worker of ["quotes-1", "quotes-2"]) {
      (await open(worker)).subscribe("quote.get", {
        queue: "quotes",
        callback: (_, message) => void message.respond(JSON.stringify({ price: 100 + (Date.now() % 900) })),
      });
    }
    const customer = await open("customer");
    await Promise.all(connections.map((nc) => nc.flush()));

    const js = jetstream(publisher, { timeout: 2_000 });
    const produce = (perSecond: number, send: (count: number) => Promise<void>) =>
      running.push(
        repeat(perSecond * scale, stopping.signal, (count) => (producing ? send(count) : Promise.resolve())),
      );
    for (const feed of FEEDS) produce(feed.perSecond, createFeed(publisher, js, feed, tally, health));
    produce(QUOTES_PER_SECOND, async (count) => {
      for (let i = 0; i < count; i++) ask(customer, tally, health);
    });
    produce(EVENTS_PER_SECOND, async (count) => {
      if (health.isFailing("demo-publisher")) return;
      for (let i = 0; i < count; i++) publisher.publish("events.page.viewed", '{"page":"/"}');
      tally.sent += count;
    });
  } catch (error) {
    await stop();
    throw error;
  }

  const rate = (perSecond: number) => `${Math.round(perSecond * scale)}/s`;
  return {
    describe: [
      ...FEEDS.map(({ stream, perSecond }) => `${stream.name}: ${rate(perSecond)} published`),
      ...READERS.map(({ stream, config, perSecond }) => {
        const filter = config.filter_subject ? ` (${config.filter_subject} only)` : "";
        const pace = perSecond ? `at most ${rate(perSecond)}` : "keeps up";
        return `${config.durable_name} reads ${stream}${filter}, ${pace}`;
      }),
      `quote.get: ${rate(QUOTES_PER_SECOND)} requests to a queue group of 2 workers`,
      `events.>: ${rate(EVENTS_PER_SECOND)} to one plain subscriber`,
    ],
    setProducing(on) {
      producing = on;
    },
    counts: () => ({ ...tally }),
    stop,
  };
};

/** Streams that are there already are used as they are: they may be somebody's. */
async function createStreams(manager: JetStreamManager): Promise<void> {
  for (const { stream } of FEEDS) {
    const existing = await manager.streams.info(stream.name).catch((error: unknown) => {
      if (error instanceof JetStreamApiError && error.status === 404) return null;
      throw error;
    });
    if (existing === null) {
      await manager.streams.add(stream);
    } else if (!stream.subjects.every((subject) => existing.config.subjects?.includes(subject))) {
      throw new Error(`a stream named ${stream.name} exists and does not take ${stream.subjects.join(", ")}`);
    }
  }
}

/** Creates them, or finds them as they should be. */
async function createConsumers(manager: JetStreamManager): Promise<void> {
  for (const { stream, config } of READERS) {
    await manager.consumers.add(stream, { ack_policy: AckPolicy.Explicit, ...config });
  }
}

interface Health {
  /** What a worker last met: an error, or null for success. */
  report(worker: string, error: unknown): void;
  isFailing(worker: string): boolean;
}

/** One line when the first worker loses its server, one when the last has it back. */
function createHealth(address: string, log: (line: string) => void): Health {
  const failing = new Set<string>();
  return {
    isFailing: (worker) => failing.has(worker),
    report(worker, error) {
      const before = failing.size;
      if (error) failing.add(worker);
      else failing.delete(worker);
      if (before === 0 && failing.size > 0) {
        const reason = error instanceof Error ? error.message : String(error);
        log(`${address} does not take part (${reason}); trying again until it does`);
      } else if (before > 0 && failing.size === 0) {
        log(`${address} is back, the load goes on`);
      }
    },
  };
}

/** Reports the loss and the return of a connection until it is closed. */
async function watch(nc: NatsConnection, name: string, health: Health): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === "disconnect") health.report(name, "the connection was lost");
    else if (status.type === "reconnect") health.report(name, null);
  }
}

/** Calls `send` every 100 ms with how many messages are due, until `stopping`. One call is over before the next. */
async function repeat(
  perSecond: number,
  stopping: AbortSignal,
  send: (count: number) => Promise<void>,
): Promise<void> {
  let last = performance.now();
  let due = 0;
  while (await waited(SEND_INTERVAL_MS, stopping)) {
    const now = performance.now();
    due += (perSecond * Math.min(now - last, CATCH_UP_MS)) / 1000;
    last = now;
    const count = Math.floor(due);
    due -= count;
    if (count > 0) await send(count);
  }
}

/** False as soon as `stopping` aborts. */
function waited(ms: number, stopping: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal: stopping }).catch(() => false);
}

/**
 * Publishes batches of which only the last message asks for an acknowledgement: a server takes the messages of one
 * connection in order, so that it stands for all of them.
 */
function createFeed(
  nc: NatsConnection,
  js: JetStreamClient,
  { stream, subject }: Feed,
  tally: { sent: number },
  health: Health,
): (count: number) => Promise<void> {
  let n = 0;
  return async (count) => {
    try {
      for (let i = 1; i < count; i++) nc.publish(subject(n), payload(n++));
      await js.publish(subject(n), payload(n++));
      tally.sent += count;
      health.report(stream.name, null);
    } catch (error) {
      if (!nc.isClosed()) health.report(stream.name, error);
    }
  };
}

function payload(number: number): string {
  const customer = (number * 7919) % 997;
  return JSON.stringify({ number, customer, amount: (number * 37) % 20_000, at: Date.now() });
}

function ask(nc: NatsConnection, tally: { sent: number; finished: number }, health: Health): void {
  if (health.isFailing("demo-customer")) return;
  tally.sent++;
  nc.request("quote.get", '{"symbol":"STRM"}', { timeout: 2_000 }).then(
    () => {
      tally.finished++;
      health.report("quote.get", null);
    },
    (error) => {
      if (!nc.isClosed() && !health.isFailing("demo-customer")) health.report("quote.get", error);
    },
  );
}

interface Work {
  readonly scale: number;
  readonly health: Health;
  readonly stopping: AbortSignal;
  readonly finish: () => void;
}

/** Reads and acknowledges until `stopping`; begins anew where the consumer or its stream went away. */
async function pull(
  nc: NatsConnection,
  reader: Reader,
  { scale, health, stopping, finish }: Work,
): Promise<void> {
  const worker = reader.config.durable_name;
  const pace = reader.perSecond ? createPace(reader.perSecond * scale, stopping) : null;
  do {
    try {
      const consumer = await jetstream(nc).consumers.get(reader.stream, worker);
      const messages = await consumer.consume({
        max_messages: 100,
        expires: 5_000,
        abort_on_missing_resource: true,
      });
      health.report(worker, null);
      for await (const message of messages) {
        if (pace && !(await pace())) break;
        message.ack();
        finish();
      }
      await messages.close();
    } catch (error) {
      if (stopping.aborted) return;
      health.report(worker, error);
      if (!nc.isClosed()) await restore(nc).catch(() => {}); // said already; the next turn tries again
    }
  } while (await waited(RETRY_MS, stopping));
}

async function restore(nc: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  await createStreams(manager);
  await createConsumers(manager);
}

/** Lets so many a second through: sleeps seldom and long rather than for every message. False: stop. */
function createPace(perSecond: number, stopping: AbortSignal): () => Promise<boolean> {
  let next = performance.now();
  return async () => {
    const now = performance.now();
    next = Math.max(next, now - CATCH_UP_MS) + 1000 / perSecond;
    return next - now > SEND_INTERVAL_MS / 2 ? waited(next - now, stopping) : !stopping.aborted;
  };
}
