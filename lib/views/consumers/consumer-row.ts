import { drainOf } from "../../derive/drain.ts";
import { TRENDS } from "../../derive/low-points.ts";
import type { EpochMs } from "../../model/reading.ts";
import { toReading } from "../../model/reading.ts";
import { type Drain, STATUSES, type Status } from "../../model/status.ts";
import type { ConsumerView } from "../../model/views.ts";
import { explainConsumer } from "../../pipeline/explain.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "../../pipeline/readings.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { CONSUMER_MEASURES } from "../../store/source-table.ts";
import { firstLossOf, retentionOf } from "./retention.ts";

const SPARK_BUCKETS = 60;
const SPARK_BUCKET_MS = 15_000;

/** The status to show now: what was judged at the last sample, or `unknown` once that no longer stands for now. */
export function statusNow(source: SourceSnapshot, sampled: Sampled, row: number): Status {
  return statusesNow(source, sampled)(row);
}

/** The same for each row of a source. */
export function statusesNow(source: SourceSnapshot, sampled: Sampled): (row: number) => Status {
  const { status } = sampled.derived.consumers;
  return source.isCurrent ? (row) => STATUSES[status[row]!]! : () => "unknown";
}

/** One consumer as an object: made only for rows that someone looks at. */
export function viewConsumer(source: SourceSnapshot, sampled: Sampled, row: number): ConsumerView {
  const { layout, derived, sample } = sampled;
  const info = layout.consumers[row]!;
  const isCurrent = source.isCurrent;
  const status = statusNow(source, sampled, row);
  const due = dueOf(sampled, row);
  const out = outOf(sampled, row);
  const backlog = backlogOf(sampled, row);
  const retention = retentionOf(sampled, row);
  const inFlight = derived.consumers.inFlight[row]!;
  return {
    id: sampled.consumerIds[row]!,
    source: source.identity.id,
    sourceName: source.identity.name,
    system: source.identity.kind,
    kind: info.kind,
    name: info.name,
    stream: streamsOf(sampled, row),
    account: layout.streams[info.streams[0] ?? -1]?.account ?? null,
    detail: info.detail ?? null,
    status,
    because: isCurrent ? explainConsumer(sampled, row, status) : explainStale(source),
    since: isCurrent ? derived.consumers.statusSince[row]! : (source.lostSince ?? source.table.asOf),
    isCurrent,
    ignored: sampled.limits[row]!.ignore,
    backlog,
    backlogUnit: info.backlogUnit,
    inFlight: sample.positions.inFlight === null ? null : toReading(inFlight),
    latencyMs: latencyOf(sampled, row),
    inPerSecond: due,
    outPerSecond: out,
    drain: drainNow(sampled, row, status),
    retention,
    firstLoss: firstLossOf(sampled, row, retention),
    asOf: sample.finishedAt,
    spark: source.table.series.bucketMaxima(
      sampled.consumerIds[row]!,
      CONSUMER_MEASURES.indexOf("backlog"),
      source.at,
      SPARK_BUCKET_MS,
      SPARK_BUCKETS,
      source.table.intervalMs,
    ),
    folded: null,
  };
}

/** What it reads; several are joined with a comma. */
export function streamsOf({ layout }: Sampled, row: number): string {
  return layout.consumers[row]!.streams.map((stream) => layout.streams[stream]!.name).join(", ");
}

/** When its backlog will be gone, from the low points that its verdict rests on. */
export function drainNow({ derived }: Sampled, row: number, status: Status): Drain {
  const { backlog, trend, shrinking } = derived.consumers;
  return drainOf({
    backlog: backlog[row]!,
    status,
    trend: TRENDS[trend[row]!]!,
    shrinking: shrinking.get(row),
  });
}

/** When it was known last, and why it is not any more. The numbers beside it are those of then. */
function explainStale(source: SourceSnapshot): string {
  const { name } = source.identity;
  const asOf = source.table.asOf === null ? "" : ` What is shown is of ${timeOfDay(source.table.asOf)}.`;
  const since = source.lostSince;
  if (since === null) return `${name} answers too slowly for what it told last to stand for now.${asOf}`;
  const word = source.status === "refused" ? "has refused to answer" : "has been lost";
  return `${name} ${word} since ${timeOfDay(since)}: ${source.table.lastFailure?.message ?? "it is not known why."}${asOf}`;
}

/** Of the server's clock, and told as that: whoever reads it may be elsewhere. */
export function timeOfDay(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
