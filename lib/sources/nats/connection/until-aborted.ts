import { CollectorError } from "../../../sample/collector-error.ts";

/** The work's result, or a rejection as soon as one signal aborts; the work may then end by itself later. */
export async function untilAborted<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const listening = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(abortReason(abort.signal.reason)));
  });
  for (const signal of signals) {
    const pass = () => abort.abort(signal.reason);
    if (signal.aborted) pass();
    else signal.addEventListener("abort", pass, { signal: listening.signal });
  }
  try {
    return await Promise.race(abort.signal.aborted ? [aborted] : [work(abort.signal), aborted]);
  } finally {
    listening.abort();
  }
}

function abortReason(reason: unknown): CollectorError {
  if (reason instanceof CollectorError) return reason;
  return new CollectorError("TIMEOUT", "The sample was cancelled before it was complete.", "Sample again.", {
    cause: reason,
  });
}
