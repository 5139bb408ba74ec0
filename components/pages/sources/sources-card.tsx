import { memo } from "react";
import { sourceHref } from "@/components/shared/entity-href";
import { FactList } from "@/components/shared/fact-groups";
import { SourceError, SourcePartialFailures } from "@/components/shared/source-failures";
import { SourceFigures } from "@/components/shared/source-figures";
import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { Card } from "@/components/ui/card";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { formatInterval } from "@/lib/format";
import type { SourceView } from "@/lib/model/views";

/** One source: is it sampled, how old is what it said, what does sampling cost, what went wrong. */
export const SourceCard = memo(function SourceCard({ source }: { source: SourceView }) {
  const title = `source-${source.id}`;
  return (
    <Card labelledBy={title}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-line border-b px-4 py-3">
        <h2 id={title} className="inline-flex items-baseline gap-2 font-semibold">
          <SystemDot system={source.kind} named />
          <AppLink href={sourceHref(source.id)} prefetch={false} className="hover:underline">
            {source.name}
          </AppLink>
        </h2>
        <SourceStatusBadge status={source.status} />
        <span className="ml-auto text-dim text-xs">
          every {formatInterval(source.intervalMs)} ·{" "}
          <Age asOf={source.asOf} intervalMs={source.intervalMs} />
        </span>
        <span className="basis-full break-all font-mono text-dim text-xs">{source.address}</span>
      </header>
      {source.lastError && <SourceError failure={source.lastError} isNow={source.status !== "live"} />}
      <SourceFigures source={source} />
      {source.facts.length > 0 && (
        <div className="border-line border-t px-4 py-3">
          <FactList facts={source.facts} />
        </div>
      )}
      {source.failures.length > 0 && <SourcePartialFailures failures={source.failures} />}
    </Card>
  );
});
