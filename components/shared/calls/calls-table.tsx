"use client";
import { useRef } from "react";
import { FilterBox } from "@/components/shared/table/filter-box";
import { SourceFilter, StatusFilter } from "@/components/shared/table/filters";
import { followRow } from "@/components/shared/table/follow-row";
import { NarrowSort } from "@/components/shared/table/sort-header";
import { SpaceRow } from "@/components/shared/table/space-row";
import { useRowsInView } from "@/components/shared/table/use-rows-in-view";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { cx } from "@/components/ui/cx";
import { useIsNarrow } from "@/components/ui/use-is-narrow";
import { exactCount } from "@/lib/format";
import type { CallView } from "@/lib/model/call";
import { CALL_SORTS, type CallSort } from "@/lib/model/live";
import type { EpochMs } from "@/lib/model/reading";
import type { CallsMeta } from "@/lib/model/views";
import { CallsEmpty } from "./calls-empty";
import { CALL_SORT_NAMES, CallColumns, CallsHead } from "./calls-head";
import { type CallsOf, NO_CALL_FILTERS, useCallsQuery } from "./calls-query";
import { CALL_ROW_REM, CallRow, PlaceholderRow } from "./calls-row";
import { useCallsWindow } from "./use-calls-window";

const PUSH_MS = 1_000;

/**
 * Live calls, the worst stalled first: all of them, or those `of` what a page is about. However many there are, only those
 * on the screen are rendered, and only those around it are asked for. `areShort`: calls come and go with every look, so there
 * is room for a few whether they are there or not.
 */
export function CallsTable({ of, areShort = false }: { of?: CallsOf; areShort?: boolean }) {
  const { params, setParams, query } = useCallsQuery(of);
  const { sort, reverse, q, status, source } = params;
  const isNarrow = useIsNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const { meta, asOf, problem, callAt, look } = useCallsWindow(query);
  const total = problem ? 0 : (meta?.total ?? 0);
  const { rows, before, after } = useRowsInView(scroller, {
    total,
    rowRem: CALL_ROW_REM[isNarrow ? "narrow" : "wide"],
    subject: JSON.stringify(query),
    onLook: look,
  });
  const sorting = {
    sort,
    reverse,
    onSort: (by: CallSort, turned: boolean) => setParams({ sort: by, reverse: turned }),
  };

  return (
    <Card labelledBy="calls-title">
      <CardHeader
        title={sort === "stall" && !reverse ? "Live calls, worst stall first" : "Live calls"}
        id="calls-title"
      >
        {meta && <Extent meta={meta} asOf={asOf} isAll={of === undefined} />}
      </CardHeader>
      <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
        <FilterBox label="Filter calls" value={q} onChange={(next) => setParams({ q: next || null })} />
        <NarrowSort sorting={sorting} sorts={CALL_SORTS} names={CALL_SORT_NAMES} />
        <StatusFilter value={status} onChange={(next) => setParams({ status: next })} />
        {of === undefined && <SourceFilter source={source} onClear={() => setParams({ source: null })} />}
      </search>
      <section
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        tabIndex={0}
        aria-label="Rows of live calls"
        className={cx(
          "relative overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2",
          of === undefined ? "max-h-[max(24rem,calc(100dvh-12.5rem))]" : "max-h-[30rem]",
          areShort && "h-48",
        )}
      >
        {total > 0 ? (
          <table
            className="w-full table-fixed border-separate border-spacing-0 max-md:block"
            aria-labelledby="calls-title"
            aria-rowcount={total + 1}
          >
            <CallColumns />
            <CallsHead sorting={sorting} />
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is what the keyboard uses */}
            <tbody className="max-md:block" onClick={followRow}>
              <SpaceRow height={before} />
              {withKeys(rows, callAt).map(({ row, call, key }) =>
                call && meta ? (
                  <CallRow key={key} call={call} asOf={asOf} row={row} hasMethod={of?.stream === undefined} />
                ) : (
                  <PlaceholderRow key={key} row={row} />
                ),
              )}
              <SpaceRow height={after} />
            </tbody>
          </table>
        ) : (
          <CallsEmpty
            meta={meta}
            problem={problem}
            q={q}
            isFiltered={Boolean(query.q ?? query.status ?? (of === undefined ? source : null))}
            onClear={() => setParams(NO_CALL_FILTERS)}
          />
        )}
      </section>
    </Card>
  );
}

/**
 * A row goes with its call when calls change places, and so does what is focused in it. Where two pages meet, one of them may
 * be a moment older: then a call can be in both.
 */
function withKeys(rows: readonly number[], callAt: (row: number) => CallView | null) {
  const seen = new Set<string>();
  return rows.map((row) => {
    const call = callAt(row);
    const key = call === null || seen.has(call.id) ? row : call.id;
    if (call) seen.add(call.id);
    return { row, call, key };
  });
}

function Extent({
  meta: { total, all, live },
  asOf,
  isAll,
}: {
  meta: CallsMeta;
  asOf: EpochMs;
  isAll: boolean;
}) {
  return (
    <>
      {exactCount(total)}
      {isAll && total !== all && ` of ${exactCount(all)}`}
      {isAll && live > all && (
        <span title="A target tells the worst of its calls one by one, and how many there are in all.">
          {" "}
          told of {exactCount(live)} alive
        </span>
      )}{" "}
      · <Age asOf={asOf} intervalMs={PUSH_MS} />
    </>
  );
}
