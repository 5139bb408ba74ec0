"use client";
import { TimeChart, withOther } from "@/components/charts";
import { backlogParts } from "@/components/shared/backlog-parts";
import { ChartPanel } from "@/components/shared/chart-panel";
import { ChartsCard } from "@/components/shared/charts-card";
import { latencyName } from "@/components/shared/consumer-words";
import { ComparedControl } from "@/components/shell/compared-control";
import { useCompared } from "@/components/shell/use-compared";
import {
  definitionOf,
  exactBacklog,
  exactCount,
  formatBacklog,
  formatDuration,
  formatPerSecond,
} from "@/lib/format";
import { usePast } from "@/lib/live";
import type { SeriesBlock } from "@/lib/model/live";
import { isSystem } from "@/lib/model/system";
import type { ConsumerView, EventView } from "@/lib/model/views";
import { consumerLines, IN_OVER_OUT } from "./consumer-series";

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
  const other = usePast<"consumer">({ view: "consumer", id: consumer.id }, compared?.at ?? null);
  const own = consumerLines(series, stroke);
  const before = consumerLines(other.frame?.series ?? null, stroke);
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
      tools={<ComparedControl problem={other.problem} />}
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
