"use client";
import { FactColumns } from "@/components/shared/fact-groups";
import { ListCrumb, SampledCrumb } from "@/components/shared/heading-crumbs";
import { SourceError, SourcePartialFailures } from "@/components/shared/source-failures";
import { SourceFigures } from "@/components/shared/source-figures";
import { VerdictLine } from "@/components/shared/verdict-line";
import { PageTitle } from "@/components/shell/page-title";
import { Breadcrumb } from "@/components/ui/breadcrumb";
import { Card } from "@/components/ui/card";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { sourceSeverity } from "@/lib/model/source";
import type { SourceView } from "@/lib/model/views";

/** Which source it is, how sampling it goes and what it costs, what is known of it, and what could not be had. */
export function SourceHeading({ source }: { source: SourceView }) {
  return (
    <>
      <header>
        <PageTitle name={source.name} status={source.status} severity={sourceSeverity(source.status)} />
        <Breadcrumb>
          <ListCrumb href="/sources" name="Sources" />
          <span className="inline-flex items-center gap-1.5">
            <SystemDot system={source.kind} />
            {source.kindName}
          </span>
          <span className="min-w-0 break-all font-mono">{source.address}</span>
          <SampledCrumb asOf={source.asOf} intervalMs={source.intervalMs} />
        </Breadcrumb>
        <div className="mt-1 flex flex-wrap items-center gap-x-5 gap-y-1">
          <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight">{source.name}</h1>
          <SourceStatusBadge status={source.status} />
          <output aria-live="polite" className="sr-only">
            {source.name} is {source.status}.
          </output>
        </div>
        {source.status === "live" && <VerdictLine verdict={source.verdict} className="mt-1.5" />}
      </header>
      <Card>
        {source.lastError && <SourceError failure={source.lastError} isNow={source.status !== "live"} />}
        <SourceFigures source={source} wide />
        {source.facts.length > 0 && (
          <div className="border-line border-t px-4 py-3">
            <FactColumns facts={source.facts} />
          </div>
        )}
        {source.failures.length > 0 && <SourcePartialFailures failures={source.failures} />}
      </Card>
    </>
  );
}
