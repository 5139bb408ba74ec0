import type { Clock } from "../../../async/clock.ts";
import type { EpochMs } from "../../../model/reading.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { GrpcSourceUse } from "../config.ts";
import type { Way } from "./ways.ts";

export type WayState =
  /** Asked for the first time, and nothing came yet. */
  | { readonly kind: "waiting" }
  | { readonly kind: "used" }
  | { readonly kind: "not offered" }
  | { readonly kind: "refused" | "lost"; readonly since: EpochMs; readonly error: CollectorError };

export interface AskedWaySettings<T> {
  readonly use: GrpcSourceUse;
  /** The way as it is now: another object once the connection is another one. */
  readonly way: (signal: AbortSignal) => Promise<Way<T>>;
  /** Whether the connection that the way went over takes no new calls any more. */
  readonly isGone?: () => boolean;
  /** When the target said what is told, EpochMs; absent: at the moment it was asked. */
  asOf?(value: T): EpochMs;
  /** How long what was told is still served after the way was lost. */
  readonly keptMs: number;
  /** A read that takes longer has failed. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const PENDING_KEPT_MS = 2_000;

/**
 * One way at one address, asked in rounds. A read that takes longer than a round goes on, and the next round waits for it
 * with everybody else; what it told before is served as long as `keptMs`.
 */
export class AskedWay<T> {
  readonly use: GrpcSourceUse;
  readonly #settings: AskedWaySettings<T>;
  #asking: {
    readonly promise: Promise<void>;
    readonly since: EpochMs;
    readonly abort: AbortController;
  } | null = null;
  #value: T | null = null;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  state: WayState = { kind: "waiting" };

  constructor(settings: AskedWaySettings<T>) {
    this.use = settings.use;
    this.#settings = settings;
  }

  /** Resolves when it has answered or failed; see `state`. */
  ask(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#asking === null) {
      const abort = new AbortController();
      const promise = this.#read(abort).finally(() => {
        this.#asking = null;
      });
      this.#asking = { promise, since: this.#settings.clock.now(), abort };
    }
    return this.#asking.promise;
  }

  /** Since when it has been asked without an answer, EpochMs; NaN: it is not being asked. */
  get pendingSince(): EpochMs {
    return this.#asking?.since ?? Number.NaN;
  }

  /** What is known now: of a way that is lost, or has not answered yet, what it told last while that is recent. */
  get value(): T | null {
    const isUsed = this.state.kind === "used";
    if (isUsed && this.#asking === null) return this.#value;
    const { keptMs, clock } = this.#settings;
    // Far away, an answer takes longer than a sample waits for it.
    const longest = isUsed ? Math.max(keptMs, PENDING_KEPT_MS) : keptMs;
    return clock.now() - this.#answeredAt <= longest ? this.#value : null;
  }

  /** Whether the target itself has told something since then. */
  hasHeardSince(startedAt: EpochMs): boolean {
    if (this.state.kind !== "used" || this.#value === null) return false;
    return (this.#settings.asOf?.(this.#value) ?? this.#answeredAt) >= startedAt;
  }

  async #read(abort: AbortController): Promise<void> {
    const { way, isGone, timeoutMs, clock } = this.#settings;
    const cancel = clock.after(timeoutMs, () => abort.abort(tooSlow(this.use, timeoutMs)));
    try {
      const first = await way(abort.signal);
      const value = await first.read(abort.signal).catch(async (error: unknown) => {
        // A call that began as the other end said GOAWAY is refused, and belongs on the next connection.
        if (!isUnreachable(error) || isGone?.() !== true) throw error;
        return (await way(abort.signal)).read(abort.signal);
      });
      if (this.#closed) return;
      this.#value = value;
      this.#answeredAt = value === null ? Number.NEGATIVE_INFINITY : clock.now();
      this.state = { kind: value === null ? "not offered" : "used" };
    } catch (error) {
      if (!this.#closed) this.#fail(asCollectorError(error));
    } finally {
      cancel();
    }
  }

  #fail(error: CollectorError): void {
    const kind = error.code === "AUTH" || error.code === "DENIED" ? "refused" : "lost";
    const since = this.state.kind === kind ? this.state.since : this.#settings.clock.now();
    this.state = { kind, since, error };
  }

  close(): void {
    this.#closed = true;
    this.#asking?.abort.abort(new CollectorError("INTERNAL", "The collector was closed.", ""));
  }
}

function tooSlow(use: GrpcSourceUse, timeoutMs: number): CollectorError {
  return new CollectorError(
    "TIMEOUT",
    `${use}: no complete answer within ${timeoutMs} ms.`,
    "Is the process paused or overloaded?",
  );
}

function isUnreachable(error: unknown): boolean {
  return error instanceof CollectorError && error.code === "UNREACHABLE";
}

function asCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError(
    "INTERNAL",
    `Reading failed: ${error instanceof Error ? error.message : String(error)}.`,
    "This is a defect of Streamside; please report it.",
    { cause: error },
  );
}
