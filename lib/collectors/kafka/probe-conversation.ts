import { CollectorError } from "../contract.ts";
import { FETCH } from "./age-reader.ts";
import type { Api, BrokerLink } from "./link.ts";
import type { ProbeBook } from "./probe-book.ts";
import { Cursor, WireError } from "./wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "./wire/error-codes.ts";
import { decodeFetch, encodeFetch } from "./wire/fetch.ts";
import { decodeProduce, encodeProduce } from "./wire/produce.ts";
import { visitValues } from "./wire/record-batch.ts";

const PRODUCE: Api = { key: 0, name: "Produce", min: 9, max: 9 };
/** The broker answers at once when there is something to read, and at the latest after this. */
const READ = { maxWaitMs: 500, minBytes: 1, maxBytes: 1024 * 1024, partitionMaxBytes: 1024 * 1024 };
const MESSAGES_AT_ONCE = 500;
const OFFSET_OUT_OF_RANGE = 1;

/** One partition of the probe's topic. */
export interface ProbeLane {
  readonly partition: number;
  /** Where to read on from; null: from the end. */
  next: number | null;
  /** Numbers of the messages that the broker has not yet confirmed, the oldest first. */
  readonly queue: number[];
  /** Somebody is talking to its leader. */
  active: boolean;
}

export interface ProbeConversationOptions {
  readonly topic: string;
  /** Tells messages of this probe from those of others on the same topic. */
  readonly runId: string;
  readonly lanes: readonly ProbeLane[];
  readonly book: ProbeBook;
  /** A reader waits for messages on a connection of its own, so that it does not hold up the writer. */
  readonly write: BrokerLink;
  readonly read: BrokerLink;
  readonly requestTimeoutMs: number;
  readonly now: () => number;
  /** Messages get through. */
  readonly onAlive: () => void;
}

/** What is sent to one leader, and read back from it, until something goes wrong. */
export class ProbeConversation {
  readonly #o: ProbeConversationOptions;
  readonly #prefix: string;
  #wake = () => {};

  constructor(options: ProbeConversationOptions) {
    this.#o = options;
    this.#prefix = `streamside-probe ${options.runId} `;
  }

  /** Never resolves; rejects with the reason of the end, a CollectorError. */
  async run(): Promise<never> {
    try {
      return await Promise.race([this.#writeOn(), this.#readOn()]);
    } catch (error) {
      throw error instanceof WireError ? this.#o.read.drop(error) : error;
    }
  }

  /** There is something new in a queue. */
  poke(): void {
    this.#wake();
  }

  async #writeOn(): Promise<never> {
    const { topic, lanes, book, write, requestTimeoutMs, now } = this.#o;
    for (;;) {
      const batches = new Map<number, number[]>();
      for (const { partition, queue } of lanes) {
        if (queue.length > 0) batches.set(partition, queue.slice(0, MESSAGES_AT_ONCE));
      }
      if (batches.size === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const partitions = [...batches].map(([partition, numbers]) => ({
        partition,
        values: numbers.map((number) => Buffer.from(this.#prefix + number)),
      }));
      const { body } = await write.request(PRODUCE, () =>
        encodeProduce(topic, partitions, now(), requestTimeoutMs),
      );
      for (const { partition, error, offset } of decodeProduce(new Cursor(body))) {
        if (error !== KafkaError.none) throw this.#refused("write to", partition, error);
        const numbers = batches.get(partition) ?? [];
        numbers.forEach((number, index) => {
          book.stored(number, offset + index);
        });
        lanes.find((lane) => lane.partition === partition)?.queue.splice(0, numbers.length);
      }
      this.#o.onAlive();
    }
  }

  async #readOn(): Promise<never> {
    const { topic, lanes, book, read, now } = this.#o;
    for (;;) {
      const from = lanes.map(({ partition, next }) => ({ topic, partition, offset: next ?? 0 }));
      const { body } = await read.request(FETCH, () => encodeFetch(from, READ));
      const at = now();
      for (const { partition, error, records } of decodeFetch(new Cursor(body)).partitions) {
        const lane = lanes.find((one) => one.partition === partition);
        if (!lane) continue;
        if (error === OFFSET_OUT_OF_RANGE) lane.next = null; // recreated, or cut back to what another leader had
        if (error !== KafkaError.none) throw this.#refused("read from", partition, error);
        lane.next = visitValues(records, lane.next ?? 0, (value) => {
          const number = this.#numberOf(value);
          if (number !== null) book.arrived(number, at);
        });
        book.readUpTo(partition, lane.next);
      }
    }
  }

  #numberOf(value: Buffer): number | null {
    const text = value.toString("latin1");
    return text.startsWith(this.#prefix) ? Number(text.slice(this.#prefix.length)) : null;
  }

  #refused(what: string, partition: number, error: number): CollectorError {
    const { topic, write } = this.#o;
    return new CollectorError(
      failureCodeOf(error),
      `${write.address} let nobody ${what} ${topic}/${partition}: ${errorName(error)}.`,
      "The probe needs WRITE and READ on its topic; what is about a leader settles by itself.",
    );
  }
}
