/** The most of a server's time that one kind of question may take. */
const MOST_SHARE = 0.05;
/** What an answer takes longer than another by chance. */
const CHANCE_MS = 20;
const MOST_PAUSE_MS = 60_000;

/** When each kind of question is due again: at its own pace, or later where answers are expensive. */
export interface Cadence {
  isDue(key: string, now: number): boolean;
  asked(key: string, now: number, everyMs: number, costMs: number): void;
}

export function createCadence(): Cadence {
  const due = new Map<string, number>();
  const costs = new Map<string, number>();
  return {
    isDue: (key, now) => now >= (due.get(key) ?? Number.NEGATIVE_INFINITY),
    asked(key, now, everyMs, costMs) {
      // Once may be chance, a busy moment: what an answer costs is what it costs twice.
      const cost = Math.min(costs.get(key) ?? 0, costMs);
      costs.set(key, costMs);
      const pause = cost > CHANCE_MS ? Math.min(cost / MOST_SHARE, MOST_PAUSE_MS) : 0;
      due.set(key, now + Math.max(everyMs, pause));
    },
  };
}
