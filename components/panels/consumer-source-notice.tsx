"use client";
import { AppLink } from "@/components/shell/app-link";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { formatAge, formatClock } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SourceStatus } from "@/lib/model/source";
import type { ConsumerMeta } from "@/lib/model/views";

/** Nothing new comes from the source: what is shown is from before. */
export function isSourceSilent(status: SourceStatus): boolean {
  return status === "lost" || status === "refused";
}

/** Says that everything below is old, and since when. */
export function ConsumerSourceNotice({ meta }: { meta: ConsumerMeta }) {
  const now = useNow();
  const { consumer, sourceStatus } = meta;
  if (!isSourceSilent(sourceStatus)) return null;
  return (
    <div className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1 rounded-card border border-crit bg-hot px-4 py-2.5">
      <SourceStatusBadge status={sourceStatus} />
      <span>
        {sourceStatus === "lost"
          ? `${consumer.sourceName} cannot be reached.`
          : `${consumer.sourceName} answers with an error.`}{" "}
        {consumer.asOf === null
          ? "Nothing was sampled yet."
          : `Everything below is as it was at ${formatClock(consumer.asOf)}, ${formatAge(now - consumer.asOf)} ago.`}
      </span>
      <AppLink href={`/sources#source-${consumer.source}`} className="underline underline-offset-2">
        Why
      </AppLink>
    </div>
  );
}
