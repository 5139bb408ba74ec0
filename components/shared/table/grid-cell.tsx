import type { CSSProperties, ReactNode } from "react";
import { cx } from "@/components/ui/cx";

/** A cell at its place from 768 px on; on a phone cells follow one another. Rows and columns count from 1. */
export function GridCell({
  column,
  row,
  className,
  children,
}: {
  column: number;
  row: number;
  className?: string;
  children?: ReactNode;
}) {
  return (
    <div
      className={cx("min-w-0 bg-panel md:col-start-(--column) md:row-start-(--row)", className)}
      style={{ "--column": column, "--row": row } as CSSProperties}
    >
      {children}
    </div>
  );
}
