import { status as Status } from "@grpc/grpc-js";
import type { Clock } from "../../../async/clock.ts";
import { unlessAborted } from "../../../async/unless-aborted.ts";

/** Calls that Streamside made on one connection, by what a server that counts calls has made of them. */
export interface OwnCounts {
  readonly started: number;
  /** Ended with OK, and in another way. */
  readonly succeeded: number;
  readonly failed: number;
  /** Ended so that nobody can tell what the server counted: cut off, not served, or an answer that could not be read. */
  readonly unclear: number;
}

/** A server counts the end of a call a moment after it has told it. */
const SETTLE_MS = 100;
/** Others do not wait longer than that for one who counts. */
const LONGEST_HOLD_MS = 300;

/** Ends that are the server's own word, and that it counts as failures. */
const FAILURES: ReadonlySet<Status> = new Set([
  Status.INVALID_ARGUMENT,
  Status.NOT_FOUND,
  Status.ALREADY_EXISTS,
  Status.PERMISSION_DENIED,
  Status.FAILED_PRECONDITION,
  Status.ABORTED,
  Status.OUT_OF_RANGE,
  Status.DATA_LOSS,
  Status.UNAUTHENTICATED,
]);

/** Counts the calls of one connection as its server does, so that they can be taken from what the server counts. */
export class OwnCalls {
  readonly #clock: Clock;
  #started = 0;
  #succeeded = 0;
  #failed = 0;
  #unclear = 0;
  /** Short calls under way. */
  readonly #running = new Set<symbol>();
  #endedAt = Number.NEGATIVE_INFINITY;
  #hold: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a short call may begin: while somebody counts, none does. */
  async admit(signal: AbortSignal): Promise<void> {
    while (this.#hold !== null) await unlessAborted(this.#hold, signal);
  }

  /** A call begins; to be told how it ended. One that stays open is not waited for by who counts. */
  begin(isLong = false): (code: Status) => void {
    const call = Symbol("call");
    this.#started++;
    if (!isLong) this.#running.add(call);
    let isOver = false;
    return (code) => {
      if (isOver) return;
      isOver = true;
      if (code === Status.OK) this.#succeeded++;
      else if (FAILURES.has(code)) this.#failed++;
      else this.#unclear++;
      this.#endedAt = this.#clock.elapsed();
      this.#running.delete(call);
      this.#wake?.();
    };
  }

  /**
   * Asks while no other call begins or ends, so that what the answer counts is known to hold these calls of Streamside;
   * `own` is null where others took too long to end, or one began all the same.
   * @param holds others are held back for it; otherwise it is exact only where there happen to be none
   */
  async alone<T>(
    ask: () => Promise<T>,
    signal: AbortSignal,
    holds = true,
  ): Promise<{ answer: T; own: OwnCounts | null }> {
    // Nothing may come between this and the hold.
    if (this.#hold !== null) await this.admit(signal);
    const until = this.#clock.elapsed() + (holds ? LONGEST_HOLD_MS : 0);
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    if (holds) this.#hold = hold;
    const letGo = () => {
      if (this.#hold === hold) this.#hold = null;
      release();
    };
    const cancel = this.#clock.after(LONGEST_HOLD_MS, letGo);
    try {
      const isQuiet = await this.#quiet(until, signal);
      const before = this.#started + 1;
      const ended = this.#ended;
      const own = {
        started: before,
        succeeded: this.#succeeded,
        failed: this.#failed,
        unclear: this.#unclear,
      };
      const answer = await ask();
      // Its own end is the only one.
      const isAlone = this.#started === before && this.#ended <= ended + 1;
      return { answer, own: isQuiet && isAlone ? own : null };
    } finally {
      cancel();
      letGo();
    }
  }

  get #ended(): number {
    return this.#succeeded + this.#failed + this.#unclear;
  }

  /** Whether everything that was under way has ended, and its server has had the time to count it. */
  async #quiet(until: number, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const now = this.#clock.elapsed();
      const settlesAt = this.#endedAt + SETTLE_MS;
      if (this.#running.size === 0 && now >= settlesAt) return true;
      if (now >= until) return false;
      const next = this.#running.size > 0 ? until : Math.min(settlesAt, until);
      let cancel = () => {};
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
        cancel = this.#clock.after(Math.max(1, next - now), resolve);
      });
      await unlessAborted(woken, signal).finally(() => cancel());
    }
  }
}
