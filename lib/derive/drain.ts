import type { Drain } from "../model/status.ts";

/** A backlog that this many seconds of work hold is a full pipeline, not a debt. */
const PIPELINE_SECONDS = 2;

/**
 * When the backlog will be gone. A small one (two seconds of work) takes backlog ÷ out; a larger one shrinks only by
 * what out exceeds due, and never if it does not. Rates are messages a second, NaN or null where unknown.
 */
export function drainOf(
  backlog: number | null,
  duePerSecond: number | null,
  outPerSecond: number | null,
): Drain {
  if (!isKnown(backlog)) return { kind: "unknown" };
  if (backlog === 0) return { kind: "none" };
  if (!isKnown(duePerSecond) || !isKnown(outPerSecond)) return { kind: "unknown" };
  if (outPerSecond > 0 && backlog <= outPerSecond * PIPELINE_SECONDS) {
    return { kind: "in", seconds: backlog / outPerSecond, most: backlog / outPerSecond };
  }
  const net = outPerSecond - duePerSecond;
  // Rates are averages: a net below a thousandth of the traffic is noise, and would promise a date years away.
  return net > outPerSecond / 1000
    ? { kind: "in", seconds: backlog / net, most: backlog / net }
    : { kind: "never" };
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
