import type { MethodRow } from "@streamside/grpc-health";

/** Start times that are computed from the machine's clock move a little with it. */
const CLOCK_PLAY_S = 2;

/**
 * Tells when counters have started again, by another name for the process: when it says that it was started at another
 * time, or when a counter went back, which is all there is to see where no start time is told.
 */
export function createCounterTurns(): (methods: readonly MethodRow[], startedAtS: number) => string {
  let held = new Map<number, readonly number[]>();
  let startedS = Number.NaN;
  let turn = 1;
  return (methods, startedAtS) => {
    const now = new Map(methods.map((row) => [row.id, countersOf(row)]));
    const wentBack = [...now].some(([id, counters]) =>
      held.get(id)?.some((was, index) => counters[index]! < was),
    );
    const isAnother = Math.abs(startedAtS - startedS) > CLOCK_PLAY_S;
    if (wentBack || isAnother) turn++;
    if (isAnother || Number.isNaN(startedS)) startedS = startedAtS;
    held = now;
    return Number.isNaN(startedS) ? String(turn) : `${startedS}.${turn}`;
  };
}

function countersOf({ started, completed, latencies, ...row }: MethodRow): number[] {
  return [
    started,
    completed,
    row.messagesFlushed ?? Number.NaN,
    row.messagesReceived ?? Number.NaN,
    row.bytesFlushed ?? Number.NaN,
    row.bytesReceived ?? Number.NaN,
    latencies[0]?.count ?? Number.NaN,
  ];
}
