"use client";
import { AppLink } from "@/components/shell/app-link";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { formatAge, formatClock } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SourceStatus } from "@/lib/model/source";
import { sourceHref } from "./entity-href";

/** Nothing new comes from the source: what is shown is from before. */
export function isSourceSilent(status: SourceStatus): boolean {
  return status === "lost" || status === "refused";
}

/** Says that everything below is old, and since when. */
export function SourceNotice({
  of,
  status,
}: {
  of: { readonly source: string; readonly sourceName: string; readonly asOf: number | null };
  status: SourceStatus;
}) {
  const now = useNow();
  if (!isSourceSilent(status)) return null;
  return (
    <div className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1 rounded-card border border-crit bg-hot px-4 py-2.5">
      <SourceStatusBadge status={status} />
      <span>
        {status === "lost"
          ? `${of.sourceName} cannot be reached.`
          : `${of.sourceName} answers with an error.`}{" "}
        {of.asOf === null
          ? "Nothing was sampled yet."
          : `Everything below is as it was at ${formatClock(of.asOf)}, ${formatAge(now - of.asOf)} ago.`}
      </span>
      <AppLink href={sourceHref(of.source)} className="underline underline-offset-2">
        Why
      </AppLink>
    </div>
  );
}
