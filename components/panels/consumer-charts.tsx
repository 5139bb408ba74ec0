"use client";
import { type ChartEvent, TimeChart } from "@/components/charts";
import { useTimeWindow } from "@/components/shell/use-time-window";
import { Card } from "@/components/ui/card";
import {
  definitionOf,
  exactBacklog,
  exactCount,
  formatBacklog,
  formatDuration,
  formatPerSecond,
} from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SeriesBlock } from "@/lib/model/live";
import type { ConsumerView, EventView } from "@/lib/model/views";
import { backlogParts } from "./backlog-parts";
import { ChartPanel } from "./chart-panel";
import { EventList, EventStrip } from "./consumer-events";
import { consumerLines, IN_OVER_OUT } from "./consumer-series";
import { latencyName } from "./consumer-words";

/** Throughput, latency and backlog of one consumer on one time axis, with what happened drawn through all three. */
export function ConsumerCharts({
  consumer,
  events,
  series,
  isStale,
}: {
  consumer: ConsumerView;
  events: readonly EventView[];
  series: SeriesBlock | null;
  isStale: boolean;
}) {
  const now = useNow();
  const { windowMs } = useTimeWindow();
  const range = [now - windowMs, now] as const;
  const lines = consumerLines(series, consumer.system);
  const { backlogUnit: unit, system } = consumer;
  const shared = { range, events: events as readonly ChartEvent[], isStale, syncKey: "consumer" };
  const waiting = (value: number) => formatBacklog(value, unit);
  return (
    <Card className="px-4 pt-3 pb-2" labelledBy="charts-title">
      <h2 id="charts-title" className="sr-only">
        Over time
      </h2>
      <EventStrip events={events} range={range} />
      <ChartPanel
        name="Throughput"
        about="in solid, out dashed; shaded while the backlog grows"
        title={`In: ${definitionOf(system, "in")} Out: ${definitionOf(system, "out")}`}
      >
        <TimeChart
          {...shared}
          label="Throughput"
          series={lines.throughput}
          bands={IN_OVER_OUT}
          height={92}
          format={formatPerSecond}
        />
      </ChartPanel>
      <ChartPanel
        name="Latency"
        about={latencyName(consumer).toLowerCase()}
        title={definitionOf(system, "latency")}
      >
        <TimeChart
          {...shared}
          label="Latency"
          series={lines.latency}
          height={74}
          format={formatDuration}
          scale="duration"
        />
      </ChartPanel>
      <ChartPanel name="Backlog" about={backlogCaption(consumer)} title={definitionOf(system, "backlog")}>
        <TimeChart
          {...shared}
          label="Backlog"
          series={lines.backlog}
          height={74}
          format={waiting}
          exact={(value) => exactBacklog(value, unit)}
        />
      </ChartPanel>
      <EventList events={events} range={range} />
    </Card>
  );
}

/** `messages waiting: 1,204 not delivered, 96 not acknowledged` */
function backlogCaption(consumer: ConsumerView): string {
  const parts = backlogParts(consumer).flatMap(({ name, reading }) =>
    reading.value === null ? [] : [`${exactCount(reading.value)} ${name.toLowerCase()}`],
  );
  return `${consumer.backlogUnit} waiting${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}
