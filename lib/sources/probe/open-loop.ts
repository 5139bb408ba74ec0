import type { Clock } from "../../async/clock.ts";

/** Where this process itself stood still for longer, what was due in that time is left out. */
const LONGEST_GAP_MS = 60_000;
/** A timer is no more exact than this: within it, the time something is sent counts as the time it was due. */
const TIMER_SLACK_MS = 2;

interface OpenLoopOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Something is due, in the time of `elapsed`; called for everything that is, before `send`. */
  readonly plan: (dueAt: number) => void;
  readonly send: () => void;
}

/**
 * Every interval something is due, whether what was before it has been answered or not; what the clock was late for is
 * due at the time it was meant for. The answer ends it.
 */
export function startOpenLoop({ intervalMs, clock, plan, send }: OpenLoopOptions): () => void {
  let dueAt = clock.elapsed();
  let cancel = () => {};
  const turn = () => {
    const time = clock.elapsed();
    if (time - dueAt > LONGEST_GAP_MS) dueAt = time;
    for (; dueAt <= time; dueAt += intervalMs) plan(time - dueAt <= TIMER_SLACK_MS ? time : dueAt);
    send();
    cancel = clock.after(Math.max(1, dueAt - clock.elapsed()), turn);
  };
  turn();
  return () => cancel();
}
