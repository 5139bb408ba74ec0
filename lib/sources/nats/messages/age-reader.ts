import { allOrLate } from "../../../async/all-or-late.ts";
import type { Clock } from "../../../async/clock.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { PositionColumns } from "../../../sample/columns.ts";
import type { Layout } from "../../../sample/layout.ts";
import type { ConsumerEntry, StreamEntry } from "../jetstream/entries.ts";
import { AgeMemory, type AgeRound, standingOf, type Waiting } from "./age-memory.ts";
import { findMessage, type Sighting } from "./stored-message.ts";

/** Messages asked for a second, over the whole source. */
const PER_SECOND = 30;
/** Their payloads come along: so many bytes a second at most, over time. */
const BYTES_PER_SECOND = 2 << 20;
/** A consumer with more filters than this, each of which is a question, is not looked up. */
const MOST_FILTERS = 16;
/** A sample waits no longer for it: what comes later counts in the next one, if the position has not moved. */
const WAIT_MS = 100;
/** Where there was nothing to find, or no answer, the consumer is left alone for so long; a refused stream, too. */
const RETRY_MS = 10_000;
const DENIED_RETRY_MS = 60_000;
/** As long as nobody has answered, so many streams are asked at once; after as many refusals, one: each is logged. */
const STREAMS_ON_TRIAL = 5;

/** One message to ask for, and who waits for it: more than one consumer may stand at the same place. */
interface Lookup {
  readonly from: number;
  readonly filters: readonly string[];
  readonly streamKey: string;
  readonly waiting: [Waiting, ...Waiting[]];
}

/**
 * Looks up when the first message from a position on that matches the consumer's filters was stored: a few positions a
 * second, the worst first. Nothing that goes wrong here fails a sample.
 */
export class AgeReader {
  readonly #clock: Clock;
  readonly #memory: AgeMemory;
  /** Keys of consumers that wait for an answer, and of those that are left alone until a time. */
  readonly #busy = new Set<string>();
  readonly #rest = new Map<string, number>();
  /** By the stream's key. */
  readonly #denied = new Map<string, { readonly until: number; readonly error: CollectorError }>();
  #tokens = PER_SECOND;
  #bytes = BYTES_PER_SECOND;
  #refilledAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#memory = new AgeMemory(clock);
  }

  /** Sends what there is to ask. Resolves when it is answered, or when a sample should not wait longer; never rejects. */
  async look(round: AgeRound): Promise<void> {
    this.#refill();
    const asked = this.#choose(round).map((lookup) => this.#ask(lookup, round.layout));
    if (asked.length > 0) await allOrLate(this.#clock, asked, WAIT_MS);
  }

  /** The columns of positions with what is known of them; of the last round's layout, or nothing is. */
  addTo(layout: Layout, positions: PositionColumns): PositionColumns {
    const { position, lost } = positions;
    if (lost) this.#memory.addLost(layout, position, lost);
    return { ...positions, unreadSince: this.#memory.since(layout, position) };
  }

  /** One for all streams that may not be asked. */
  failures(): PartialFailure[] {
    const [first, ...more] = this.#denied.values();
    if (first === undefined) return [];
    const { message, hint } = first.error;
    const others = more.length === 0 ? "" : `, and neither for ${more.length} more`;
    return [
      {
        scope: "source",
        subject: "age of unread messages",
        code: "DENIED",
        message: `${message} Ages that need a look at that stream${others} are lower bounds or unknown. ${hint}`,
      },
    ];
  }

  #refill(): void {
    const now = this.#clock.now();
    const seconds = Math.max(0, now - this.#refilledAt) / 1000;
    this.#tokens = Math.min(PER_SECOND, this.#tokens + seconds * PER_SECOND);
    this.#bytes = Math.min(BYTES_PER_SECOND, this.#bytes + seconds * BYTES_PER_SECOND);
    this.#refilledAt = now;
    for (const [key, until] of this.#rest) if (until <= now) this.#rest.delete(key);
    for (const [key, { until }] of this.#denied) if (until <= now) this.#denied.delete(key);
  }

  /** What to ask, as far as the rate allows. */
  #choose(round: AgeRound): Lookup[] {
    const { consumers, lanes, positions, streams } = round.layout;
    const keyOf = (row: number) => consumers[positions.consumer[row]!]!.key;
    const lookups = new Map<string, Lookup>();
    const streamsAsked = new Set<string>();
    for (const row of this.#byTurns(this.#memory.begin(round), keyOf)) {
      const key = keyOf(row);
      const from = round.position[row]!;
      if (Number.isNaN(from) || this.#memory.isSettled(key, from)) continue;
      if (this.#busy.has(key) || this.#rest.has(key)) continue;
      const target = round.targetOf(row);
      if (target === null || !canTell(target.consumer)) continue;
      const streamKey = streams[lanes.stream[positions.lane[row]!]!]!.key;
      const { filter } = target.consumer;
      const filters = filter === "" ? [">"] : filter.split(" ");
      if (this.#isTooSoon(streamKey, streamsAsked) || filters.length > MOST_FILTERS) continue;
      const waiting = { key, row, target, standing: standingOf(target, from) };
      const name = `${from} ${filter} ${streamKey}`;
      const same = lookups.get(name);
      if (same) {
        same.waiting.push(waiting);
      } else if (this.#tokens >= filters.length && this.#bytes > 0) {
        this.#tokens -= filters.length;
        this.#bytes -= filters.length * meanBytes(target.stream);
        streamsAsked.add(streamKey);
        lookups.set(name, { from, filters, streamKey, waiting: [waiting] });
      }
    }
    return [...lookups.values()];
  }

  #isTooSoon(streamKey: string, asked: ReadonlySet<string>): boolean {
    if (this.#denied.has(streamKey)) return true;
    if (!this.#memory.isEmpty || asked.has(streamKey)) return false;
    return asked.size >= (this.#denied.size < STREAMS_ON_TRIAL ? STREAMS_ON_TRIAL : 1);
  }

  /** By turns those never looked up and those that have moved since, which want a look every time. */
  #byTurns(rows: readonly number[], keyOf: (row: number) => string): number[] {
    const fresh = rows.filter((row) => !this.#memory.has(keyOf(row)));
    const moved = rows.filter((row) => this.#memory.has(keyOf(row)));
    const order: number[] = [];
    for (let n = 0; n < fresh.length || n < moved.length; n++) {
      if (n < fresh.length) order.push(fresh[n]!);
      if (n < moved.length) order.push(moved[n]!);
    }
    return order;
  }

  async #ask({ from, filters, streamKey, waiting }: Lookup, layout: Layout): Promise<void> {
    const { client, stream } = waiting[0].target;
    for (const { key } of waiting) this.#busy.add(key);
    let found: Sighting | null = null;
    try {
      const direct = stream.config.allowDirect;
      const answers = await Promise.all(
        filters.map((filter) => findMessage(client, { stream: stream.name, from, filter, direct })),
      );
      for (const answer of answers) {
        this.#bytes += meanBytes(stream) - (answer?.bytes ?? 0);
        if (answer && answer.sequence >= from && !(found && found.sequence <= answer.sequence))
          found = answer;
      }
      for (const one of waiting) this.#memory.take(one, found, layout);
    } catch (error) {
      // What else is wrong is told by the sample, which asks this server, too.
      if (error instanceof CollectorError && error.code === "DENIED") {
        this.#denied.set(streamKey, { until: this.#clock.now() + DENIED_RETRY_MS, error });
      }
    } finally {
      for (const { key } of waiting) {
        this.#busy.delete(key);
        if (found === null) this.#rest.set(key, this.#clock.now() + RETRY_MS);
      }
    }
  }
}

/**
 * Whether something waits for it, and the first message after its position is what it reads next. With
 * `last_per_subject` that depends on which messages were the newest when it was made.
 */
function canTell({ numPending, numAckPending, config }: ConsumerEntry): boolean {
  return numPending + numAckPending > 0 && config.deliverPolicy !== "last_per_subject";
}

function meanBytes({ bytes, messages }: StreamEntry): number {
  return messages > 0 && bytes >= 0 ? bytes / messages : 0;
}
