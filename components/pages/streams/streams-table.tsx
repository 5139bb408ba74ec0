"use client";
import { FilterBox } from "@/components/shared/table/filter-box";
import { SourceFilter, SystemFilter } from "@/components/shared/table/filters";
import { MoreRows } from "@/components/shared/table/more-rows";
import { NarrowSort, SortHeader, type Sorting } from "@/components/shared/table/sort-header";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { ReadAtProvider } from "@/components/ui/read-at";
import { exactCount } from "@/lib/format";
import { useLive } from "@/lib/live";
import { STREAM_SORTS, type StreamSort } from "@/lib/model/live";
import { StreamsEmpty } from "./streams-empty";
import { NO_STREAM_FILTERS, useStreamsQuery } from "./streams-query";
import { StreamRow } from "./streams-row";

const SORT_NAMES: Readonly<Record<StreamSort, string>> = {
  name: "Stream",
  in: "In /s",
  out: "Out /s",
  retained: "Held",
};

/** Every place messages flow through, busiest first. */
export function StreamsTable() {
  const { params, setParams, query } = useStreamsQuery();
  const { frame, problem } = useLive<"streams">(query, { keepPrevious: true });
  const { sort, reverse } = params;
  const sorting = {
    sort,
    reverse,
    onSort: (by: StreamSort, turned: boolean) => setParams({ sort: by, reverse: turned }),
  };
  const rows = problem ? [] : (frame?.rows ?? []);
  const total = frame?.meta.total ?? 0;

  return (
    <Card labelledBy="streams-title">
      <CardHeader title={sort === "in" && !reverse ? "Streams, busiest first" : "Streams"} id="streams-title">
        {frame && (
          <>
            {exactCount(rows.length)} of {exactCount(total)}
            {total !== frame.meta.all && ` (${exactCount(frame.meta.all)} in all)`} ·{" "}
            <Age asOf={frame.asOf} intervalMs={1_000} />
          </>
        )}
      </CardHeader>
      <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
        <FilterBox
          label="Filter streams"
          value={params.q}
          onChange={(q) => setParams({ q: q || null, limit: null })}
        />
        <NarrowSort sorting={sorting} sorts={STREAM_SORTS} names={SORT_NAMES} />
        <SystemFilter value={params.system} onChange={(system) => setParams({ system, limit: null })} />
        <SourceFilter source={params.source} onClear={() => setParams({ source: null, limit: null })} />
      </search>
      {rows.length > 0 ? (
        <table className="w-full table-fixed border-collapse max-md:block" aria-labelledby="streams-title">
          <StreamTableHead sorting={sorting} />
          <tbody className="max-md:block">
            {rows.map((stream) => (
              <ReadAtProvider key={stream.id} at={stream.asOf}>
                <StreamRow stream={stream} />
              </ReadAtProvider>
            ))}
          </tbody>
        </table>
      ) : (
        <StreamsEmpty
          meta={frame?.meta ?? null}
          problem={problem}
          q={params.q}
          onClear={() => setParams(NO_STREAM_FILTERS)}
        />
      )}
      {rows.length > 0 && (
        <MoreRows shown={rows.length} total={total} onMore={(limit) => setParams({ limit })} />
      )}
    </Card>
  );
}

function StreamTableHead({ sorting }: { sorting: Sorting<StreamSort> }) {
  return (
    <thead className="border-line border-b text-dim text-xs max-md:hidden">
      <tr>
        <SortHeader by="name" sorting={sorting} align="left">
          {SORT_NAMES.name}
        </SortHeader>
        <th scope="col" className="w-24 px-3 text-right font-medium" title="Partitions, or live calls">
          Lanes
        </th>
        <th scope="col" className="w-28 px-3 text-right font-medium">
          Consumers
        </th>
        <SortHeader by="in" sorting={sorting} className="w-28">
          {SORT_NAMES.in}
        </SortHeader>
        <SortHeader by="out" sorting={sorting} className="w-28">
          {SORT_NAMES.out}
        </SortHeader>
        <SortHeader by="retained" sorting={sorting} className="w-28" title="Messages held now">
          {SORT_NAMES.retained}
        </SortHeader>
      </tr>
    </thead>
  );
}
