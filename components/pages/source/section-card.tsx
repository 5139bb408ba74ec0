"use client";
import { useState } from "react";
import { Card, CardHeader } from "@/components/ui/card";
import { cx } from "@/components/ui/cx";
import { ShowMore } from "@/components/ui/show-more";
import { exactCount, formatAge, formatClock } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SectionColumn, SectionRow } from "@/lib/model/source";
import type { SectionHead } from "@/lib/model/views";
import { columnName } from "./section-cell";
import { SectionRowView, type ShownColumn } from "./section-row";

/** Rows shown before somebody asks for all that were told. */
const FIRST = 10;

/** One table of what a source consists of, worst row first. It scrolls in itself, never the page. */
export function SectionCard({ head, rows }: { head: SectionHead; rows: readonly SectionRow[] }) {
  const [isLong, setLong] = useState(false);
  const id = sectionAnchor(head.key);
  const shown = isLong ? rows : rows.slice(0, FIRST);
  return (
    <Card labelledBy={id}>
      <CardHeader title={head.title} id={id}>
        {rows.length > 0 ? extent(shown.length, head) : "none"} · <SectionAge asOf={head.asOf} />
      </CardHeader>
      {rows.length > 0 && (
        <>
          {head.note !== undefined && <p className="px-4 pt-2 text-dim text-xs">{head.note}</p>}
          <SectionTable head={head} rows={shown} labelledBy={id} />
        </>
      )}
      <ShowMore more={rows.length - FIRST} isLong={isLong} onLong={setLong} />
    </Card>
  );
}

export function sectionAnchor(key: string): string {
  return `section-${key}`;
}

/** `10 of 256`, `256 of 4,100`: how many there are, also where not all of them were told. */
function extent(shown: number, { rows, total }: SectionHead): string {
  return `${exactCount(shown)} of ${exactCount(Math.max(rows, total ?? rows))}`;
}

/** The longest that a collector leaves between two samples of a section, times two. */
const OLD_MS = 120_000;

/** Sections are sampled as often as they cost little: an age of some seconds is no sign of anything. */
function SectionAge({ asOf }: { asOf: number | null }) {
  const now = useNow();
  if (asOf === null) return <span className="text-faint">not sampled yet</span>;
  const age = Math.max(0, now - asOf);
  return (
    <span
      className={cx("whitespace-nowrap", age > OLD_MS && "text-warn")}
      title={`Sampled at ${formatClock(asOf)}`}
    >
      as of {formatAge(age)} ago
    </span>
  );
}

function SectionTable(props: { head: SectionHead; rows: readonly SectionRow[]; labelledBy: string }) {
  const columns = toldColumns(props.head.columns, props.rows);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <div className="max-h-[32rem] overflow-auto" tabIndex={0}>
      <table className="w-full border-collapse" aria-labelledby={props.labelledBy}>
        <SectionTableHead columns={columns} />
        <tbody>
          {props.rows.map((row) => (
            <SectionRowView key={row.id} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A column of names without any (accounts, where there is only one) is left out; numbers not known are told as such. */
function toldColumns(columns: readonly SectionColumn[], rows: readonly SectionRow[]): readonly ShownColumn[] {
  return columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ kind, index }) => kind !== "text" || rows.some(({ cells }) => cells[index] != null));
}

/** Stays while the rows scroll. A border of a sticky cell would scroll away: it is a shadow. */
function SectionTableHead({ columns }: { columns: readonly ShownColumn[] }) {
  return (
    <thead className="text-dim text-xs">
      <tr>
        {columns.map((column, i) => (
          <th
            key={column.index}
            scope="col"
            title={column.title}
            className={cx(
              "sticky top-0 z-2 bg-panel px-2 py-2 align-bottom font-medium shadow-[inset_0_-1px_var(--line)] last:pr-4",
              column.kind === "text" ? "whitespace-nowrap text-left" : "min-w-17 text-right",
              i === 0 && "left-0 z-3 pl-4",
            )}
          >
            {columnName(column)}
          </th>
        ))}
      </tr>
    </thead>
  );
}
