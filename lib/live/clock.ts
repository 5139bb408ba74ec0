import { createEmitter, type Listener } from "./subscribable.ts";

/** One clock for the whole screen: everything that shows an age ticks together, once a second. */
export interface Clock {
  subscribe(listener: Listener): () => void;
  /** Server time at the last tick. */
  now(): number;
  /** Data has arrived: tick now, unless the last tick was a moment ago. */
  nudge(): void;
}

const TICK_MS = 1_000;
/** Several messages of one push cause one tick. */
const NUDGE_MS = 600;
/** Without data the clock goes on by itself; a little later than data would come, so that it does not tick twice. */
const ALONE_MS = 1_150;

export function createClock(serverNow: () => number): Clock {
  const emitter = createEmitter();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let now = serverNow();

  const tick = (nextInMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => tick(TICK_MS), nextInMs);
    now = serverNow();
    emitter.notify();
  };
  return {
    subscribe(listener) {
      const unsubscribe = emitter.subscribe(listener);
      if (timer === undefined) {
        now = serverNow();
        timer = setTimeout(() => tick(TICK_MS), TICK_MS);
      }
      return () => {
        unsubscribe();
        if (emitter.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    now: () => now,
    nudge() {
      if (timer !== undefined && serverNow() - now > NUDGE_MS) tick(ALONE_MS);
    },
  };
}
