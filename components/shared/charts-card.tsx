"use client";
import type { ReactNode } from "react";
import type { ChartEvent } from "@/components/charts";
import { markText, useMarks } from "@/components/shell/use-marks";
import { useTimeWindow } from "@/components/shell/use-time-window";
import { Card } from "@/components/ui/card";
import { type MarksOf, useNow } from "@/lib/live";
import { WINDOW_MS } from "@/lib/model/live";
import type { EventView } from "@/lib/model/views";
import { EventList, EventStrip } from "./event-strip";

/** What all charts of a card have in common: one time axis, one cursor and the same events. */
export interface SharedAxis {
  readonly range: readonly [number, number];
  readonly events: readonly ChartEvent[];
  readonly isStale: boolean;
  readonly syncKey: string;
}

/** Charts on one time axis under each other, with what happened drawn through all of them and told below. */
export function ChartsCard({
  events,
  isStale,
  syncKey,
  tools,
  marksOf = null,
  children,
}: {
  events: readonly EventView[];
  isStale: boolean;
  syncKey: string;
  /** What else can be done with the charts, in a corner. */
  tools?: ReactNode;
  /** Where more than the last 15 minutes can be shown: to whom what happened in it. */
  marksOf?: MarksOf | null;
  children: (shared: SharedAxis) => ReactNode;
}) {
  const now = useNow();
  const { windowMs, isLong } = useTimeWindow();
  const range = [now - (marksOf === null ? Math.min(windowMs, WINDOW_MS) : windowMs), now] as const;
  const marks = useMarks(isLong && marksOf !== null ? range : null, marksOf ?? undefined);
  // What the page itself has says more of the last minutes.
  const before = marks
    .filter(({ at }) => at < now - WINDOW_MS)
    .map((mark) => ({ at: mark.at, kind: "mark", title: markText({ ...mark, entity: null }) }));
  const shown = before.length === 0 ? events : [...before, ...events];
  return (
    <Card className="px-4 pt-3 pb-2" labelledBy="charts-title">
      <h2 id="charts-title" className="sr-only">
        Over time
      </h2>
      {tools && <div className="mb-1 flex flex-wrap items-center justify-end gap-x-4">{tools}</div>}
      <EventStrip events={shown} range={range} />
      {children({ range, events: shown, isStale, syncKey })}
      <EventList events={shown} range={range} />
    </Card>
  );
}
