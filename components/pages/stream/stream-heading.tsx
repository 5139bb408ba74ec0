"use client";
import { SIDE_WORDS } from "@/components/shared/call-words";
import { FactLine, isGrouped } from "@/components/shared/fact-groups";
import { ListCrumb, SampledCrumb, SourceCrumb } from "@/components/shared/heading-crumbs";
import { VerdictLine } from "@/components/shared/verdict-line";
import { PageTitle } from "@/components/shell/page-title";
import { Breadcrumb } from "@/components/ui/breadcrumb";
import type { StreamMeta } from "@/lib/model/views";

/** Which stream it is, where, and what it takes in. */
export function StreamHeading({ meta: { stream, facts, intervalMs, method } }: { meta: StreamMeta }) {
  return (
    <header>
      <PageTitle name={stream.name} />
      <Breadcrumb>
        <ListCrumb href="/streams" name="Streams" />
        <SourceCrumb system={stream.system} id={stream.source} name={stream.sourceName} />
        {stream.account !== null && <span title="Account">{stream.account}</span>}
        <span>{method?.kind ?? stream.kind}</span>
        {method !== null && <span>{SIDE_WORDS[method.side]}</span>}
        <SampledCrumb asOf={stream.asOf} intervalMs={intervalMs} />
      </Breadcrumb>
      <h1
        className="mt-1 line-clamp-4 min-w-0 break-words font-semibold text-xl tracking-tight"
        title={stream.name}
      >
        {stream.name}
      </h1>
      {stream.detail !== null && method === null && (
        <p className="mt-0.5 line-clamp-3 max-w-[140ch] break-words text-dim" title={stream.detail}>
          {stream.detail}
        </p>
      )}
      <VerdictLine verdict={stream.verdict} className="mt-1.5" />
      <FactLine facts={facts.filter((fact) => !isGrouped(fact))} />
    </header>
  );
}
