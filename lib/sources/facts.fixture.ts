import { factText } from "../format/index.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceFact } from "../model/source.ts";

/** Facts as they are shown, by label. */
export function shown(facts: readonly SourceFact[], now: EpochMs = Date.now()): Record<string, string> {
  return Object.fromEntries(facts.map(({ label, value }) => [label, factText(value, now)]));
}
