import { unlessAborted } from "./unless-aborted.ts";

/**
 * The result of work that is begun with a signal of all these, or a rejection with the reason of the first that aborts;
 * the work may then end by itself later.
 */
export async function untilAborted<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const listening = new AbortController();
  for (const signal of signals) {
    const pass = () => abort.abort(signal.reason);
    if (signal.aborted) pass();
    else signal.addEventListener("abort", pass, { signal: listening.signal });
  }
  try {
    abort.signal.throwIfAborted();
    return await unlessAborted(work(abort.signal), abort.signal);
  } finally {
    listening.abort();
  }
}
