import type { EpochMs } from "../../model/reading.ts";

/**
 * As the API tells it: every reading with when it was read, `{ value, asOf, provenance }`. That is the `asOf` of the
 * innermost thing around it that has one.
 *
 * @param asOf of what stands in nothing that has one
 */
export function dated(value: unknown, asOf: EpochMs | null): unknown {
  if (Array.isArray(value)) return value.map((item) => dated(item, asOf));
  if (typeof value !== "object" || value === null) return value;
  if ("provenance" in value && "value" in value) {
    return "asOf" in value ? value : { value: value.value, asOf, provenance: value.provenance };
  }
  const own = "asOf" in value ? (value.asOf as EpochMs | null) : asOf;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, dated(field, own)]));
}
