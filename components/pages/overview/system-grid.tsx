"use client";
import { ChartPlaceholder, moveCursor, TimeChart, type TimeRange, withOther } from "@/components/charts";
import { GridCell } from "@/components/shared/table/grid-cell";
import { ComparedControl } from "@/components/shell/compared-control";
import { ResolutionNote } from "@/components/shell/resolution-note";
import { useShortcut } from "@/components/shell/shortcuts";
import { type Charted, useChartSeries } from "@/components/shell/use-chart-series";
import { type Compared, useCompared } from "@/components/shell/use-compared";
import { useTimeWindow } from "@/components/shell/use-time-window";
import { ReadAtProvider } from "@/components/ui/read-at";
import { exactCount, formatCount, formatDuration, formatRate } from "@/lib/format";
import { useAt, useLive, useNow, usePast } from "@/lib/live";
import { type FrameOf, SERIES_MEASURES } from "@/lib/model/live";
import { SYSTEM_NAMES, SYSTEMS, type System } from "@/lib/model/system";
import { SystemHead } from "./system-head";
import { SystemNotice } from "./system-notice";
import { type PanelMeasure, panelSeries, THROUGHPUT_BANDS } from "./system-series";
import { type SystemState, systemState } from "./system-state";
import { SystemValues } from "./system-values";

const CHART_HEIGHT = 80;
const SYNC_KEY = "overview";

const MEASURES: readonly { measure: PanelMeasure; name: string; about: string }[] = [
  {
    measure: "throughput",
    name: "Throughput",
    about: "messages a second: in solid, out dashed; shaded while the backlog grows",
  },
  { measure: "latency", name: "Latency", about: "age of the oldest unread message, worst consumer" },
  { measure: "backlog", name: "Backlog", about: "messages waiting, all consumers" },
];

const CHARTED: Charted = {
  entities: SYSTEMS,
  measures: SERIES_MEASURES,
  name: (system, measure) => `${system}.${measure}`,
};

const FORMATS = {
  throughput: { format: formatRate, exact: exactCount },
  latency: { format: formatDuration, exact: formatDuration },
  backlog: { format: formatCount, exact: exactCount },
} as const;

/** One column a system, one row a measure, one time axis and one cursor through all of them. */
export function SystemGrid() {
  const { frame } = useLive({ view: "overview" });
  const { compared } = useCompared();
  const { windowMs, isLong } = useTimeWindow();
  const other = usePast({ view: "overview" }, isLong ? null : (compared?.at ?? null));
  const now = useNow();
  // Elsewhere in time the arrows step through it.
  const isLive = useAt() === null;
  useShortcut("ArrowLeft", "Cursor back in time, through all charts", () => moveCursor(SYNC_KEY, -1), isLive);
  useShortcut("ArrowRight", "Cursor towards now", () => moveCursor(SYNC_KEY, 1), isLive);
  const shown = useChartSeries(frame?.series ?? null, CHARTED);
  const shownBefore = useChartSeries(other.frame?.series ?? null, CHARTED, compared?.shiftMs ?? null);
  const chips = frame?.meta.sources ?? null;
  const columns = SYSTEMS.map((system) => {
    const view = frame?.rows.find((row) => row.system === system);
    return { system, view, state: systemState(view, chips) };
  });
  return (
    <div className="flex flex-col gap-1.5">
      <section
        aria-label="Kafka, NATS and gRPC side by side"
        className="grid grid-cols-3 gap-px overflow-hidden rounded-card border border-line bg-line md:grid-cols-[8rem_repeat(3,minmax(0,1fr))]"
      >
        <GridCell column={1} row={1} className="px-3 py-2 max-md:hidden">
          <ComparedControl problem={other.problem?.detail ?? shownBefore.problem} />
        </GridCell>
        {columns.map(({ system, view, state }, i) => (
          <GridCell key={system} column={i + 2} row={1}>
            <SystemHead system={system} view={view} chips={chips ?? []} state={state} />
          </GridCell>
        ))}
        {columns.map(
          ({ system, state }, i) =>
            hasNotice(state) && (
              <GridCell key={system} column={i + 2} row={2} className="z-10 max-md:col-span-3">
                <SystemNotice system={system} state={state} />
              </GridCell>
            ),
        )}
        {MEASURES.map(({ measure, name, about }, j) => [
          <GridCell
            key={measure}
            column={1}
            row={j + 2}
            className="px-3 py-2 max-md:col-span-3 max-md:bg-bg md:py-3"
          >
            <h3 className="inline font-semibold md:block">{name}</h3>{" "}
            <span className="text-dim text-xs md:block">{about}</span>
          </GridCell>,
          ...columns.map(({ system, view, state }, i) => (
            <GridCell
              key={`${measure}.${system}`}
              column={i + 2}
              row={j + 2}
              className="px-2.5 pt-2 pb-1.5 md:px-4 md:pt-3"
            >
              <ReadAtProvider at={view?.asOf ?? null}>
                <SystemValues measure={measure} view={view} />
              </ReadAtProvider>
              <PanelChart
                system={system}
                measure={measure}
                name={name}
                state={state}
                series={shown.series}
                other={shownBefore.series}
                compared={compared}
                range={[now - windowMs, now]}
              />
            </GridCell>
          )),
        ])}
      </section>
      <ResolutionNote shown={shown} />
    </div>
  );
}

function hasNotice({ kind }: SystemState): boolean {
  return kind === "lost" || kind === "refused" || kind === "absent";
}

function PanelChart(props: {
  system: System;
  measure: PanelMeasure;
  name: string;
  state: SystemState;
  series: FrameOf["overview"]["series"];
  /** Of the moment that it is compared with. */
  other: FrameOf["overview"]["series"];
  compared: Compared | null;
  range: TimeRange;
}) {
  const { system, measure, state, compared } = props;
  const own = panelSeries(props.series, system, measure);
  const before = panelSeries(props.other, system, measure);
  const series = compared === null ? own : withOther(own, before, compared.shiftMs, compared.words);
  if (state.kind === "connecting") {
    return <ChartPlaceholder height={CHART_HEIGHT}>asking the server…</ChartPlaceholder>;
  }
  if (state.kind === "waiting" || state.kind === "absent") {
    return (
      <ChartPlaceholder height={CHART_HEIGHT}>
        {state.kind === "waiting" ? "nothing sampled yet" : "no source"}
      </ChartPlaceholder>
    );
  }
  return (
    <TimeChart
      label={`${SYSTEM_NAMES[system]}: ${props.name}`}
      series={series}
      bands={measure === "throughput" ? THROUGHPUT_BANDS : []}
      height={CHART_HEIGHT}
      syncKey={SYNC_KEY}
      scale={measure === "latency" ? "duration" : "number"}
      range={props.range}
      isStale={state.kind !== "live"}
      {...FORMATS[measure]}
    />
  );
}
