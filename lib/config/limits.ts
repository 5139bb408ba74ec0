import type * as z from "zod";
import { duration, flag, integer, list, mapping, regex } from "./fields.ts";
import type { LimitsConfig } from "./types.ts";

const time = () => duration("100ms", "30d", "500ms, 90s, 5m, 1h");

const set = () => ({
  late: time().exactOptional(),
  stalled: time().exactOptional(),
  stopped: time().exactOptional(),
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
