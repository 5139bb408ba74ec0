import type { ReactNode } from "react";
import { cx } from "./cx";

export function Card({
  children,
  className,
  labelledBy,
}: {
  children: ReactNode;
  className?: string;
  labelledBy?: string;
}) {
  return (
    <section
      aria-labelledby={labelledBy}
      className={cx("overflow-hidden rounded-card border border-line bg-panel", className)}
    >
      {children}
    </section>
  );
}

/** The title on the left, one quiet line of facts or controls on the right. */
export function CardHeader({ title, id, children }: { title: ReactNode; id?: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-line px-4 pt-3 pb-2.5 not-last:border-b">
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      {children !== undefined && <div className="text-dim text-xs">{children}</div>}
    </div>
  );
}
