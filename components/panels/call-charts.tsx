"use client";
import { type ChartEvent, type ChartLine, type ChartSeries, TimeChart } from "@/components/charts";
import { useTimeWindow } from "@/components/shell/use-time-window";
import { Card } from "@/components/ui/card";
import { exactCount, formatCount, formatDuration, formatPerSecond } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SeriesBlock } from "@/lib/model/live";
import type { EventView } from "@/lib/model/views";
import { CALL_DEFINITIONS } from "./call-words";
import { ChartPanel } from "./chart-panel";
import { EventList, EventStrip } from "./consumer-events";

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
  const now = useNow();
  const { windowMs } = useTimeWindow();
  const range = [now - windowMs, now] as const;
  const shared = { range, events: events as readonly ChartEvent[], isStale, syncKey: "call" };
  return (
    <Card className="px-4 pt-3 pb-2" labelledBy="charts-title">
      <h2 id="charts-title" className="sr-only">
        Over time
      </h2>
      <EventStrip events={events} range={range} />
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
      <EventList events={events} range={range} />
    </Card>
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
