import { type Provenance, type Reading, UNKNOWN_READING, weakerProvenance } from "../model/reading.ts";
import { type Status, severityOf } from "../model/status.ts";
import type { ConsumerView } from "../model/views.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "../pipeline/readings.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import type { SourceSnapshot } from "../store/source-snapshot.ts";

/** So many with the same trouble are one row. */
export const FOLD_FROM = 5;

export interface Ranked {
  readonly source: SourceSnapshot;
  readonly sampled: Sampled;
  readonly row: number;
  readonly status: Status;
}

/** What a row of the list stands for: the worst first. */
export type Folded = readonly [Ranked, ...Ranked[]];

/**
 * Consumers with the same status, on the same stream and for the same reason as one, at the place of the worst of them.
 * Those that are fine are no trouble to be said once.
 */
export function foldSame(ranked: readonly Ranked[]): Folded[] {
  const groups = new Map<string, Ranked[]>();
  const keys = ranked.map(foldKey);
  for (const [i, key] of keys.entries()) {
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [ranked[i]!]);
    else group.push(ranked[i]!);
  }
  const rows: Folded[] = [];
  for (const [i, one] of ranked.entries()) {
    const group = keys[i] === null ? undefined : groups.get(keys[i]!);
    if (group === undefined || group.length < FOLD_FROM) rows.push([one]);
    else if (group[0] === one) rows.push(group as unknown as Folded);
  }
  return rows;
}

function foldKey({ source, sampled, row, status }: Ranked): string | null {
  if (severityOf(status) === "good" || sampled.limits[row]!.ignore) return null;
  const info = sampled.layout.consumers[row]!;
  const flags = sampled.sample.consumers.flags?.[row] ?? 0;
  return `${source.identity.id} ${status} ${flags} ${info.backlogUnit} ${info.streams.join(",")}`;
}

/** The row of several: the view of the worst of them, with the sums of all. */
export function viewFolded(worst: ConsumerView, group: Folded): ConsumerView {
  const each = (read: (sampled: Sampled, row: number) => Reading) =>
    group.map(({ sampled, row }) => read(sampled, row));
  return {
    ...worst,
    id: `fold ${foldKey(group[0])}`,
    backlog: sumOf(each(backlogOf)),
    latencyMs: mostOf(each(latencyOf)),
    inPerSecond: sumOf(each(dueOf)),
    outPerSecond: sumOf(each(outOf)),
    inFlight: null,
    drain: { kind: "unknown" },
    retention: null,
    folded: { count: group.length, worst: { id: worst.id, name: worst.name } },
  };
}

/** A part that nobody knows makes the sum a lower bound. */
function sumOf(readings: readonly Reading[]): Reading {
  const known = readings.filter((reading) => reading.value !== null);
  if (known.length === 0) return UNKNOWN_READING;
  return {
    value: known.reduce((sum, { value }) => sum + value, 0),
    provenance: known
      .map(({ provenance }) => provenance)
      .reduce<Provenance>(weakerProvenance, known.length < readings.length ? "atLeast" : "measured"),
  } as Reading;
}

function mostOf(readings: readonly Reading[]): Reading {
  return readings.reduce((most, reading) => ((reading.value ?? -1) > (most.value ?? -1) ? reading : most));
}
