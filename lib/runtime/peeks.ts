import type { Clock } from "../async/clock.ts";
import { problem } from "../model/problem.ts";
import type { FailureCode } from "../model/source.ts";
import type { Collector } from "../sample/collector.ts";
import { CollectorError } from "../sample/collector-error.ts";
import type { PeekAnswer } from "../serve/http/api.ts";
import type { Store } from "../store/store.ts";

/** What people look at is little: more at once is a program, and each look is work for the watched system. */
const AT_ONCE = 2;
const TIMEOUT_MS = 5_000;

interface PeeksOptions {
  readonly clock: Clock;
  readonly store: Store;
  /** The collector of a source, by the source's id. */
  readonly collectorOf: (sourceId: string) => Collector | undefined;
  readonly timeoutMs?: number;
}

/** Looks at single messages for whoever asks, a few at a time for each source. What fails is a problem, not an error. */
export function createPeeks({ clock, store, collectorOf, timeoutMs = TIMEOUT_MS }: PeeksOptions) {
  const looking = new Map<string, number>();
  return async (streamId: string, sequence: number): Promise<PeekAnswer> => {
    const found = store.at(clock.now()).findStream(streamId);
    if (found === null) return { problem: problem(404, "There is no such stream now.") };
    const { id, name } = found.source.identity;
    const collector = collectorOf(id);
    if (!collector?.peek) return { problem: problem(501, `${name} cannot be asked for single messages.`) };
    const before = looking.get(id) ?? 0;
    if (before >= AT_ONCE) {
      return { problem: problem(429, `${AT_ONCE} messages of ${name} are being asked for; try again.`) };
    }
    looking.set(id, before + 1);
    const abort = new AbortController();
    const { signal } = abort;
    const cancelTimeout = clock.after(timeoutMs, () => abort.abort());
    try {
      const { key } = found.sampled.layout.streams[found.row]!;
      return { message: await collector.peek(key, sequence, signal) };
    } catch (error) {
      if (signal.aborted) return { problem: problem(504, `${name} did not answer in time.`) };
      if (!(error instanceof CollectorError)) throw error;
      return { problem: problem(statusOf(error.code), `${error.message} ${error.hint}`.trim()) };
    } finally {
      cancelTimeout();
      looking.set(id, looking.get(id)! - 1);
    }
  };
}

function statusOf(code: FailureCode) {
  if (code === "UNAVAILABLE") return 404;
  if (code === "DENIED") return 403;
  return code === "TIMEOUT" ? 504 : 502;
}
