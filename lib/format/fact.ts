import type { EpochMs } from "../model/reading.ts";
import type { FactCell, SourceFact } from "../model/source.ts";
import { exactCount, formatBytes, UNKNOWN } from "./number.ts";
import { formatAge, formatDuration, formatMoment } from "./time.ts";

/** What a fact says, as text. `now`: what ages are counted to; of a fact that is no `ago` any instant will do. */
export function factText(value: SourceFact["value"], now: EpochMs): string {
  if (typeof value === "string") return value;
  const text = cellText(value, now);
  return value.of === undefined ? text : value.of.replace("{}", () => text);
}

/** What stands around a number in a fact, with names of any kind in it: none of them is taken for the number's place. */
export function around(before: string, after = ""): string {
  return `${before.replaceAll("{}", "{ }")}{}${after}`;
}

function cellText({ kind, value }: FactCell, now: EpochMs): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  switch (kind) {
    case "count":
      return exactCount(value);
    case "bytes":
      return formatBytes(value);
    case "duration":
      return formatDuration(value);
    case "percent":
      return `${value.toFixed(1)} %`;
    case "time":
      return formatMoment(value, now);
    case "elapsed":
      return formatAge(now - value);
    case "ago":
      return now - value < 1_000 ? "just now" : `${formatAge(now - value)} ago`;
  }
}
