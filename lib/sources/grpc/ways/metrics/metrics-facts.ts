import type { SourceFact } from "../../../../model/source.ts";
import type { MetricsFindings } from "../ways.ts";

const NOTES_TOLD = 3;

/** Whose names the Prometheus endpoints of all addresses have, and what of their pages could not be used. */
export function metricsFacts(found: readonly (MetricsFindings | null)[]): SourceFact[] {
  const told = found.filter((findings) => findings !== null);
  if (told.length === 0) return [];
  const families = new Set(told.flatMap((findings) => findings.families));
  const notes = [...new Set(told.flatMap((findings) => findings.notes))];
  const names = families.size === 0 ? [] : [`names of ${[...families].join(", ")}`];
  return [
    {
      label: "Metrics",
      value: [...names, ...notes.slice(0, NOTES_TOLD)].join("; "),
      title: "From metrics: the target's Prometheus endpoint",
    },
  ];
}
