import { sourceSeverity } from "@/lib/model/source";
import type { Severity } from "@/lib/model/status";
import type { SourceChip } from "@/lib/model/views";

export interface HealthPart {
  readonly severity: Severity | "none";
  readonly text: string;
  readonly color: string;
}

const WORST_FIRST: readonly { severity: Severity; word: string; color: string }[] = [
  { severity: "critical", word: "critical", color: "text-crit" },
  { severity: "warning", word: "behind", color: "text-warn" },
  { severity: "unknown", word: "unknown", color: "text-dim" },
  { severity: "good", word: "fine", color: "" },
];

/** "2 critical", "1 behind", "47 fine", without those that are none. */
export function healthParts(counts: Readonly<Record<Severity, number>>): readonly HealthPart[] {
  const present = WORST_FIRST.filter(({ severity }) => counts[severity] > 0);
  if (present.length === 0) return [{ severity: "none", text: "No consumers yet", color: "text-dim" }];
  if (present.length === 1 && present[0]!.severity === "good") {
    const text = counts.good === 1 ? "1 consumer, fine" : `All ${counts.good.toLocaleString("en-US")} fine`;
    return [{ severity: "good", text, color: "text-good" }];
  }
  return present.map(({ severity, word, color }) => ({
    severity,
    text: `${counts[severity].toLocaleString("en-US")} ${word}`,
    color,
  }));
}

export function healthSentence(parts: readonly HealthPart[]): string {
  return parts.map((part) => part.text).join(", ");
}

/** What the overview's tab says: `1 source lost, 2 critical, 1 behind`, or the sentence where all is well. */
export function overviewTitle({
  counts,
  sources,
}: {
  readonly counts: Readonly<Record<Severity, number>>;
  readonly sources: readonly Pick<SourceChip, "status">[];
}): { readonly name: string; readonly severity: Severity } {
  const lost = sources.filter(({ status }) => sourceSeverity(status) === "critical").length;
  const parts = healthParts(counts);
  const troubles = parts.filter(({ severity }) => severity !== "good" && severity !== "none");
  const words = [
    lost > 0 && `${lost} ${lost === 1 ? "source" : "sources"} lost`,
    ...troubles.map(({ text }) => text),
  ];
  const worst = troubles[0]?.severity;
  return {
    name: words.filter(Boolean).join(", ") || healthSentence(parts),
    severity: lost > 0 ? "critical" : worst === undefined || worst === "none" ? "good" : worst,
  };
}
