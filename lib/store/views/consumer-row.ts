import { explainStatus } from "../../derive/because.ts";
import { drainOf } from "../../derive/drain.ts";
import type { EpochMs } from "../../model/reading.ts";
import { toReading } from "../../model/reading.ts";
import { STATUSES, type Status } from "../../model/status.ts";
import type { ConsumerView } from "../../model/views.ts";
import { emptyEvidence, fillEvidence } from "../judge-sample.ts";
import { CONSUMER_MEASURES, type Sampled, type SourceTable } from "../source-table.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "./readings.ts";
import { retentionOf } from "./retention.ts";

const SPARK_BUCKETS = 60;
const SPARK_BUCKET_MS = 15_000;

/** The status to show now: what was judged at the last sample, or `unknown` once that no longer stands for now. */
export function statusNow(table: SourceTable, sampled: Sampled, row: number, now: EpochMs): Status {
  return table.isCurrentAt(now) ? STATUSES[sampled.columns.consumers.status[row]!]! : "unknown";
}

/** One consumer as an object: made only for rows that someone looks at. */
export function viewConsumer(table: SourceTable, sampled: Sampled, row: number, now: EpochMs): ConsumerView {
  const { layout, columns, observation } = sampled;
  const info = layout.consumers[row]!;
  const status = statusNow(table, sampled, row, now);
  const due = dueOf(sampled, row);
  const out = outOf(sampled, row);
  const backlog = backlogOf(sampled, row);
  const inFlight = columns.consumers.inFlight[row]!;
  return {
    id: sampled.consumerIds[row]!,
    source: table.identity.id,
    sourceName: table.identity.name,
    system: table.identity.kind,
    kind: info.kind,
    name: info.name,
    stream: info.streams.map((stream) => layout.streams[stream]!.name).join(", "),
    account: layout.streams[info.streams[0] ?? -1]?.account ?? null,
    detail: info.detail ?? null,
    status,
    because: table.isCurrentAt(now) ? explain(sampled, row, status) : explainStale(table, now),
    since: table.isCurrentAt(now) ? columns.consumers.statusSince[row]! : table.asOf,
    backlog,
    backlogUnit: info.backlogUnit,
    inFlight: observation.positions.inFlight === null ? null : toReading(inFlight, observation.finishedAt),
    latencyMs: latencyOf(sampled, row),
    inPerSecond: due,
    outPerSecond: out,
    drain: drainOf(backlog.value, due.value, out.value),
    retention: retentionOf(sampled, row),
    asOf: observation.finishedAt,
    spark: table.series.bucketMaxima(
      sampled.consumerIds[row]!,
      CONSUMER_MEASURES.indexOf("backlog"),
      now,
      SPARK_BUCKET_MS,
      SPARK_BUCKETS,
    ),
  };
}

/** `orders · 7`, or the stream alone where it has one lane by nature. */
export function laneName({ layout }: Sampled, lane: number): string {
  const stream = layout.streams[layout.lanes.stream[lane]!]!;
  const label = layout.lanes.label?.[lane];
  if (label !== undefined) return label;
  return stream.kind === "topic" ? `${stream.name} · ${layout.lanes.number[lane]!}` : stream.name;
}

function explain(sampled: Sampled, row: number, status: Status): string {
  const { layout, columns, observation } = sampled;
  const { start, lane } = layout.positions;
  const worst = columns.consumers.worstPosition[row]!;
  const inFlight = columns.consumers.inFlight[row]!;
  const sentence = explainStatus({
    status,
    backlog: backlogOf(sampled, row).value,
    unit: layout.consumers[row]!.backlogUnit,
    duePerSecond: dueOf(sampled, row).value,
    outPerSecond: outOf(sampled, row).value,
    latencyMs: latencyOf(sampled, row),
    inFlight: Number.isNaN(inFlight) ? null : inFlight,
    lanes: start[row + 1]! - start[row]!,
    worst:
      worst < 0
        ? null
        : {
            name: laneName(sampled, lane[worst]!),
            evidence: fillEvidence(emptyEvidence(), columns, observation, row, worst, observation.finishedAt),
          },
  });
  const own = observation.consumers.explain?.(row, status) ?? null;
  return own === null ? sentence : `${sentence} ${own}`;
}

function explainStale(table: SourceTable, now: EpochMs): string {
  const since = table.asOf === null ? "" : ` since ${new Date(table.asOf).toISOString().slice(11, 19)} UTC`;
  const reason =
    table.statusAt(now) === "late" ? "it answers too slowly" : (table.lastFailure?.message ?? "");
  return `Not sampled${since}, so nobody knows: ${reason}`;
}
