"use client";
import { ConsumerRows } from "@/components/shared/consumers/consumer-rows";
import {
  CONSUMER_SORT_NAMES,
  ConsumerColumns,
  ConsumerTableHead,
} from "@/components/shared/consumers/consumer-table-head";
import { FilterBox } from "@/components/shared/table/filter-box";
import { MoreRows } from "@/components/shared/table/more-rows";
import { NarrowSort } from "@/components/shared/table/sort-header";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { ReadAtProvider } from "@/components/ui/read-at";
import { exactCount } from "@/lib/format";
import { useLive } from "@/lib/live";
import { CONSUMER_SORTS, type ConsumerSort, type FrameOf } from "@/lib/model/live";
import type { ConsumerView } from "@/lib/model/views";
import { AllConsumersLink } from "./all-consumers-link";
import { ConsumerFilters } from "./consumer-filters";
import { NO_FILTERS, useConsumersQuery } from "./consumer-query";
import { ConsumersEmpty } from "./consumers-empty";

const PUSH_MS = 1_000;

/** Every consumer of every system in one ranking, worst first. `compact` is the beginning of it, for the overview. */
export function ConsumersTable({ compact = false }: { compact?: boolean }) {
  const { params, setParams, query } = useConsumersQuery(compact);
  const { frame, problem } = useLive<"consumers">(query, { keepPrevious: true });
  const { sort, reverse } = params;
  const sorting = {
    sort,
    reverse,
    onSort: (by: ConsumerSort, turned: boolean) => setParams({ sort: by, reverse: turned }),
  };
  const rows = problem ? [] : (frame?.rows ?? []);
  const total = frame?.meta.total ?? 0;

  return (
    <Card labelledBy="consumers-title">
      <CardHeader
        title={sort === "worst" && !reverse ? "Consumers, worst first" : "Consumers"}
        id="consumers-title"
      >
        {frame && <Extent rows={rows} frame={frame} />}
      </CardHeader>
      <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
        <FilterBox
          label="Filter consumers"
          value={params.q}
          onChange={(q) => setParams({ q: q || null, limit: null })}
        />
        <NarrowSort sorting={sorting} sorts={CONSUMER_SORTS} names={CONSUMER_SORT_NAMES} />
        <ConsumerFilters params={params} setParams={setParams} />
      </search>
      {rows.length > 0 ? (
        <table className="w-full table-fixed border-collapse max-md:block" aria-labelledby="consumers-title">
          <ConsumerColumns />
          <ConsumerTableHead sorting={sorting} />
          <ReadAtProvider at={frame?.asOf ?? null}>
            <ConsumerRows rows={rows} />
          </ReadAtProvider>
        </table>
      ) : (
        <ConsumersEmpty
          meta={frame?.meta ?? null}
          problem={problem}
          q={params.q}
          onClear={() => setParams(NO_FILTERS)}
        />
      )}
      {compact
        ? rows.length < total && <AllConsumersLink total={total} />
        : rows.length > 0 && (
            <MoreRows
              shown={rows.length}
              total={frame?.meta.rows ?? 0}
              onMore={(limit) => setParams({ limit })}
            />
          )}
    </Card>
  );
}

function Extent({ rows, frame }: { rows: readonly ConsumerView[]; frame: FrameOf["consumers"] }) {
  const { meta, asOf } = frame;
  const shown = rows.reduce((sum, { folded }) => sum + (folded?.count ?? 1), 0);
  return (
    <>
      {exactCount(shown)} of {exactCount(meta.total)}
      {meta.total !== meta.all && ` (${exactCount(meta.all)} in all)`} ·{" "}
      <Age asOf={asOf} intervalMs={PUSH_MS} />
    </>
  );
}
