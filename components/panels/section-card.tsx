"use client";
import { useState } from "react";
import { Age } from "@/components/ui/age";
import { Card, CardHeader } from "@/components/ui/card";
import { cx } from "@/components/ui/cx";
import { exactCount } from "@/lib/format";
import type { SectionColumn, SectionRow } from "@/lib/model/source";
import type { SectionHead } from "@/lib/model/views";
import { columnName } from "./section-cell";
import { SectionRowView } from "./section-row";

/** Rows shown before somebody asks for all that were told. */
const FIRST = 10;

/** One table of what a source consists of, worst row first. It scrolls in itself, never the page. */
export function SectionCard({
  head,
  rows,
  intervalMs,
}: {
  head: SectionHead;
  rows: readonly SectionRow[];
  intervalMs: number;
}) {
  const [isLong, setLong] = useState(false);
  const id = sectionAnchor(head.key);
  const shown = isLong ? rows : rows.slice(0, FIRST);
  return (
    <Card labelledBy={id}>
      <CardHeader title={head.title} id={id}>
        {rows.length > 0 && `${extent(shown.length, head)} · `}
        <Age asOf={head.asOf} intervalMs={intervalMs} />
      </CardHeader>
      {head.note !== undefined && <p className="px-4 pt-2 text-dim text-xs">{head.note}</p>}
      {rows.length === 0 ? (
        <p className="px-4 py-2.5 text-dim">None.</p>
      ) : (
        <SectionTable head={head} rows={shown} labelledBy={id} />
      )}
      {rows.length > FIRST && (
        <button
          type="button"
          onClick={() => setLong(!isLong)}
          className="block w-full border-line border-t px-4 py-2 text-center text-dim hover:bg-hover hover:text-ink focus-visible:-outline-offset-2"
        >
          {isLong ? "Show fewer" : `Show ${exactCount(rows.length - FIRST)} more`}
        </button>
      )}
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

function SectionTable(props: { head: SectionHead; rows: readonly SectionRow[]; labelledBy: string }) {
  const { columns } = props.head;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section className="max-h-[32rem] overflow-auto" aria-labelledby={props.labelledBy} tabIndex={0}>
      <table className="w-full border-collapse" aria-labelledby={props.labelledBy}>
        <SectionTableHead columns={columns} />
        <tbody>
          {props.rows.map((row) => (
            <SectionRowView key={row.id} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Stays while the rows scroll. A border of a sticky cell would scroll away: it is a shadow. */
function SectionTableHead({ columns }: { columns: readonly SectionColumn[] }) {
  return (
    <thead className="text-dim text-xs">
      <tr>
        {columns.map((column, i) => (
          <th
            key={column.label}
            scope="col"
            title={column.title}
            className={cx(
              "sticky top-0 z-2 whitespace-nowrap bg-panel py-2 font-medium shadow-[inset_0_-1px_var(--line)]",
              column.kind === "text" ? "pr-4 text-left" : "min-w-20 px-3 text-right",
              i === 0 && "left-0 z-3 pr-3 pl-4",
            )}
          >
            {columnName(column)}
          </th>
        ))}
      </tr>
    </thead>
  );
}
