"use client";
import { PeekProvider } from "@/components/shared/peek/peek-dialog";
import { ClearButton, NoFrameYet, QueryRefused } from "@/components/shared/table/empty";
import { FilterBox } from "@/components/shared/table/filter-box";
import { OnlyFilter } from "@/components/shared/table/filters";
import { MoreRows } from "@/components/shared/table/more-rows";
import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import { useLive, useNow } from "@/lib/live";
import type { FrameOf } from "@/lib/model/live";
import type { EventsMeta } from "@/lib/model/views";
import { NO_EVENT_FILTERS, useEventsQuery } from "./events-query";
import { EventsRow } from "./events-row";

const PUSH_MS = 1_000;

/** What changed in the last 15 minutes, across everything, newest first. */
export function EventsTable() {
  const { params, setParams, query } = useEventsQuery();
  const { frame, problem } = useLive<"events">(query, { keepPrevious: true });
  const now = useNow();
  const onClear = () => setParams(NO_EVENT_FILTERS);
  const rows = problem ? [] : (frame?.rows ?? []);
  return (
    <PeekProvider>
      <Card labelledBy="events-title">
        <CardHeader title="What changed in the last 15 minutes, newest first" id="events-title">
          {frame && <Extent shown={rows.length} frame={frame} />}
        </CardHeader>
        <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
          <FilterBox
            label="Filter events"
            value={params.q}
            onChange={(q) => setParams({ q: q || null, limit: null })}
          />
          <SourceChoice value={params.source} onChange={(source) => setParams({ source, limit: null })} />
          <OnlyFilter
            value={params.entity}
            every="consumer and stream"
            onClear={() => setParams({ entity: null, limit: null })}
          />
        </search>
        {frame && <Dropped meta={frame.meta} />}
        {rows.length > 0 ? (
          <ol>
            {rows.map((event) => (
              <EventsRow key={event.id} event={event} now={now} />
            ))}
          </ol>
        ) : problem ? (
          <QueryRefused problem={problem} onClear={onClear} />
        ) : frame ? (
          <NoEvents meta={frame.meta} onClear={onClear} />
        ) : (
          <NoFrameYet />
        )}
        <MoreRows
          shown={rows.length}
          total={frame?.meta.total ?? 0}
          onMore={(limit) => setParams({ limit })}
        />
      </Card>
    </PeekProvider>
  );
}

function Extent({ shown, frame: { meta, asOf } }: { shown: number; frame: FrameOf["events"] }) {
  return (
    <>
      {exactCount(shown)} of {exactCount(meta.total)}
      {meta.total !== meta.all && ` (${exactCount(meta.all)} in all)`} ·{" "}
      <Age asOf={asOf} intervalMs={PUSH_MS} /> ·{" "}
      <AppLink href="/compare" className="underline hover:text-ink">
        compare with another moment
      </AppLink>
    </>
  );
}

/** One source or all of them. */
function SourceChoice({
  value,
  onChange,
}: {
  value: string | null;
  onChange: (source: string | null) => void;
}) {
  const { frame } = useLive({ view: "overview" });
  const sources = frame?.meta.sources ?? [];
  const isKnown = value === null || sources.some(({ id }) => id === value);
  return (
    <select
      aria-label="Source"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
      className="h-7 min-w-0 max-w-full rounded border border-line bg-panel px-1.5 text-ink"
    >
      <option value="">Every source</option>
      {!isKnown && <option value={value}>{value}</option>}
      {sources
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
    </select>
  );
}

/** A list that is not whole says so. */
function Dropped({ meta: { dropped } }: { meta: EventsMeta }) {
  if (dropped.length === 0) return null;
  return (
    <p className="border-line border-b px-4 py-2 text-warn text-xs">
      More happened than is kept, 1,000 events a source. The oldest are missing:{" "}
      {dropped.map(({ name, count }) => `${exactCount(count)} of ${name}`).join(", ")}.
    </p>
  );
}

function NoEvents({ meta, onClear }: { meta: EventsMeta; onClear: () => void }) {
  return meta.all > 0 ? (
    <EmptyState title="No event matches">
      <p>
        {meta.all === 1 ? "There is one event" : `There are ${exactCount(meta.all)} events`} without this
        filter.
      </p>
      <ClearButton onClear={onClear} />
    </EmptyState>
  ) : (
    <EmptyState title="Nothing has changed">
      A consumer or a source that becomes better or worse, a rebalance, another leader, a changed setting:
      each is listed here for 15 minutes.
    </EmptyState>
  );
}
