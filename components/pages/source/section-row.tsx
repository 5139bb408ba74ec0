import { STRIPE } from "@/components/shared/table/stripe";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { UNKNOWN } from "@/lib/format";
import type { SectionColumn, SectionRow } from "@/lib/model/source";
import { cellText, cellTitle } from "./section-cell";

/** A column and which cell of a row it shows. */
export type ShownColumn = SectionColumn & { readonly index: number };

/** One row of a section. What stands out says why, under its name. */
export function SectionRowView({ row, columns }: { row: SectionRow; columns: readonly ShownColumn[] }) {
  const trouble = row.trouble ?? null; // null where a trouble is over
  return (
    <tr className="border-line border-b last:border-b-0 hover:bg-hover">
      {columns.map(({ kind, index }, i) => {
        const cell = row.cells[index] ?? null;
        const text = cellText(cell, kind);
        const isFirst = i === 0;
        return (
          <td
            key={index}
            title={cellTitle(cell, kind)}
            className={cx(
              "h-8 px-2 py-1 last:pr-4",
              kind === "text" ? "max-w-64" : "whitespace-nowrap text-right",
              isFirst &&
                "sticky left-0 z-1 bg-panel pl-4 max-md:max-w-[9.5rem] max-md:border-line max-md:border-r",
              isFirst && trouble !== null && cx(STRIPE, "before:bg-warn"),
              text === UNKNOWN && "text-faint",
            )}
          >
            {isFirst ? (
              <CutMiddle text={text} />
            ) : (
              <span className={kind === "text" ? "block truncate" : undefined}>{text}</span>
            )}
            {isFirst && trouble !== null && <Trouble text={trouble} />}
          </td>
        );
      })}
    </tr>
  );
}

function Trouble({ text }: { text: string }) {
  return (
    <span className="flex items-baseline gap-1 text-warn text-xs md:min-w-44" title={text}>
      <Icon name="triangle" className="translate-y-px" />
      <span className="min-w-0 whitespace-normal break-words">{text}</span>
    </span>
  );
}
