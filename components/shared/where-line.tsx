import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";

type Part = string | null;

// `truncate` would take the blanks at the edges.
const PART = "min-w-0 overflow-hidden text-ellipsis whitespace-pre";

/** Where a row is, in one quiet line. Without room for all of it, what follows the name gives way first. */
export function WhereLine({
  before,
  name,
  after,
  className,
}: {
  before: readonly Part[];
  name: Part;
  after: readonly Part[];
  className?: string;
}) {
  const [first, middle, last] = [joined(before), name ?? "", joined(after)];
  return (
    <span
      className={cx("flex min-w-0 whitespace-pre text-dim text-xs", className)}
      title={joined([first, middle, last])}
    >
      {first && <span className={PART}>{middle || last ? `${first} · ` : first}</span>}
      {middle && <CutMiddle text={middle} />}
      {last && <span className={cx(PART, "shrink-[1000]")}>{middle ? ` · ${last}` : last}</span>}
    </span>
  );
}

function joined(parts: readonly Part[]): string {
  return parts.filter(Boolean).join(" · ");
}
