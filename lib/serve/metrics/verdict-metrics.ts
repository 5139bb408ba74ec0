import type { Registry } from "prom-client";
import { SOURCE_STATUSES } from "../../model/source.ts";
import { STATUSES, severityOf } from "../../model/status.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { counter, gauge, type SeriesBudget } from "./series.ts";

/** How a source is, its outages, and the changes of status of what it has: told also while it is lost. */
export function addOutageMetrics(registry: Registry, snapshot: SourceSnapshot): void {
  const source = snapshot.identity.id;
  const is = snapshot.status;
  const status = gauge(registry, "streamside_source_status", "1 for the status a source has.", [
    "source",
    "status",
  ]);
  for (const name of SOURCE_STATUSES) status.set({ source, status: name }, name === is ? 1 : 0);
  counter(registry, "streamside_outages_total", "Times a source was lost or refused to answer.", [
    "source",
  ]).inc({ source }, snapshot.table.outages.count);
  counter(
    registry,
    "streamside_outage_seconds_total",
    "How long a source was lost or refused to answer, the present outage included.",
    ["source"],
  ).inc({ source }, snapshot.lostMs / 1000);
  const changes = counter(
    registry,
    "streamside_status_changes_total",
    "Changes of the status of consumers, by what they became.",
    ["source", "to"],
  );
  for (const to of STATUSES) {
    const count = snapshot.table.statusChanges.get(to);
    if (count !== undefined) changes.inc({ source, to }, count);
  }
}

/** One series a consumer, with the status it has; those in trouble first, where there is not room for all. */
export function addConsumerStatus(
  registry: Registry,
  snapshot: SourceSnapshot,
  { layout, derived, limits }: Sampled,
  budget: SeriesBudget,
): void {
  const source = snapshot.identity.id;
  const metric = gauge(registry, "streamside_consumer_status", "1 for the status a consumer has.", [
    "source",
    "consumer",
    "stream",
    "account",
    "status",
  ]);
  const set = (isTrouble: boolean) => {
    for (const [row, { name, streams }] of layout.consumers.entries()) {
      const status = STATUSES[derived.consumers.status[row]!];
      if (status === undefined || limits[row]!.ignore) continue;
      if ((severityOf(status) !== "good") !== isTrouble || !budget.take(1)) continue;
      const account = layout.streams[streams[0] ?? -1]?.account;
      const stream = streams.map((read) => layout.streams[read]!.name).join(",");
      metric.set(
        { source, consumer: name, ...(stream && { stream }), ...(account && { account }), status },
        1,
      );
    }
  };
  set(true);
  set(false);
}
