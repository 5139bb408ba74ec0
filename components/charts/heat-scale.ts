import type { LatencyColumn, LatencyHeat } from "@/lib/model/call";

/** The rows of a heat map that are drawn: from `low` up to, and without, `high`. */
export interface HeatRows {
  readonly low: number;
  readonly high: number;
}

/**
 * The columns of the last `windowMs`, each at its place, and in those of the missing samples that it stands for; null where
 * none is, as before Streamside was started.
 */
export function columnSlots({ columns, stepMs }: LatencyHeat, windowMs: number): (LatencyColumn | null)[] {
  const slots = new Array<LatencyColumn | null>(Math.max(1, Math.round(windowMs / stepMs))).fill(null);
  const last = columns.at(-1)?.t ?? 0;
  for (const column of columns) {
    const at = slots.length - 1 - Math.round((last - column.t) / stepMs);
    if (at >= 0) slots[at] = column;
    const { since } = column;
    if (since === null) continue;
    for (
      let back = 1;
      at - back >= 0 && column.t - back * stepMs > since && !slots[at - back]?.counts;
      back++
    )
      slots[at - back] = column;
  }
  return slots;
}

/**
 * The rows that hold anything, and around them up to a power of ten, so that the axis seldom changes while data moves. All
 * rows, where nothing is in any.
 */
export function rowsInUse(
  boundsMs: readonly number[],
  slots: readonly (LatencyColumn | null)[],
): HeatRows | null {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const slot of slots) {
    slot?.counts?.forEach((count, row) => {
      if (count <= 0) return;
      low = Math.min(low, row);
      high = Math.max(high, row + 1);
    });
  }
  if (high === 0) return null;
  while (low > 0 && !isDecade(boundsMs[low - 1]!)) low--;
  while (high < boundsMs.length && !isDecade(boundsMs[high - 1]!)) high++;
  return { low, high };
}

/** Edges of rows that are worth a label, as share of the height from below, with the ms they stand for. */
export function decadeEdges(boundsMs: readonly number[], { low, high }: HeatRows) {
  const edges: { readonly ms: number; readonly share: number }[] = [];
  for (let edge = Math.max(1, low); edge <= Math.min(high, boundsMs.length); edge++) {
    const ms = boundsMs[edge - 1]!;
    if (isDecade(ms)) edges.push({ ms, share: (edge - low) / (high - low) });
  }
  return edges;
}

/** Where a latency stands, as share of the height from below: rows are equally high, within one it goes by the logarithm. */
export function shareOf(ms: number, boundsMs: readonly number[], { low, high }: HeatRows): number {
  const found = boundsMs.findIndex((upper) => ms <= upper);
  const row = found < 0 ? boundsMs.length : found;
  const [from, to] = [boundsMs[row - 1], boundsMs[row]];
  const within = from && to && ms > from ? Math.log(ms / from) / Math.log(to / from) : 1;
  return Math.min(1, Math.max(0, (row + within - low) / (high - low)));
}

/** How strong the colour of a cell is, 0 to 1: by the logarithm, so that one slow call among thousands is still seen. */
export function strengthOf(count: number, largest: number): number {
  return count <= 0 ? 0 : WEAKEST + (1 - WEAKEST) * (Math.log(count) / Math.log(Math.max(2, largest)));
}

/** Of the only one of its row: still to be told from none. */
const WEAKEST = 0.22;

export function largestCell(slots: readonly (LatencyColumn | null)[]): number {
  return slots.reduce((most, slot) => Math.max(most, ...(slot?.counts ?? [])), 0);
}

export function countIn({ counts }: LatencyColumn): number {
  return counts?.reduce((sum, count) => sum + count, 0) ?? 0;
}

function isDecade(ms: number): boolean {
  const power = Math.log10(ms);
  return Math.abs(power - Math.round(power)) < 0.01;
}

/** One column back in time or towards now. */
export type HeatStep = -1 | 1;

/** Where the cursor goes from a column, by their times; it comes in at the newest one, and past that it goes away. */
export function stepCursor(heat: LatencyHeat | undefined, at: number | null, step: HeatStep): number | null {
  const newest = heat?.columns.at(-1)?.t;
  const oldest = heat?.columns[0]?.t;
  if (heat === undefined || newest === undefined || oldest === undefined) return null;
  if (at === null) return step === -1 ? newest : null;
  const to = at + step * heat.stepMs;
  return to > newest ? null : Math.max(oldest, to);
}
