import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { ProbeBook } from "../../probe/probe-book.ts";
import type { Api, BrokerLink } from "../link/link.ts";
import { FETCH } from "../looks/age-reader.ts";
import { Cursor, WireError } from "../wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "../wire/error-codes.ts";
import { decodeFetch, encodeFetch } from "../wire/fetch.ts";
import { decodeProduce, encodeProduce } from "../wire/produce.ts";
import { visitValues } from "../wire/record-batch.ts";

const PRODUCE: Api = { key: 0, name: "Produce", min: 9, max: 9 };
/** The broker answers at once when there is something to read, and at the latest after this. */
const READ = { maxWaitMs: 500, minBytes: 1, maxBytes: 1024 * 1024, partitionMaxBytes: 1024 * 1024 };
const MESSAGES_AT_ONCE = 500;
const OFFSET_OUT_OF_RANGE = 1;

/** One partition of the probe's topic. */
export interface ProbeLane {
  readonly partition: number;
  /** Where to read on from; one of the ends where that has yet to be found out. */
  next: number | "latest" | "earliest";
  /** Numbers of the messages that the broker has not yet confirmed, the lowest first. */
  readonly queue: number[];
  /** Somebody is talking to its leader. */
  active: boolean;
}

export interface ProbeConversationOptions {
  readonly topic: string;
  /** Tells messages of this probe from those of others on the same topic. */
  readonly runId: string;
  readonly book: ProbeBook;
  /** A reader waits for messages on a connection of its own, so that it does not hold up the writer. */
  readonly write: BrokerLink;
  readonly read: BrokerLink;
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  /** Messages get through. */
  readonly onAlive: () => void;
}

/** What is sent to one leader, and read back from it, until something goes wrong. */
export class ProbeConversation {
  readonly #o: ProbeConversationOptions;
  readonly #prefix: string;
  readonly #lanes: ProbeLane[] = [];
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

  /** These are led by the same broker, too. Their `next` is a number. */
  add(lanes: readonly ProbeLane[]): void {
    for (const lane of lanes) lane.active = true;
    this.#lanes.push(...lanes);
    this.poke();
  }

  /** Its lanes are free for others. */
  end(): void {
    for (const lane of this.#lanes) lane.active = false;
  }

  /** There is something new in a queue. */
  poke(): void {
    this.#wake();
  }

  async #writeOn(): Promise<never> {
    const { topic, book, write, requestTimeoutMs, clock } = this.#o;
    for (;;) {
      const batches = new Map<number, number[]>();
      for (const { partition, queue } of this.#lanes) {
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
        encodeProduce(topic, partitions, clock.now(), requestTimeoutMs),
      );
      for (const { partition, error, offset } of decodeProduce(new Cursor(body))) {
        if (error !== KafkaError.none) throw this.#refused("write to", partition, error);
        const numbers = batches.get(partition) ?? [];
        numbers.forEach((number, index) => {
          book.stored(number, offset + index);
        });
        // Not as many as were sent: what came back before the broker confirmed it has left the queue already.
        const queue = this.#lane(partition)?.queue;
        while (queue?.length && queue[0]! <= numbers.at(-1)!) queue.shift();
      }
      this.#o.onAlive();
    }
  }

  async #readOn(): Promise<never> {
    const { topic, book, read, clock } = this.#o;
    for (;;) {
      const from = this.#lanes.map(({ partition, next }) => ({ topic, partition, offset: Number(next) }));
      const { body } = await read.request(FETCH, () => encodeFetch(from, READ));
      const at = clock.elapsed();
      for (const { partition, error, records } of decodeFetch(new Cursor(body)).partitions) {
        const lane = this.#lane(partition);
        if (!lane) continue;
        if (error === OFFSET_OUT_OF_RANGE) lane.next = "earliest"; // made anew, or cut back to what another leader had
        if (error !== KafkaError.none) throw this.#refused("read from", partition, error);
        lane.next = visitValues(records, Number(lane.next), (value) => {
          const number = this.#numberOf(value);
          if (number !== null) book.arrived(number, at);
        });
        book.readUpTo(partition, lane.next);
      }
    }
  }

  #lane(partition: number): ProbeLane | undefined {
    return this.#lanes.find((lane) => lane.partition === partition);
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
