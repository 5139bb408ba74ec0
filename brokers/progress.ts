import type { Progress } from "./broker.ts";

const tellEveryMs = 3_000;

/** Says what begins, then how long it has been going on every few seconds until the work settles. */
export async function withElapsed<T>(log: Progress, what: string, work: () => Promise<T>): Promise<T> {
  log(`${what} …`);
  const since = Date.now();
  const timer = setInterval(() => log(`${what} … ${Math.round((Date.now() - since) / 1000)} s`), tellEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
