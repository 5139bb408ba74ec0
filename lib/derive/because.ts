import { exactBacklog, exactCount, formatDuration, formatRate, wholeSeconds } from "../format/index.ts";
import type { EpochMs, Reading } from "../model/reading.ts";
import { type Sentence, sinceThen } from "../model/sentence.ts";
import type { Status } from "../model/status.ts";
import type { BacklogUnit } from "../model/system.ts";
import type { Limits } from "../sample/limits.ts";
import type { Trend } from "./low-points.ts";
import type { PaceOver } from "./pace.ts";
import { type LaneEvidence, stillAllowedMs, stoodStillMs } from "./status.ts";

export interface ConsumerEvidence {
  /** When all of it was seen. */
  readonly at: EpochMs;
  readonly status: Status;
  readonly limits: Limits;
  /** What waits over all lanes it reads; `atLeast` where a part is not known, `atMost` where not every reader can have it. */
  readonly backlog: Reading;
  readonly unit: BacklogUnit;
  /** Over its own moves: the window that the verdict rests on. */
  readonly pace: PaceOver | null;
  /** Whether all of it together grows or shrinks: what the drain time rests on, too. */
  readonly trend: Trend;
  readonly latencyMs: Reading;
  readonly inFlight: number | null;
  /** The lane that decides the status, by name, and what is known of it; null where no lane has a position yet. */
  readonly worst: { readonly name: string; readonly evidence: LaneEvidence } | null;
  /** Lanes with a position. */
  readonly lanes: number;
  /** Lanes of which nobody knows what waits, and the name of one of them. */
  readonly unknownLanes: { readonly count: number; readonly name: string } | null;
  /** What waits on streams that it no longer reads. */
  readonly left: { readonly messages: number; readonly name: string } | null;
  /**
   * What it was judged to be at the last sample, and for how long, where the status shown is still the one before: a
   * change for the better has to hold before it is told.
   */
  readonly recovering: { readonly to: Status; readonly forMs: number; readonly afterMs: number } | null;
}

/** The sentence that explains a status, with the numbers it rests on; all of them from one window. */
export function explainStatus(c: ConsumerEvidence): Sentence {
  if (c.worst === null) return "Nothing has been read yet, so there is no position to measure from.";
  if (c.recovering !== null) return `${explainRecovery(c, c.recovering)}${asides(c)}`;
  return `${explainVerdict(c, c.worst)}${asides(c)}`;
}

function explainVerdict(
  c: ConsumerEvidence,
  { evidence: e, name }: NonNullable<ConsumerEvidence["worst"]>,
): string {
  const waiting = amountOf(c);
  const where = c.lanes > 1 ? ` on ${name}` : "";
  switch (c.status) {
    case "ok":
      return explainOk(c, e, waiting);
    case "idle":
      return `${isOnlyForSome(c) ? `${onlyForSome(waiting)};` : `Nothing is waiting${known(c)} and`} nothing has arrived for ${lasting(c, e.quietMs)}.`;
    case "behind":
      return `Falls behind: ${waiting} waiting${oldest(c)}${pace(c, "growing")}. ${grew(e, c)}.`;
    case "late":
      return `Late${where}: ${waiting} waiting, and right after its last move the oldest had waited for ${formatDuration(e.lowAgeMs)} (limit ${wholeSeconds(c.limits.lateMs)})${trendOf(c)}${pace(c, c.trend)}.`;
    case "stalled":
      return `Stalled${where}: ${exactBacklog(e.backlog, c.unit)} waiting, and nothing was finished for ${stood(c, e)}${readers(e)}${usual(e, c.limits)}${oldest(c)}.`;
    case "stopped":
      return `Nobody reads${where}: ${waiting} waiting, and nothing was finished for ${stood(c, e)}${usual(e, c.limits)}${oldest(c)}.`;
    case "losing":
      return `${e.lostAtLeast ? "At least " : ""}${exactBacklog(e.lost, c.unit)} on ${name} ${
        e.lost === 1 ? "was" : "were"
      } removed before ${e.lost === 1 ? "it was" : "they were"} read${seen(e)}; ${waiting} still waiting.`;
    case "rewound":
      return `The position on ${name} went back by ${exactBacklog(e.highWater - e.position, c.unit)} and has not caught up; ${waiting} waiting.`;
    case "blocked":
      return e.inTransaction
        ? `Held up by an open transaction${where}: ${exactBacklog(e.backlog, c.unit)} from its beginning on wait for it to end, and nothing was finished for ${stood(c, e)}${oldest(c)}.`
        : `It cannot be given more${where}: ${
            c.inFlight === null
              ? `${waiting} waiting`
              : `${exactCount(c.inFlight)} handed out and not finished, which is the limit`
          }, and nothing was finished for ${stood(c, e)}.`;
    case "failing":
      return `Too many of its calls end in an error of the server${pace(c, null)}.`;
    case "redelivering":
      return `The same messages were delivered again: ${waiting} waiting${
        c.inFlight === null ? "" : `, ${exactCount(c.inFlight)} of them handed out and not finished`
      }.`;
    case "held":
      return `Given less than there is, as it is set up: ${waiting} waiting.`;
    case "paused":
      return `Paused by an administrator; ${waiting} waiting.`;
    case "leaving":
      return `Its reader is gone, and the consumer goes away by itself${
        e.leavesInMs > 0 ? ` in about ${wholeSeconds(e.leavesInMs)}` : " any moment"
      } unless it comes back; ${waiting} waiting until then.`;
    case "left":
      return `None of its readers reads ${name} any more; ${waiting} waiting there.`;
    default:
      return explainUnknown(e, c, name, waiting);
  }
}

function explainOk(c: ConsumerEvidence, e: LaneEvidence, waiting: string): string {
  if (isOnlyForSome(c) && e.readable === 0) return `${onlyForSome(waiting)}${finished(c)}.`;
  if (c.backlog.value === 0) return `Keeps up: nothing is waiting${known(c)}${finished(c)}.`;
  const stillMs = stoodStillMs(e);
  // Within its rhythm, and long enough for a reader of the sentence to wonder.
  const pause =
    stillMs >= 5_000 && e.rhythmMs > 0
      ? `; it finishes in steps up to ${wholeSeconds(e.rhythmMs)} apart, the last one ${lasting(c, stillMs)} ago`
      : "";
  return `Keeps up: ${waiting} waiting${oldest(c)}${trendOf(c)}${pause}${finished(c)}.`;
}

function explainRecovery(
  c: ConsumerEvidence,
  { to, forMs, afterMs }: NonNullable<ConsumerEvidence["recovering"]>,
): string {
  return `It was ${c.status} until ${lasting(c, forMs)} ago and is called ${to} once that has held for ${wholeSeconds(afterMs)}: ${amountOf(c)} waiting${oldest(c)}.`;
}

function explainUnknown(e: LaneEvidence, c: ConsumerEvidence, name: string, waiting: string): string {
  if (e.backlog > 0) {
    if (!e.hasMoved) {
      return `${waiting} waiting; whether anybody works on ${c.lanes > 1 ? name : "it"} is known once it is seen to move, or after ${wholeSeconds(stillAllowedMs(e, c.limits))} without (${stood(c, e)} so far).`;
    }
    const stillMs = stoodStillMs(e);
    return stillMs >= 5_000
      ? `${waiting} waiting, and nothing was finished for ${lasting(c, stillMs)}; how long its pauses usually are is not known yet, so it is called standing still after ${wholeSeconds(stillAllowedMs(e, c.limits))}.`
      : `${waiting} waiting; whether that grows is known after a few more of its moves.`;
  }
  if (Number.isNaN(e.position)) return `It has no position on ${name} yet, so nobody knows what waits there.`;
  if (e.position > e.head) {
    return `The position on ${name} is past the end of the lane, which was recreated or cut: what is unread depends on where the consumer resumes.`;
  }
  return `How much is waiting on ${name} could not be read this time.`;
}

/** What is waiting, with what its number can claim. */
function amountOf({ backlog, unit }: ConsumerEvidence): string {
  if (backlog.value === null) return "an unknown number of messages";
  const bound =
    backlog.provenance === "atLeast" ? "at least " : backlog.provenance === "atMost" ? "at most " : "";
  return `${bound}${exactBacklog(backlog.value, unit)}`;
}

/** What waits is there for readers who take uncommitted messages as well, and which kind this one is cannot be seen. */
function isOnlyForSome({ backlog }: ConsumerEvidence): boolean {
  return backlog.provenance === "atMost" && backlog.value > 0;
}

function onlyForSome(waiting: string): string {
  return `${waiting.replace(/^a/, "A")} waiting: a reader of committed messages only has none of them, another one will get them`;
}

/** A zero of which a part is not known is no zero. */
function known({ backlog }: ConsumerEvidence): string {
  return backlog.provenance === "atLeast" ? " where that is known" : "";
}

function asides({ unknownLanes, left, unit }: ConsumerEvidence): string {
  const parts: string[] = [];
  if (unknownLanes !== null) {
    const others = unknownLanes.count > 1 ? ` and ${exactCount(unknownLanes.count - 1)} more` : "";
    parts.push(` What waits on ${unknownLanes.name}${others} is not known.`);
  }
  if (left !== null) {
    parts.push(
      ` Apart from that, ${exactBacklog(left.messages, unit)} on ${left.name}, which it no longer reads.`,
    );
  }
  return parts.join("");
}

function oldest({ latencyMs }: ConsumerEvidence): string {
  if (latencyMs.value === null || latencyMs.value === 0) return "";
  const { provenance } = latencyMs;
  const prefix = provenance === "atLeast" ? "at least " : provenance === "atMost" ? "at most " : "";
  return `, the oldest for ${prefix}${formatDuration(latencyMs.value)}`;
}

/** What of a loss is no news to whoever marked it. */
function seen({ lostSeen }: LaneEvidence): string {
  return lostSeen > 0 ? `, ${exactCount(lostSeen)} of them marked as seen before` : "";
}

function trendOf({ trend }: ConsumerEvidence): string {
  switch (trend) {
    case "level":
      return ", neither more nor fewer each time";
    case "shrinking":
      return ", fewer each time";
    default:
      return "";
  }
}

function finished({ pace: over }: ConsumerEvidence): string {
  return over === null || !(over.outPerSecond > 0) ? "" : `; ${formatRate(over.outPerSecond)}/s are finished`;
}

/**
 * What arrives and what is finished, where the two belong to the trend that is told: of several lanes one may grow while
 * the sum shrinks, and then the sum explains nothing.
 */
function pace({ pace: over }: ConsumerEvidence, trend: string | null): string {
  if (over === null) return "";
  const { duePerSecond, outPerSecond } = over;
  if (trend === "growing" && !(duePerSecond > outPerSecond)) return "";
  if (trend === "shrinking" && !(duePerSecond < outPerSecond)) return "";
  if (
    trend === "level" &&
    Math.abs(duePerSecond - outPerSecond) > 0.05 * Math.max(duePerSecond, outPerSecond)
  )
    return "";
  return `; ${formatRate(duePerSecond)}/s arrive, ${formatRate(outPerSecond)}/s are finished`;
}

/** How the backlog of the lane that decides the status grew over its low points. */
function grew(e: LaneEvidence, { unit, lanes, worst }: ConsumerEvidence): string {
  const what = lanes > 1 ? `Worst is ${worst?.name}, which` : "It";
  const growth = e.growth();
  if (growth === null) return `${what} grows`;
  return `${what} grew from ${exactCount(growth.from)} to ${exactBacklog(growth.to, unit)} in ${wholeSeconds(growth.overMs)}`;
}

function readers({ readers: there }: LaneEvidence): string {
  if (!(there > 0)) return "";
  return ` although ${there === 1 ? "1 reader is" : `${exactCount(there)} readers are`} there`;
}

function usual(e: LaneEvidence, limits: Limits): string {
  const set = e.readers === 0 ? limits.stoppedMs : limits.stalledMs;
  if (set !== null) return ` (limit ${wholeSeconds(set)})`;
  // Under a second it is told by the process, or it is no pause at all.
  return e.rhythmMs >= 1_000 ? ` (it usually pauses for ${wholeSeconds(e.rhythmMs)} at most)` : "";
}

/** For how long nothing was finished. */
function stood(c: ConsumerEvidence, e: LaneEvidence): string {
  return lasting(c, stoodStillMs(e));
}

/** What had lasted for so long when it was seen, and goes on. */
function lasting({ at }: ConsumerEvidence, ms: number): string {
  // Of what was never seen to begin nobody knows more than that it is so now.
  return sinceThen(at - (ms || 0));
}
