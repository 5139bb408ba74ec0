import { exactCount } from "../../../format/index.ts";
import { isServerError, nameOfCode } from "../../../model/call.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { EndedCall } from "../../../sample/calls.ts";
import { shortMethod } from "../connection/peer.ts";
import { EventTally, type Tallied } from "./event-tally.ts";

/** Of streams, and as many of unary calls: those must not push the others out. */
const MOST_KEPT = 200;

/** A call that ended. */
export interface Ending {
  readonly streamKey: string;
  readonly consumerKey: string;
  readonly path: string;
  readonly peer: string;
  /** Null: not told. */
  readonly code: number | null;
  /** Messages that were queued or unread in it. */
  readonly lost: number;
}

/** What became of calls: the last of those that somebody may have looked at, and events for those that ended badly. */
export class EndedCalls {
  readonly #streams = new Map<string, EndedCall>();
  readonly #unary = new Map<string, EndedCall>();
  #kept: ReadonlyMap<string, EndedCall> | null = null;
  readonly #tally = new EventTally<Ending>(describeEndings);

  note(ending: Ending): void {
    const { code, lost, streamKey } = ending;
    if (!(lost > 0) && (code === null || !isServerError(code))) return;
    this.#tally.add(`${code} ${streamKey}`, ending, lost || 0);
  }

  keep(key: string, isUnary: boolean, call: EndedCall): void {
    const kept = isUnary ? this.#unary : this.#streams;
    kept.set(key, call);
    this.#kept = null;
    // A Map keeps the order in which keys came.
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  }

  /** By key; never written again. */
  get kept(): ReadonlyMap<string, EndedCall> {
    this.#kept ??= new Map([...this.#streams, ...this.#unary]);
    return this.#kept;
  }

  takeEvents(now: EpochMs): SourceEvent[] {
    return this.#tally.take(now);
  }
}

function describeEndings({ first, count, amount, consumerKey }: Tallied<Ending>): Omit<SourceEvent, "at"> {
  const how = first.code === null ? "ended" : `ended with ${nameOfCode(first.code)}`;
  const messages = amount === 1 ? "1 message was" : `${exactCount(amount)} messages were`;
  const title =
    count === 1
      ? `A call from ${first.peer || "an unknown peer"} ${how}`
      : `${exactCount(count)} calls of ${shortMethod(first.path)} ${how}`;
  return {
    kind: "call ended",
    title: amount > 0 ? `${title}; ${messages} waiting in ${count === 1 ? "it" : "them"}` : title,
    streamKey: first.streamKey,
    ...(consumerKey !== undefined && { consumerKey }),
  };
}
