"use client";
import { ConsumerRows } from "@/components/shared/consumers/consumer-rows";
import {
  CONSUMER_SORT_NAMES,
  CONSUMER_TABLE,
  ConsumerTableHead,
} from "@/components/shared/consumers/consumer-table-head";
import { FilterBox } from "@/components/shared/table/filter-box";
import { MoreRows } from "@/components/shared/table/more-rows";
import { NarrowSort, type Sorting } from "@/components/shared/table/sort-header";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { ReadAtProvider } from "@/components/ui/read-at";
import { exactCount } from "@/lib/format";
import { useLive } from "@/lib/live";
import { CONSUMER_SORTS, type ConsumerSort } from "@/lib/model/live";
import { AllConsumersLink } from "./all-consumers-link";
import { ConsumerFilters } from "./consumer-filters";
import {
  type ConsumersQuery,
  NO_FILTERS,
  type SetConsumersParams,
  useConsumersQuery,
} from "./consumer-query";
import { ConsumersEmpty } from "./consumers-empty";

const PUSH_MS = 1_000;

/**
 * Every consumer of every system in one ranking, worst first. `compact` is the beginning of it, for the overview. What comes
 * with every push is asked for further down: the filters and the head stay as they are.
 */
export function ConsumersTable({ compact = false }: { compact?: boolean }) {
  const { params, setParams, query } = useConsumersQuery(compact);
  const { sort, reverse } = params;
  const sorting = {
    sort,
    reverse,
    onSort: (by: ConsumerSort, turned: boolean) => setParams({ sort: by, reverse: turned }),
  };
  return (
    <Card labelledBy="consumers-title">
      <CardHeader
        title={sort === "worst" && !reverse ? "Consumers, worst first" : "Consumers"}
        id="consumers-title"
      >
        <Extent query={query} />
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
      <Found query={query} compact={compact} q={params.q} sorting={sorting} setParams={setParams} />
    </Card>
  );
}

/** The rows, or why there is none, and the way to more of them. */
function Found({
  query,
  compact,
  q,
  sorting,
  setParams,
}: {
  query: ConsumersQuery;
  compact: boolean;
  q: string;
  sorting: Sorting<ConsumerSort>;
  setParams: SetConsumersParams;
}) {
  const { frame, problem } = useConsumers(query);
  const rows = problem ? [] : (frame?.rows ?? []);
  const total = frame?.meta.total ?? 0;
  return (
    <>
      {rows.length > 0 ? (
        <table className={CONSUMER_TABLE} aria-labelledby="consumers-title">
          <ConsumerTableHead sorting={sorting} />
          <ReadAtProvider at={frame?.asOf ?? null}>
            <ConsumerRows rows={rows} />
          </ReadAtProvider>
        </table>
      ) : (
        <ConsumersEmpty
          meta={frame?.meta ?? null}
          problem={problem}
          q={q}
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
    </>
  );
}

function Extent({ query }: { query: ConsumersQuery }) {
  const { frame, problem } = useConsumers(query);
  if (!frame) return null;
  const { meta, asOf } = frame;
  const shown = problem ? 0 : frame.rows.reduce((sum, { folded }) => sum + (folded?.count ?? 1), 0);
  return (
    <>
      {exactCount(shown)} of {exactCount(meta.total)}
      {meta.total !== meta.all && ` (${exactCount(meta.all)} in all)`} ·{" "}
      <Age asOf={asOf} intervalMs={PUSH_MS} />
    </>
  );
}

function useConsumers(query: ConsumersQuery) {
  return useLive<"consumers">(query, { keepPrevious: true });
}
