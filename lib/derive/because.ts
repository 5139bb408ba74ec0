import { exactBacklog, exactCount, formatDuration, formatRate } from "../format/index.ts";
import type { Reading } from "../model/reading.ts";
import type { Status } from "../model/status.ts";
import type { BacklogUnit } from "../model/system.ts";
import type { LaneEvidence } from "./status.ts";
import { THRESHOLDS, TREND_STEP_MS } from "./thresholds.ts";

export interface ConsumerEvidence {
  readonly status: Status;
  readonly backlog: number | null;
  readonly unit: BacklogUnit;
  readonly duePerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly latencyMs: Reading;
  readonly inFlight: number | null;
  /** The lane that decides the status, by name, and what is known of it; null where no lane has a position yet. */
  readonly worst: { readonly name: string; readonly evidence: LaneEvidence } | null;
  /** Lanes with a position. */
  readonly lanes: number;
}

/** The sentence that explains a status, with the numbers it rests on. */
export function explainStatus(c: ConsumerEvidence): string {
  if (c.worst === null)
    return "Nothing has been committed or delivered yet, so there is no position to measure from.";
  const { evidence: e, name } = c.worst;
  const waiting = c.backlog === null ? "an unknown number of messages" : exactBacklog(c.backlog, c.unit);
  const where = c.lanes > 1 ? ` on ${name}` : "";
  switch (c.status) {
    case "ok":
      return c.backlog === 0
        ? `Keeps up: nothing is waiting${pace(c)}.`
        : `Keeps up: ${waiting} waiting and not growing${oldest(c)}${pace(c)}.`;
    case "idle":
      return `Nothing is waiting and nothing has arrived for ${lasted(e.now - e.arrivedAt)}.`;
    case "behind":
      return `Falls behind: ${waiting} waiting${oldest(c)}${pace(c)}. ${grew(e, c)}.`;
    case "stalled":
      return `Stalled${where}: ${exactBacklog(e.backlog, c.unit)} waiting, and the position has not moved for ${stood(
        e,
      )}${Number.isNaN(e.readers) ? "" : ` although ${people(e.readers)} ${e.readers === 1 ? "is" : "are"} there`}${oldest(c)}.`;
    case "stopped":
      return `Nobody has been reading for ${lasted(e.now - e.readersGoneSince)}: ${waiting} waiting${oldest(c)}.`;
    case "losing":
      return `${e.lostAtLeast ? "At least " : ""}${exactBacklog(e.lost, c.unit)} on ${name} ${
        e.lost === 1 ? "was" : "were"
      } removed by retention before ${e.lost === 1 ? "it was" : "they were"} read; ${waiting} still waiting.`;
    case "rewound":
      return `The position on ${name} went back by ${exactBacklog(e.highWater - e.position, c.unit)} and has not caught up; ${waiting} waiting.`;
    case "blocked":
      return `It cannot be given more${where}: ${
        c.inFlight === null
          ? `${waiting} waiting`
          : `${exactCount(c.inFlight)} handed out and not acknowledged, which is the limit`
      }, and the position has not moved for ${stood(e)}.`;
    case "failing":
      return `Too many of its calls end in an error of the server${pace(c)}.`;
    case "redelivering":
      return `The same messages are delivered again and again: ${waiting} waiting${
        c.inFlight === null ? "" : `, ${exactCount(c.inFlight)} of them handed out and not acknowledged`
      }.`;
    case "paused":
      return `Paused by an administrator; ${waiting} waiting.`;
    default:
      return explainUnknown(e, name, waiting);
  }
}

function explainUnknown(e: LaneEvidence, name: string, waiting: string): string {
  if (e.backlog > 0) {
    const soFar = e.now - e.waitingSince;
    return soFar < TREND_MS
      ? `${waiting} waiting; whether that grows is known after ${lasted(TREND_MS)} of samples (${lasted(soFar)} so far).`
      : `${waiting} waiting; whether that grows is known once the position on ${name} has been seen to move for ${lasted(TREND_MS)}.`;
  }
  if (Number.isNaN(e.position)) return `Nothing has been committed on ${name} yet.`;
  if (e.position > e.head) {
    return `The position on ${name} is past the end of the lane, which was recreated or cut: what is unread depends on where the consumer resumes.`;
  }
  return `How much is waiting on ${name} could not be read this time.`;
}

function oldest({ latencyMs }: ConsumerEvidence): string {
  if (latencyMs.value === null || latencyMs.value === 0) return "";
  const prefix = latencyMs.provenance === "atLeast" ? "at least " : "";
  return `, the oldest for ${prefix}${formatDuration(latencyMs.value)}`;
}

function pace({ duePerSecond, outPerSecond }: ConsumerEvidence): string {
  if (duePerSecond === null || outPerSecond === null) return "";
  return `; ${formatRate(duePerSecond)}/s arrive, ${formatRate(outPerSecond)}/s are finished`;
}

/** How the backlog of the lane that decides the status grew over the window of its trend. */
function grew(e: LaneEvidence, { unit, lanes, worst }: ConsumerEvidence): string {
  e.loadWindow?.();
  const known = e.window.subarray(0, e.samples).filter((value) => value >= 0);
  const what = lanes > 1 ? `Worst is ${worst?.name}, which` : "It";
  return `${what} grew from ${exactCount(known.at(0) ?? 0)} to ${exactBacklog(known.at(-1) ?? e.backlog, unit)} in ${lasted(
    (e.samples - 1) * TREND_STEP_MS,
  )}`;
}

/** The same for every system: from the first sample with a backlog to the one that makes a trend. */
const TREND_MS = (THRESHOLDS.kafka.minSamples - 1) * TREND_STEP_MS;

function people(readers: number): string {
  return readers === 1 ? "1 reader" : `${exactCount(readers)} readers`;
}

/** For how long nothing was finished. */
function stood({ now, movedAt, stillSince }: LaneEvidence): string {
  return lasted(now - (Number.isNaN(stillSince) ? movedAt : stillSince));
}

function lasted(ms: number): string {
  return formatDuration(Math.max(1000, Math.round(ms / 1000) * 1000)).replace(".0 s", " s");
}
