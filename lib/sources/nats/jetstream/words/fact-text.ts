/** Texts that facts of streams and consumers have in common. */
import { exactCount, formatAge, formatBytes, formatDuration, UNKNOWN } from "../../../../format/index.ts";
import type { SourceFact } from "../../../../model/source.ts";
import type { ReplicaEntry } from "../entries.ts";

const NONE = "none";

/** A limit by count; none where there is none. */
export function limitText(limit: number): string {
  return limit === Number.POSITIVE_INFINITY ? NONE : exactCount(limit);
}

export function bytesLimitText(limit: number): string {
  return limit === Number.POSITIVE_INFINITY ? NONE : formatBytes(limit);
}

/** `0 ms` stands for no limit in the server's settings. */
export function timeLimitText(ms: number): string {
  return ms === Number.POSITIVE_INFINITY || ms === 0 ? NONE : wholeDuration(ms);
}

/** A setting: no decimals it does not have. */
export function wholeDuration(ms: number): string {
  return formatDuration(ms)
    .replace(/\.0+ /, " ")
    .replace(/ 00 [sm]$/, "")
    .replace(/ 00 h$/, "");
}

/** How long before another moment of the same clock; "never" where the server has no time for it. */
export function agoText(at: string, now: string): string {
  const ms = Date.parse(now) - instantOf(at);
  return Number.isNaN(ms) ? "never" : `${formatAge(ms)} ago`;
}

/** EpochMs of a time the server tells; NaN where it tells none, for which some say the year 1. */
export function instantOf(text: string): number {
  const at = Date.parse(text);
  return at > 0 ? at : Number.NaN;
}

/** These facts under one name. */
export function inGroup(group: string, facts: readonly SourceFact[]): SourceFact[] {
  return facts.map((fact) => ({ ...fact, group }));
}

export function leaderFact(leader: string): SourceFact {
  return {
    label: "Leader",
    value: leader || "nobody",
    title: "The server whose numbers these are; without one nothing can be written or delivered",
  };
}

/** One fact for each copy besides the leader's. */
export function replicaFacts(replicas: readonly ReplicaEntry[]): SourceFact[] {
  return replicas.map(({ name, current, offline, lag, activeMs }) => {
    const state = offline ? "offline" : current ? "current" : "behind";
    const behind = lag > 0 ? `, ${exactCount(lag)} operations behind` : "";
    const heard = Number.isNaN(activeMs) ? ", never heard of" : `, heard of ${formatAge(activeMs)} ago`;
    return {
      label: `Replica ${name}`,
      value: `${state}${behind}${heard}`,
      title: "As the leader sees it: current means that it has all the leader has",
    };
  });
}

export function countText(count: number): string {
  return Number.isNaN(count) ? UNKNOWN : exactCount(count);
}
