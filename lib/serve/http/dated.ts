import { factText, sentenceText } from "../../format/index.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceFact } from "../../model/source.ts";

/**
 * As the API tells it: every reading with when it was read, `{ value, asOf, provenance }`, which is the `asOf` of the
 * innermost thing around it that has one; facts and sentences as text.
 *
 * @param now what ages are counted to
 * @param asOf of what stands in nothing that has one
 */
export function dated(value: unknown, now: EpochMs, asOf: EpochMs | null = now): unknown {
  if (Array.isArray(value)) return value.map((item) => dated(item, now, asOf));
  if (typeof value === "string") return sentenceText(value, now);
  if (typeof value !== "object" || value === null) return value;
  if ("provenance" in value && "value" in value) {
    return "asOf" in value ? value : { value: value.value, asOf, provenance: value.provenance };
  }
  if (isFact(value)) return { ...value, value: factText(value.value, now) };
  const own = "asOf" in value ? (value.asOf as EpochMs | null) : asOf;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, dated(field, now, own)]));
}

function isFact(value: object): value is SourceFact {
  return "label" in value && "value" in value;
}
