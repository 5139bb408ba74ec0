import type * as z from "zod";
import { field, flag, integer, list, mapping, regex } from "./fields.ts";
import type { LimitsConfig } from "./types.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const LEAST_MS = 100;
const MOST_MS = 30 * UNITS_MS.d!;

/** A length of time with its unit, so that nobody has to know in which one it is meant; in milliseconds. */
function duration() {
  return field("a time from 100ms to 30d with its unit: 500ms, 90s, 5m, 1h", (v, because) => {
    if (typeof v === "number" || (typeof v === "string" && /^\s*\d+(\.\d+)?\s*$/.test(v))) {
      because("is a number without a unit");
      return undefined;
    }
    const [, amount, unit] =
      (typeof v === "string" && /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d)$/.exec(v)) || [];
    if (amount === undefined || unit === undefined) return undefined;
    const ms = Number(amount) * UNITS_MS[unit]!;
    if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
    because(`is ${ms < LEAST_MS ? "less than 100ms" : "more than 30d"}`);
    return undefined;
  });
}

const set = () => ({
  late: duration().exactOptional(),
  stalled: duration().exactOptional(),
  stopped: duration().exactOptional(),
  minBacklog: integer(0, Number.MAX_SAFE_INTEGER, "messages").exactOptional(),
});

const CONSUMERS =
  "a list of at least one mapping with match: REGEX, and late, stalled, stopped, minBacklog or ignore";

/** `limits:`, at the top or of a source. */
export function limits() {
  const ofConsumers = mapping(
    { match: regex(), ...set(), ignore: flag().exactOptional() },
    "a mapping with match: REGEX, and late, stalled, stopped, minBacklog or ignore",
  );
  return mapping(
    { ...set(), consumers: list(ofConsumers, CONSUMERS, false).exactOptional() },
    "a mapping with late, stalled, stopped, minBacklog, consumers",
  ).prefault({});
}

type Parsed = z.output<ReturnType<typeof limits>>;

export function mapLimits({ consumers = [], ...all }: Parsed): LimitsConfig {
  return {
    ...inMs(all),
    consumers: consumers.map(({ match, ignore, ...own }) => ({
      match,
      ...inMs(own),
      ...(ignore !== undefined && { ignore }),
    })),
  };
}

function inMs({ late, stalled, stopped, minBacklog }: Omit<Parsed, "consumers">) {
  return {
    ...(late !== undefined && { lateMs: late }),
    ...(stalled !== undefined && { stalledMs: stalled }),
    ...(stopped !== undefined && { stoppedMs: stopped }),
    ...(minBacklog !== undefined && { minBacklog }),
  };
}
