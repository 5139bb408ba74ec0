/** Texts that facts of streams and consumers have in common. */
import { around, exactCount, formatDuration, UNKNOWN } from "../../../../format/index.ts";
import type { EpochMs } from "../../../../model/reading.ts";
import type { FactCell, SourceFact } from "../../../../model/source.ts";
import type { ReplicaEntry } from "../entries.ts";

const NONE = "none";

/** A limit by count or in bytes; none where there is none. */
export function limitValue(kind: "count" | "bytes", limit: number): SourceFact["value"] {
  return limit === Number.POSITIVE_INFINITY ? NONE : { kind, value: limit };
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
export function replicaFacts(replicas: readonly ReplicaEntry[], asOf: EpochMs): SourceFact[] {
  return replicas.map(({ name, current, offline, lag, activeMs }) => {
    const state = offline ? "offline" : current ? "current" : "behind";
    const behind = lag > 0 ? `, ${exactCount(lag)} operations behind` : "";
    return {
      label: `Replica ${name}`,
      value: heardOf(`${state}${behind}, `, { activeMs, asOf }),
      title: "As the leader sees it: current means that it has all the leader has",
    };
  });
}

/** … and when something was heard of last. */
export function heardOf(
  before: string,
  { activeMs, asOf }: { readonly activeMs: number; readonly asOf: EpochMs },
  after = "",
): SourceFact["value"] {
  return Number.isNaN(activeMs)
    ? `${before}never heard of${after}`
    : { kind: "ago", value: asOf - activeMs, of: around(`${before}heard of `, after) };
}

export function count(value: number): FactCell {
  return { kind: "count", value };
}

export function countText(value: number): string {
  return Number.isNaN(value) ? UNKNOWN : exactCount(value);
}
