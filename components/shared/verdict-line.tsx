import { cx } from "@/components/ui/cx";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Verdict } from "@/lib/model/status";

/** What is wrong with a stream or a source, in a sentence; nothing where nothing is. */
export function VerdictLine({ verdict, className }: { verdict: Verdict; className?: string }) {
  if (verdict.severity === "good" || verdict.severity === "unknown") return null;
  return (
    <p className={cx("flex flex-wrap items-baseline gap-x-3 gap-y-0.5", className)}>
      <StatusBadge status={verdict.status} severity={verdict.severity} />
      <span className="min-w-0 break-words">{verdict.because}</span>
    </p>
  );
}
