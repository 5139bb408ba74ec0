"use client";
import { type ChartLine, type ChartSeries, TimeChart } from "@/components/charts";
import { CALL_DEFINITIONS } from "@/components/shared/call-words";
import { ChartPanel } from "@/components/shared/chart-panel";
import { ChartsCard } from "@/components/shared/charts-card";
import { exactCount, formatCount, formatDuration, formatPerSecond } from "@/lib/format";
import type { SeriesBlock } from "@/lib/model/live";
import type { EventView } from "@/lib/model/views";

/** What went each way in one call, how long something waited and how much did, on one time axis. */
export function CallCharts({
  series,
  events,
  isStale,
}: {
  series: SeriesBlock | null;
  events: readonly EventView[];
  isStale: boolean;
}) {
  return (
    <ChartsCard events={events} isStale={isStale} syncKey="call">
      {(shared) => (
        <>
          <ChartPanel
            name="Messages"
            about="a second: sent solid, received dashed"
            title={`Sent: ${CALL_DEFINITIONS.sent} Received: ${CALL_DEFINITIONS.received}`}
          >
            <TimeChart
              {...shared}
              label="Messages"
              series={linesOf(series, { sent: {}, received: { dash: true } })}
              height={92}
              format={formatPerSecond}
            />
          </ChartPanel>
          <ChartPanel
            name="Waiting"
            about="how long the oldest message has waited"
            title={CALL_DEFINITIONS.waiting}
          >
            <TimeChart
              {...shared}
              label="Waiting"
              series={linesOf(series, { waiting: { fill: true } })}
              height={74}
              format={formatDuration}
              scale="duration"
            />
          </ChartPanel>
          <ChartPanel
            name="Queued"
            about="messages waiting, unread ones included"
            title={`${CALL_DEFINITIONS.queued} Unread: ${CALL_DEFINITIONS.unread}`}
          >
            <TimeChart
              {...shared}
              label="Queued"
              series={linesOf(series, { queued: { fill: true } })}
              height={74}
              format={formatCount}
              exact={exactCount}
            />
          </ChartPanel>
        </>
      )}
    </ChartsCard>
  );
}

function linesOf(
  series: SeriesBlock | null,
  looks: Readonly<Record<string, Partial<ChartLine>>>,
): ChartSeries {
  return {
    t: series?.t ?? [],
    lines: Object.entries(looks).map(([label, look]) => ({
      label,
      values: series?.columns[label] ?? [],
      stroke: "grpc",
      ...look,
    })),
  };
}
