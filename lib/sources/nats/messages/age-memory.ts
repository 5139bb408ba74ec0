import type { WallClock } from "../../../async/clock.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { Layout } from "../../../sample/layout.ts";
import type { ConsumerEntry, StreamEntry } from "../jetstream/entries.ts";
import { removesUnread } from "../jetstream/state/removed.ts";
import { countLost, isPast, type Standing, type Unread, unreadAt } from "./losses.ts";
import type { MessageClient } from "./stored-message.ts";

/** What was found is looked at again after so long: it may have been deleted since. */
const RECHECK_MS = 30_000;

/** A consumer as a sample found it, and whom to ask for its stream's messages. */
export interface AgeTarget {
  readonly client: MessageClient;
  readonly stream: StreamEntry;
  readonly consumer: ConsumerEntry;
}

export interface AgeRound {
  readonly layout: Layout;
  readonly position: Float64Array;
  /** Consumers by key, worst first. */
  readonly wanted: readonly string[];
  /** Who stands at a row of positions; null where there are no messages to ask for. */
  readonly targetOf: (row: number) => AgeTarget | null;
}

/** A consumer that waits for an answer, and how it stood when it was asked for. */
export interface Waiting {
  readonly key: string;
  readonly row: number;
  readonly target: AgeTarget;
  readonly standing: Standing;
}

interface Known {
  /** In the layout of the last round; -1: not in it. */
  row: number;
  readonly createdAt: string;
  readonly position: number;
  readonly sequence: number;
  readonly since: EpochMs;
  /** Messages ever due to the consumer then: fewer now mean that some were removed, perhaps this one. */
  readonly due: number;
  readonly recheckAt: number;
  readonly unread: Unread;
  /** The stream begins after the message: another one is the first now. */
  gone: boolean;
  recheck: boolean;
}

/**
 * What is known of the first unread messages of consumers: good for as long as the consumer stands where it stood and
 * the message is there. Of each sample it learns where everyone stands now, and what was lost meanwhile.
 */
export class AgeMemory {
  readonly #known = new Map<string, Known>();
  readonly #clock: WallClock;
  #layout: Layout | null = null;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  /** Forgets who is gone. The answer is the rows to look up, worst first, those to look at again last. */
  begin(round: AgeRound): number[] {
    const { consumers, positions } = round.layout;
    this.#layout = round.layout;
    if (round.wanted.length === 0 && this.#known.size === 0) return [];
    const places = new Map(round.wanted.map((key, place) => [key, place]));
    const rows = new Array<number>(round.wanted.length).fill(-1);
    const again: number[] = [];
    for (const one of this.#known.values()) one.row = -1;
    for (let row = 0; row < positions.count; row++) {
      const { key } = consumers[positions.consumer[row]!]!;
      const place = places.get(key);
      if (place !== undefined) rows[place] = row;
      const one = this.#known.get(key);
      if (one === undefined || !this.#revise(one, row, round)) continue;
      if (one.recheck && place === undefined) again.push(row);
    }
    for (const [key, { row }] of this.#known) if (row < 0) this.#known.delete(key);
    return [...rows.filter((row) => row >= 0), ...again];
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** Whether there is nothing to ask for a consumer that stands there. */
  isSettled(key: string, position: number): boolean {
    const one = this.#known.get(key);
    return one?.position === position && !one.recheck;
  }

  /** @param found where the first unread message is and when it was stored; null: there is none */
  take(
    { key, row, target, standing }: Waiting,
    found: { readonly sequence: number; readonly at: EpochMs } | null,
    layout: Layout,
  ): void {
    if (found === null) {
      this.#known.delete(key);
      return;
    }
    const before = this.#known.get(key)?.unread;
    // What it has lost is not forgotten before it is past that.
    const keeps = before !== undefined && before.lost > 0 && !isPast(before, standing);
    this.#known.set(key, {
      row: layout === this.#layout ? row : -1, // of a layout that was replaced before the answer came
      createdAt: target.consumer.createdAt,
      position: standing.position,
      sequence: found.sequence,
      since: found.at,
      due: standing.pending + standing.delivered,
      recheckAt: this.#clock.now() + RECHECK_MS,
      unread: keeps ? before : unreadAt(found.sequence, standing),
      gone: false,
      recheck: false,
    });
  }

  /** When the message at each position was stored, as far as it was looked up at just that position; null: nowhere. */
  since(layout: Layout, position: Float64Array): Float64Array | null {
    let column: Float64Array | null = null;
    for (const one of this.#known.values()) {
      if (layout !== this.#layout || one.gone || !(position[one.row] === one.position)) continue;
      column ??= new Float64Array(position.length).fill(Number.NaN);
      column[one.row] = one.since;
    }
    return column;
  }

  /** Puts down in `lost` what is known of messages that were removed before a consumer had read them: at least so many. */
  addLost(layout: Layout, position: Float64Array, lost: Float64Array): void {
    for (const { row, unread } of this.#known.values()) {
      if (layout !== this.#layout || unread.lost === 0 || !(position[row]! <= unread.sequence)) continue;
      lost[row] = Math.max(unread.lost, lost[row]! || 0);
    }
  }

  /** False where it is another consumer of the same name. */
  #revise(one: Known, row: number, { position, targetOf }: AgeRound): boolean {
    const target = targetOf(row);
    if (target === null || target.consumer.createdAt !== one.createdAt) return false;
    one.row = row;
    const standing = standingOf(target, position[row]!);
    // Against a newer floor, a position that has moved since it was read would look like one that was passed. And what
    // is overwritten, or deleted by hand, is not lost.
    if (target.consumer.asOf >= target.stream.asOf && removesUnread(target.stream.config))
      countLost(one.unread, standing);
    one.gone = standing.floor > one.sequence;
    one.recheck =
      standing.position === one.position &&
      (one.gone || standing.pending + standing.delivered < one.due || this.#clock.now() >= one.recheckAt);
    return true;
  }
}

export function standingOf({ stream, consumer }: AgeTarget, position: number): Standing {
  return {
    position,
    floor: stream.firstSeq,
    last: stream.lastSeq,
    pending: consumer.numPending,
    delivered: consumer.deliveredConsumerSeq,
  };
}
