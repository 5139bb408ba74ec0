import type { EpochMs } from "../../../model/reading.ts";
import { type Change, leaderText } from "./stream-changes.ts";
import { type Happening, happeningKey } from "./told-memory.ts";

/** A change, and when a sample showed it. */
export interface Shown {
  readonly change: Change;
  readonly at: EpochMs;
}

/** Changes that samples show and that no advisory has told so far. Each waits a sample for its advisory. */
export interface ShownChanges {
  /** The changes of a new sample. Those of the last one that happened again since are over: they are returned. */
  add(changes: readonly Change[], at: EpochMs): Shown[];
  find(happening: Happening): Shown | undefined;
  /** Finds it, and takes it away: it is told otherwise. */
  take(happening: Happening): Shown | undefined;
  /** Those that have waited, and are not waited for any longer. */
  takeOld(): Shown[];
}

export function createShownChanges(): ShownChanges {
  let old = new Map<string, Shown>();
  let fresh = new Map<string, Shown>();

  const find = (happening: Happening) => {
    const key = happeningKey(happening);
    return fresh.get(key) ?? old.get(key);
  };

  return {
    add(changes, at) {
      old = new Map([...old, ...fresh]);
      fresh = new Map();
      const over: Shown[] = [];
      for (const change of changes) {
        const key = happeningKey(change);
        const earlier = old.get(key);
        old.delete(key);
        // Elections leave a stream without a leader for a moment: what counts is who led before and who does now.
        const between = change.kind === "leader" && earlier?.change.after === leaderText("");
        if (earlier && !between) over.push(earlier);
        const before = between ? earlier?.change.before : change.before;
        fresh.set(key, { change: before === undefined ? change : { ...change, before }, at });
      }
      return over;
    },

    find,

    take(happening) {
      const shown = find(happening);
      const key = happeningKey(happening);
      fresh.delete(key);
      old.delete(key);
      return shown;
    },

    takeOld() {
      const due = [...old.values()];
      old = new Map();
      return due;
    },
  };
}
