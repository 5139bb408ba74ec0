import type { EpochMs } from "../model/reading.ts";
import type { SourceSection } from "../model/source.ts";
import { SectionRates } from "./section-rates.ts";

/** A section that is not told any more is shown for so long, with its age: one late answer must not empty a page. */
const KEPT_MS = 30_000;

/** The sections of a source as its page shows them: the newest told of each, with rates in the place of totals. */
export class SectionTable {
  private readonly rates = new SectionRates();
  private told: readonly SourceSection[] = [];

  /** @param at When the sample was taken. */
  accept(sections: readonly SourceSection[], at: EpochMs): void {
    this.told = withMissing(sections, this.told, at);
    this.rates.accept(this.told);
  }

  view(): readonly SourceSection[] {
    return this.told.map((section) => ({ ...section, rows: this.rates.rowsOf(section) }));
  }
}

/** Each missing one stands where it stood: after the one that it followed. */
function withMissing(
  sections: readonly SourceSection[],
  before: readonly SourceSection[],
  at: EpochMs,
): readonly SourceSection[] {
  const all = [...sections];
  for (const [index, section] of before.entries()) {
    if (all.some(({ key }) => key === section.key) || !(at - section.asOf <= KEPT_MS)) continue;
    const predecessor = before[index - 1]?.key;
    all.splice(all.findIndex(({ key }) => key === predecessor) + 1, 0, section);
  }
  return all;
}
