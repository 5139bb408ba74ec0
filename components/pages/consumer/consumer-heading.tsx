"use client";
import { streamHref } from "@/components/shared/entity-href";
import { FactLine, isGrouped } from "@/components/shared/fact-groups";
import { ListCrumb, SampledCrumb, SourceCrumb } from "@/components/shared/heading-crumbs";
import { AppLink } from "@/components/shell/app-link";
import { PageTitle } from "@/components/shell/page-title";
import { Breadcrumb } from "@/components/ui/breadcrumb";
import { CutMiddle } from "@/components/ui/cut-middle";
import { SentenceText } from "@/components/ui/sentence";
import { StatusBadge } from "@/components/ui/status-badge";
import { formatClock } from "@/lib/format";
import { severityOf } from "@/lib/model/status";
import type { ConsumerMeta } from "@/lib/model/views";
import { MarkLosses } from "./mark-losses";

/** Who it is, how it is, and the sentence that says why, with its evidence. */
export function ConsumerHeading({ meta }: { meta: ConsumerMeta }) {
  const { consumer } = meta;
  return (
    <header>
      <PageTitle name={consumer.name} status={consumer.status} severity={severityOf(consumer.status)} />
      <Breadcrumb>
        <ListCrumb href="/consumers" name="Consumers" />
        <SourceCrumb system={consumer.system} id={consumer.source} name={consumer.sourceName} />
        {consumer.account !== null && <span title="Account">{consumer.account}</span>}
        <span>{consumer.kind}</span>
        <StreamNames meta={meta} />
        {consumer.detail !== null && <span className="min-w-0 break-words">{consumer.detail}</span>}
        <SampledCrumb asOf={consumer.asOf} intervalMs={meta.intervalMs} />
      </Breadcrumb>
      <div className="mt-1 flex flex-wrap items-center gap-x-5 gap-y-1">
        <h1
          className="line-clamp-4 min-w-0 break-words font-semibold text-xl tracking-tight"
          title={consumer.name}
        >
          {consumer.name}
        </h1>
        <span className="inline-flex items-center gap-2">
          <StatusBadge status={consumer.status} />
          {consumer.since !== null && (
            <span className="text-dim text-xs">since {formatClock(consumer.since)}</span>
          )}
        </span>
      </div>
      <p className="mt-1.5 max-w-[104ch] text-pretty font-medium text-lg/6.5 max-md:text-base">
        <SentenceText>{consumer.because}</SentenceText>
      </p>
      {consumer.status === "losing" && <MarkLosses consumerId={consumer.id} />}
      <FactLine lead="Evidence: " facts={meta.evidence.filter((fact) => !isGrouped(fact))} />
      <output aria-live="polite" className="sr-only">
        {consumer.name} is {consumer.status}.
      </output>
    </header>
  );
}

/** The stream it reads; several are listed further down. */
function StreamNames({ meta: { consumer, streams } }: { meta: ConsumerMeta }) {
  const [first, ...more] = streams;
  return first === undefined || more.length > 0 ? (
    <CutMiddle text={consumer.stream} />
  ) : (
    <AppLink
      href={streamHref(first.id)}
      prefetch={false}
      className="min-w-0 max-w-full hover:text-ink hover:underline"
    >
      <CutMiddle text={first.stream} />
    </AppLink>
  );
}
