import type { Clock } from "./clock.ts";

/** Resolves when all are done, or when that takes longer than `ms`. What is late goes on by itself; none may reject. */
export async function allOrLate(clock: Clock, work: readonly Promise<unknown>[], ms: number): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([Promise.all(work), late]);
  cancel();
}
