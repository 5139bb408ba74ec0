import type { Clock } from "../async/clock.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceFailure } from "../model/source.ts";
import type { Collector, Scope } from "../sample/collector.ts";
import { CollectorError, type FailureNews } from "../sample/collector-error.ts";
import type { Sample } from "../sample/sample.ts";

export interface ScheduleOptions {
  readonly collector: Collector;
  readonly intervalMs: number;
  /** A sample that takes longer is aborted and counts as failed. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** CPU time of this process in ms, ever. */
  readonly cpuMs: () => number;
  /** A number in [0, 1), for the spread of retries. */
  readonly random: () => number;
  /** What to look at in the sample that is about to be taken. */
  readonly scope?: () => Scope;
  readonly onSample: (sample: Sample, cost: MeasuredCost) => void;
  /** Consumers that someone looks at now, by key. */
  readonly focus?: () => readonly string[];
  /** A sample between two samples, of those. */
  readonly onFocus?: (sample: Sample, consumerKeys: readonly string[]) => void;
  /** `news`: what the failed sample learned all the same. */
  readonly onFailure: (failure: SourceFailure, news?: FailureNews) => void;
  /** A turn passed because the sample before it was still running. */
  readonly onSkip: () => void;
}

export interface MeasuredCost {
  readonly wallMs: number;
  /** CPU of the whole process meanwhile: an upper bound for the sample. */
  readonly cpuMs: number;
}

export interface Schedule {
  /** Ends the schedule and closes the collector. Resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** First retry after this long, then half as long again each time, at most `RETRY_MAX_MS`. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 2_000;

/** How often what someone looks at is sampled, at least. */
export const FOCUS_MS = 250;
/** A source that takes longer than this over a few consumers is left alone for a while: the rest must not wait for it. */
const FOCUS_SLOW_MS = FOCUS_MS / 2;
const FOCUS_REST_MS = 5_000;

/**
 * Runs one collector: the first sample now, then on the grid of wall-clock multiples of the interval, so that all
 * sources are sampled at the same instants. Never two samples at once. After a failure it retries at 1 s, 1.5 s and
 * then every 2 s, which keeps "back within 3 s of its return" and "at most one attempt a second".
 */
export function schedule(options: ScheduleOptions): Schedule {
  const { collector, intervalMs, clock } = options;
  let closed = false;
  let failures = 0;
  let focusRestsUntil = Number.NEGATIVE_INFINITY;
  let cancelTimer = () => {};
  let running: Promise<void> = Promise.resolve();
  let abort = new AbortController();

  const focused = () => (collector.sampleFocus === undefined ? [] : (options.focus?.() ?? []));

  const next = (at: EpochMs) => {
    if (closed) return;
    const focusAt = nextOnGrid(clock.now(), FOCUS_MS);
    const rests = clock.elapsed() + (focusAt - clock.now()) < focusRestsUntil;
    const between = failures === 0 && focusAt < at && !rests && focused().length > 0;
    cancelTimer = clock.after((between ? focusAt : at) - clock.now(), () => {
      running = between ? focusTurn(at) : turn(at);
    });
  };

  /** Looks at what someone looks at, and leaves the turn that is due at `at` as it is. */
  const focusTurn = async (at: EpochMs) => {
    const keys = focused();
    if (keys.length > 0) {
      const startedAt = clock.elapsed();
      abort = new AbortController();
      const { signal } = abort;
      const cancelTimeout = clock.after(options.timeoutMs, () => abort.abort());
      try {
        const sample = (await collector.sampleFocus?.(keys, signal)) ?? null;
        if (!closed && sample !== null) options.onFocus?.(sample, keys);
      } catch {
        // The next full sample says what is wrong.
        focusRestsUntil = clock.elapsed() + FOCUS_REST_MS;
      } finally {
        cancelTimeout();
      }
      if (clock.elapsed() - startedAt > FOCUS_SLOW_MS) focusRestsUntil = clock.elapsed() + FOCUS_REST_MS;
    }
    next(at);
  };

  const turn = async (dueAt: EpochMs) => {
    const startedAt = clock.elapsed();
    const cpuBefore = options.cpuMs();
    abort = new AbortController();
    const { signal } = abort;
    const cancelTimeout = clock.after(options.timeoutMs, () =>
      abort.abort(
        new CollectorError(
          "TIMEOUT",
          `No complete answer within ${seconds(options.timeoutMs)}.`,
          "Check that the source is healthy and not overloaded; raise timeoutMs if it is only slow.",
        ),
      ),
    );
    try {
      const sample = await collector.sample(signal, options.scope?.());
      cancelTimeout();
      if (closed) return;
      failures = 0;
      const wallMs = clock.elapsed() - startedAt;
      options.onSample(sample, { wallMs, cpuMs: options.cpuMs() - cpuBefore });
      let at = nextOnGrid(clock.now(), intervalMs);
      // A timer may fire a millisecond early: the turn just taken is not due again.
      if (at === dueAt) at += intervalMs;
      for (let missed = nextOnGrid(dueAt, intervalMs); missed < at; missed += intervalMs) options.onSkip();
      next(at);
    } catch (error) {
      cancelTimeout();
      if (closed) return;
      failures++;
      const nextTryAt = clock.now() + retryDelay(failures, options.random());
      options.onFailure(
        describeFailure(signal.aborted ? signal.reason : error, clock.now(), nextTryAt, failures),
        error instanceof CollectorError ? error.news : undefined,
      );
      next(nextTryAt);
    }
  };

  next(clock.now());
  return {
    async close() {
      closed = true;
      cancelTimer();
      abort.abort(new CollectorError("INTERNAL", "Streamside is shutting down.", ""));
      await running;
      await collector.close();
    },
  };
}

/** The first multiple of `intervalMs` after `now`. */
export function nextOnGrid(now: EpochMs, intervalMs: number): EpochMs {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

function retryDelay(failuresInARow: number, random: number): number {
  const delay = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 1.5 ** (failuresInARow - 1));
  // Spread upwards only: two attempts are never closer than a second.
  return delay + random * 100;
}

function describeFailure(error: unknown, at: EpochMs, nextTryAt: EpochMs, attempts: number): SourceFailure {
  if (error instanceof CollectorError) {
    return { code: error.code, message: error.message, hint: error.hint, at, nextTryAt, attempts };
  }
  return {
    code: "INTERNAL",
    message: `Sampling failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`,
    hint: "This is a defect of Streamside; please report it with the log of this minute.",
    at,
    nextTryAt,
    attempts,
  };
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
