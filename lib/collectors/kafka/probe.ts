import { randomBytes } from "node:crypto";
import { CollectorError } from "../contract.ts";
import { addressText, type BrokerAddress, type KafkaCollectorOptions, parseAddress } from "./config.ts";
import { type Api, BrokerLink } from "./link.ts";
import { ProbeBook, type ProbeReading } from "./probe-book.ts";
import { ProbeConversation, type ProbeLane } from "./probe-conversation.ts";
import { Cursor } from "./wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "./wire/error-codes.ts";
import { decodeListOffsets, encodeListOffsets, LATEST } from "./wire/list-offsets.ts";
import { type ClusterMetadata, decodeMetadata, encodeMetadata } from "./wire/metadata.ts";
import { decodeCreateTopic, encodeCreateTopic } from "./wire/produce.ts";

const LIST_OFFSETS: Api = { key: 2, name: "ListOffsets", min: 7, max: 9 };
const METADATA: Api = { key: 3, name: "Metadata", min: 11, max: 12 };
const CREATE_TOPICS: Api = { key: 19, name: "CreateTopics", min: 7, max: 7 };
const TOPIC_EXISTS = 36;
/** Whoever probes for minutes reads its messages within seconds: the topic need not grow. */
const TOPIC_SETTINGS = {
  "retention.ms": "600000",
  "cleanup.policy": "delete",
  "compression.type": "producer",
};
const RETRY_MS = 1000;
const WINDOW_MS = 15 * 60_000;
/** Where this process itself stood still for longer, the messages meant for that time are left out. */
const LONGEST_GAP_MS = 60_000;

export interface KafkaProbeOptions
  extends Pick<
    KafkaCollectorOptions,
    "brokers" | "clientId" | "tls" | "sasl" | "connectTimeoutMs" | "requestTimeoutMs"
  > {
  readonly topic: string;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  readonly lostAfterMs: number;
  readonly now?: () => number;
}

/**
 * Sends a small message every interval through a topic of its own and takes the time until it can be read: the only
 * part of Streamside that writes to a cluster, and only where it was asked to. Open loop: messages are due by the clock,
 * whether those before them were answered or not.
 */
export class KafkaProbe {
  readonly #options: KafkaProbeOptions;
  readonly #now: () => number;
  readonly #book: ProbeBook;
  readonly #runId = randomBytes(6).toString("hex");
  readonly #links = new Map<string, BrokerLink>();
  readonly #conversations = new Set<ProbeConversation>();
  readonly #running: Promise<void>;
  #lanes: ProbeLane[] = [];
  #failure: CollectorError | null = null;
  #closed = false;
  #wake = () => {};
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.NaN;
  #turn = 0;

  constructor(options: KafkaProbeOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#book = new ProbeBook({ ...options, windowMs: WINDOW_MS });
    this.#running = this.#run();
  }

  get topic(): string {
    return this.#options.topic;
  }

  /** Why no message gets through, or only some; null while all is well. */
  get failure(): CollectorError | null {
    return this.#failure;
  }

  reading(): ProbeReading {
    return this.#book.reading(this.#now());
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#dropLinks();
    this.#wake();
    await this.#running;
    this.#dropLinks(); // what was opening meanwhile
  }

  #dropLinks(): void {
    for (const link of this.#links.values()) link.drop();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#lanes.length === 0 || this.#lanes.some(({ active }) => !active)) {
          await this.#arrange();
        }
      } catch (error) {
        this.#failure = asFailure(error);
      }
      if (!this.#closed) await this.#pause();
    }
  }

  /** Ends early only when the probe is closed: a broker is tried once a second. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Finds the leaders of the partitions nobody talks to the leader of, and talks to them. */
  async #arrange(): Promise<void> {
    if (this.#closed) return;
    const { topic } = this.#options;
    const { link, metadata } = await this.#metadata();
    const leaders = metadata.topics.find(({ name }) => name === topic)?.leaders;
    if (!leaders) {
      await this.#createTopic(link, metadata.brokers.length);
      return this.#arrange();
    }
    for (let partition = this.#lanes.length; partition < leaders.length; partition++) {
      this.#lanes.push({ partition, next: null, queue: [], active: false });
    }
    const byLeader = new Map<number, ProbeLane[]>();
    for (const lane of this.#lanes) {
      if (lane.active) continue;
      const leader = leaders[lane.partition] ?? -1;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), lane]);
    }
    const failures: unknown[] = [];
    const starting = [...byLeader].map(async ([node, lanes]) => {
      const broker = metadata.brokers.find((one) => one.node === node);
      if (!broker) throw leaderless(topic, lanes);
      await this.#talk(broker, lanes);
    });
    for (const result of await Promise.allSettled(starting)) {
      if (result.status === "rejected") failures.push(result.reason);
    }
    if (failures.length > 0) throw failures[0];
  }

  async #talk(broker: BrokerAddress, lanes: readonly ProbeLane[]): Promise<void> {
    const { topic, requestTimeoutMs } = this.#options;
    const write = this.#link(broker, "write");
    const read = this.#link(broker, "read");
    await write.open();
    await read.open();
    const unplaced = lanes.filter(({ next }) => next === null);
    if (unplaced.length > 0) await this.#startAtEnd(read, unplaced);
    if (this.#closed) return;
    const conversation = new ProbeConversation({
      topic,
      runId: this.#runId,
      lanes,
      book: this.#book,
      write,
      read,
      requestTimeoutMs,
      now: this.#now,
      onAlive: () => {
        this.#failure = null;
      },
    });
    for (const lane of lanes) lane.active = true;
    this.#conversations.add(conversation);
    if (Number.isNaN(this.#dueAt)) this.#begin();
    conversation.run().catch((error: unknown) => {
      this.#conversations.delete(conversation);
      for (const lane of lanes) lane.active = false;
      // Whichever of the two broke: neither may go on beside the next conversation.
      write.abandon(asFailure(error));
      read.abandon(asFailure(error));
      this.#failure = asFailure(error);
    });
  }

  #begin(): void {
    this.#dueAt = this.#now();
    const send = () => {
      const { intervalMs } = this.#options;
      const now = this.#now();
      if (now - this.#dueAt > LONGEST_GAP_MS) this.#dueAt = now;
      for (; this.#dueAt <= now; this.#dueAt += intervalMs) {
        const lane = this.#lanes[this.#turn++ % this.#lanes.length]!;
        lane.queue.push(this.#book.plan(this.#dueAt, lane.partition));
        // What was given up is not sent any more.
        while (!this.#book.isOutstanding(lane.queue[0]!)) lane.queue.shift();
      }
      for (const conversation of this.#conversations) conversation.poke();
      this.#timer = setTimeout(send, Math.max(1, this.#dueAt - this.#now()));
    };
    send();
  }

  async #startAtEnd(link: BrokerLink, lanes: readonly ProbeLane[]): Promise<void> {
    const { topic } = this.#options;
    const partitions = lanes.map(({ partition }) => partition);
    const { body } = await link.request(LIST_OFFSETS, (version) =>
      encodeListOffsets(version, LATEST, [{ topic, partitions }]),
    );
    let refused = 0;
    decodeListOffsets(new Cursor(body), {
      topic: () => {},
      partition: (partition, offset, error) => {
        const lane = lanes.find((one) => one.partition === partition);
        if (error !== KafkaError.none) refused = error;
        else if (lane) lane.next = offset;
      },
    });
    if (refused === 0 && lanes.every(({ next }) => next !== null)) return;
    throw new CollectorError(
      failureCodeOf(refused),
      `${link.address} did not tell where ${topic} ends: ${errorName(refused)}.`,
      "The probe needs DESCRIBE, READ and WRITE on its topic.",
    );
  }

  async #metadata(): Promise<{ readonly link: BrokerLink; readonly metadata: ClusterMetadata }> {
    const ready = [...this.#links.values()].find((link) => link.ready);
    const ways = this.#options.brokers.map((broker) => this.#link(parseAddress(broker), "write"));
    const link =
      ready ??
      (await Promise.any(ways.map((way) => way.open().then(() => way))).catch((error: AggregateError) => {
        throw error.errors[0];
      }));
    const { version, body } = await link.request(METADATA, encodeMetadata);
    return { link, metadata: decodeMetadata(new Cursor(body), version) };
  }

  async #createTopic(link: BrokerLink, partitions: number): Promise<void> {
    const { topic, requestTimeoutMs } = this.#options;
    const { body } = await link.request(CREATE_TOPICS, () =>
      encodeCreateTopic(topic, partitions, TOPIC_SETTINGS, requestTimeoutMs),
    );
    const { error, message } = decodeCreateTopic(new Cursor(body));
    if (error !== KafkaError.none && error !== TOPIC_EXISTS) {
      throw new CollectorError(
        failureCodeOf(error),
        `${link.address} did not create topic ${topic}: ${errorName(error)}${message && ` (${message})`}.`,
        "Allow CREATE on it, or create it by hand with one partition a broker.",
      );
    }
    await this.#pause(); // until the brokers know of it
  }

  #link(broker: BrokerAddress, role: "read" | "write"): BrokerLink {
    const key = `${role} ${addressText(broker)}`;
    let link = this.#links.get(key);
    if (!link) {
      const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs } = this.#options;
      link = new BrokerLink(broker, {
        clientId: `${clientId}-probe`,
        tls,
        sasl,
        connectTimeoutMs,
        requestTimeoutMs,
        now: this.#now,
        onRequest: () => {},
        peers: () => [],
      });
      this.#links.set(key, link);
    }
    return link;
  }
}

function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError("INTERNAL", `The probe failed: ${error}`, "Please report it.", { cause: error });
}

function leaderless(topic: string, lanes: readonly ProbeLane[]): CollectorError {
  const partitions = lanes.map(({ partition }) => partition).join(", ");
  return new CollectorError(
    "ANSWERED_ERROR",
    `Nobody leads ${topic}/${partitions} now.`,
    "Is a broker of the cluster down?",
  );
}
