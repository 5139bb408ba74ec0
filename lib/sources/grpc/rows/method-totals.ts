import type { LatencyRow, MethodRow } from "@streamside/grpc-health";
import type { LatencyMeasure } from "../../../model/call.ts";
import type { LatencyTotals, MethodTotals } from "../../../sample/method-totals.ts";
import { known } from "../book/flow.ts";
import { sameItems } from "./same-items.ts";
import type { ShownMethod } from "./shown.ts";
import type { Sight } from "./sight.ts";

/**
 * What each process that counts tells of a method now. Where StreamHealth and metrics both do, the latter only fill in.
 * @param before of the same row in the sample before
 */
export function mapMethodTotals(
  { parts, fills }: ShownMethod,
  sight: Sight,
  before: readonly MethodTotals[] | undefined,
): readonly MethodTotals[] {
  const totals = parts.flatMap(({ address, process, method: { row } }) => {
    if (!sight.isConfirmed(process)) return [];
    const fill = process.from === "metrics" ? undefined : fills.get(address)?.method.row;
    const held = MAPPED.get(row);
    if (held !== undefined && held.fill === fill) return [held.totals];
    const totals = mapTotals(process.info.instanceId, process.from, row, fill);
    MAPPED.set(row, { fill, totals });
    return [totals];
  });
  return sameItems(before, totals);
}

/** A row is of one process, and never changed once it came. */
const MAPPED = new WeakMap<
  MethodRow,
  { readonly fill: MethodRow | undefined; readonly totals: MethodTotals }
>();

function mapTotals(process: string, from: string, row: MethodRow, fill: MethodRow | undefined): MethodTotals {
  const first = (field: NumericField) => known(row[field] ?? fill?.[field]);
  const statuses = row.statuses.length > 0 ? row.statuses : (fill?.statuses ?? []);
  const latencies = row.latencies.length > 0 ? row.latencies : (fill?.latencies ?? []);
  return {
    process,
    from,
    started: known(row.started),
    completed: known(row.completed),
    sent: first("messagesFlushed"),
    received: first("messagesReceived"),
    bytesSent: first("bytesFlushed"),
    bytesReceived: first("bytesReceived"),
    retries: first("retries"),
    statuses: statuses.filter(({ count }) => !Number.isNaN(known(count))),
    latencies: latencies.flatMap(mapLatency),
  };
}

type NumericField = "messagesFlushed" | "messagesReceived" | "bytesFlushed" | "bytesReceived" | "retries";

const CONVERTED = new WeakMap<LatencyRow, LatencyTotals[]>();

function mapLatency(row: LatencyRow): LatencyTotals[] {
  let converted = CONVERTED.get(row);
  if (converted === undefined) {
    const latency = convert(row);
    converted = latency === null ? [] : [latency];
    CONVERTED.set(row, converted);
  }
  return converted;
}

/** Null: a measure that this version does not know. */
function convert({
  measure,
  count,
  sumUs,
  maxUs,
  bucketUpperUs,
  bucketCounts,
}: LatencyRow): LatencyTotals | null {
  const name = MEASURES.get(measure);
  if (name === undefined) return null;
  const upperMs: number[] = [];
  const counts: number[] = [];
  for (const [i, upperUs] of bucketUpperUs.entries()) {
    const held = known(bucketCounts[i]);
    // Bounds that do not rise, and counts that are none, say nothing.
    if (!(upperUs / 1_000 > (upperMs.at(-1) ?? -1)) || Number.isNaN(held)) continue;
    upperMs.push(upperUs / 1_000);
    counts.push(held);
  }
  return {
    measure: name,
    count: known(count),
    sumMs: known(sumUs) / 1_000,
    maxMs: known(maxUs) / 1_000,
    upperMs,
    counts,
  };
}

const MEASURES: ReadonlyMap<string, LatencyMeasure> = new Map([
  ["CALL_DURATION", "callDuration"],
  ["FIRST_MESSAGE", "firstMessage"],
  ["MESSAGE_GAP", "messageGap"],
  ["ROUND_TRIP", "roundTrip"],
]);
