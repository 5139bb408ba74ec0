"use client";
import { type BacklogPart, backlogParts } from "@/components/shared/backlog-parts";
import { useShortcut } from "@/components/shell/shortcuts";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Kbd } from "@/components/ui/kbd";
import { exactCount } from "@/lib/format";
import type { ConsumerView, PositionView } from "@/lib/model/views";
import { LaneRow } from "./lanes-row";

export interface LanesView<R> {
  readonly rows: readonly R[];
  /** Lanes that match, on all pages. */
  readonly total: number;
  readonly offset: number;
  readonly pageSize: number;
  readonly behindOnly: boolean;
  readonly onOffset: (offset: number) => void;
  readonly onBehindOnly: (behindOnly: boolean) => void;
}

/** Where a consumer stands in every lane it reads, worst first. */
export function LanesTable({
  consumer,
  members,
  lanes,
}: {
  consumer: ConsumerView;
  members: number;
  lanes: LanesView<PositionView>;
}) {
  const { rows, behindOnly } = lanes;
  useShortcut("b", "Only lanes with a backlog", () => lanes.onBehindOnly(!behindOnly));
  const parts = backlogParts(consumer);
  const worst = rows.reduce((most, lane) => Math.max(most, lane.backlog.value ?? 0), 0);
  return (
    <Card labelledBy="lanes-title">
      <CardHeader title="Lanes, worst first" id="lanes-title">
        {members > 0 && `${exactCount(members)} ${members === 1 ? "member" : "members"} · `}
        {extent(lanes)} ·{" "}
        <button
          type="button"
          aria-pressed={behindOnly}
          aria-keyshortcuts="b"
          onClick={() => lanes.onBehindOnly(!behindOnly)}
          className={behindOnly ? "font-medium text-ink" : "hover:text-ink"}
        >
          <Kbd>b</Kbd> only with backlog{behindOnly && ": on"}
        </button>
      </CardHeader>
      {rows.length > 0 ? (
        <table className="w-full table-fixed border-collapse max-md:block" aria-labelledby="lanes-title">
          <LanesHead parts={parts} />
          <tbody className="max-md:block">
            {rows.map((lane) => (
              <LaneRow
                key={lane.id}
                lane={lane}
                system={consumer.system}
                unit={consumer.backlogUnit}
                share={worst === 0 ? 0 : (lane.backlog.value ?? 0) / worst}
                hasParts={parts.length > 0}
              />
            ))}
          </tbody>
        </table>
      ) : (
        <EmptyState title={behindOnly ? "No lane has a backlog" : "No lanes"}>
          {behindOnly ? "Press b to see them all." : "This consumer reads no lane now."}
        </EmptyState>
      )}
      <Pages lanes={lanes} />
    </Card>
  );
}

function extent({ rows, offset, total }: LanesView<PositionView>): string {
  if (rows.length === total) return `${exactCount(total)} of ${exactCount(total)}`;
  return `${exactCount(offset + 1)}–${exactCount(offset + rows.length)} of ${exactCount(total)}`;
}

function LanesHead({ parts }: { parts: readonly BacklogPart[] }) {
  return (
    <thead className="border-line border-b text-dim text-xs max-md:hidden *:*:px-3 *:*:py-2 *:*:font-medium *:*:first:pl-4">
      <tr>
        <th scope="col" className="text-left">
          Lane
        </th>
        <th scope="col" className="text-left">
          Member
        </th>
        <th scope="col" className="w-36 text-left max-xl:hidden">
          Host
        </th>
        <th scope="col" className="w-32 text-right max-lg:hidden" title="The newest message of the lane">
          Head
        </th>
        <th scope="col" className="w-32 text-right max-lg:hidden" title="Where the consumer stands">
          Position
        </th>
        {parts.map(({ name, definition }) => (
          <th key={name} scope="col" className="w-34 text-right max-lg:hidden" title={definition}>
            {name}
          </th>
        ))}
        <th scope="col" className="w-28 text-right">
          Backlog
        </th>
        <th scope="col" className="w-28 text-left" title="Backlog beside that of the worst lane shown">
          <span className="sr-only">Share of the worst</span>
        </th>
        <th scope="col" className="w-24 text-right">
          Oldest
        </th>
        <th scope="col" className="w-32 text-left">
          Status
        </th>
      </tr>
    </thead>
  );
}

function Pages({ lanes: { offset, pageSize, total, onOffset } }: { lanes: LanesView<PositionView> }) {
  if (total <= pageSize && offset === 0) return null;
  const button = "rounded border border-line px-2.5 py-1 enabled:hover:bg-hover disabled:text-faint";
  return (
    <nav aria-label="Pages of lanes" className="flex justify-end gap-2 border-line border-t px-4 py-2">
      <button
        type="button"
        className={button}
        disabled={offset === 0}
        onClick={() => onOffset(Math.max(0, offset - pageSize))}
      >
        Worse lanes
      </button>
      <button
        type="button"
        className={button}
        disabled={offset + pageSize >= total}
        onClick={() => onOffset(offset + pageSize)}
      >
        Next {exactCount(Math.max(0, Math.min(pageSize, total - offset - pageSize)))}
      </button>
    </nav>
  );
}
