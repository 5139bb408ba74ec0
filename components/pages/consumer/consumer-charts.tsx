"use client";
import { TimeChart, withOther } from "@/components/charts";
import { backlogParts } from "@/components/shared/backlog-parts";
import { ChartPanel } from "@/components/shared/chart-panel";
import { ChartsCard } from "@/components/shared/charts-card";
import { latencyName } from "@/components/shared/consumer-words";
import { ComparedControl } from "@/components/shell/compared-control";
import { ResolutionNote } from "@/components/shell/resolution-note";
import { useChartSeries } from "@/components/shell/use-chart-series";
import { useCompared } from "@/components/shell/use-compared";
import { useTimeWindow } from "@/components/shell/use-time-window";
import {
  definitionOf,
  exactBacklog,
  exactCount,
  formatBacklog,
  formatDuration,
  formatPerSecond,
} from "@/lib/format";
import { usePast } from "@/lib/live";
import type { SeriesBlock, SeriesMeasure } from "@/lib/model/live";
import { isSystem } from "@/lib/model/system";
import type { ConsumerView, EventView } from "@/lib/model/views";
import { consumerLines, IN_OVER_OUT } from "./consumer-series";

const MEASURES = ["due", "out", "backlog", "latency"] as const;
/** A consumer's "in" is what is due to it. */
const columnOf = (_id: string, measure: SeriesMeasure) => (measure === "due" ? "in" : measure);

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
  const stroke = isSystem(consumer.system) ? consumer.system : "dim";
  const { compared } = useCompared();
  const { isLong } = useTimeWindow();
  const other = usePast<"consumer">(
    { view: "consumer", id: consumer.id },
    isLong ? null : (compared?.at ?? null),
  );
  const charted = { entities: [consumer.id], measures: MEASURES, name: columnOf };
  const shown = useChartSeries(series, charted);
  const shownBefore = useChartSeries(other.frame?.series ?? null, charted, compared?.shiftMs ?? null);
  const own = consumerLines(shown.series, stroke);
  const before = consumerLines(shownBefore.series, stroke);
  const both = (of: keyof typeof own) =>
    compared === null ? own[of] : withOther(own[of], before[of], compared.shiftMs, compared.words);
  const lines = { throughput: both("throughput"), latency: both("latency"), backlog: both("backlog") };
  const { backlogUnit: unit, system } = consumer;
  const waiting = (value: number) => formatBacklog(value, unit);
  return (
    <ChartsCard
      events={events}
      isStale={isStale}
      syncKey="consumer"
      marksOf={{ source: consumer.source, entity: consumer.name }}
      tools={
        <>
          <ResolutionNote shown={shown} />
          <ComparedControl problem={other.problem?.detail ?? shownBefore.problem} />
        </>
      }
    >
      {(shared) => (
        <>
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
        </>
      )}
    </ChartsCard>
  );
}

/** `messages waiting: 1,204 not delivered, 96 not acknowledged` */
function backlogCaption(consumer: ConsumerView): string {
  const parts = backlogParts(consumer).flatMap(({ name, reading }) =>
    reading.value === null ? [] : [`${exactCount(reading.value)} ${name.toLowerCase()}`],
  );
  return `${consumer.backlogUnit} waiting${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}
