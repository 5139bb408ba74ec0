"use client";
import { otherEnd, SIDE_WORDS, shortMethod } from "@/components/shared/call-words";
import { consumerHref, streamHref } from "@/components/shared/entity-href";
import { ListCrumb, SampledCrumb, SourceCrumb } from "@/components/shared/heading-crumbs";
import { AppLink } from "@/components/shell/app-link";
import { PageTitle } from "@/components/shell/page-title";
import { Breadcrumb } from "@/components/ui/breadcrumb";
import { CutMiddle } from "@/components/ui/cut-middle";
import { SentenceText } from "@/components/ui/sentence";
import { StatusBadge } from "@/components/ui/status-badge";
import { formatClock } from "@/lib/format";
import { severityOf } from "@/lib/model/status";
import type { CallMeta } from "@/lib/model/views";

/** Which call it is, with whom, how it is, and the sentence that says why. */
export function CallHeading({ meta, isOver }: { meta: CallMeta; isOver: boolean }) {
  const { call } = meta;
  const name = `${shortMethod(call.method)} ${call.side === "server" ? "for" : "to"} ${otherEnd(call)}`;
  return (
    <header>
      <PageTitle
        name={name}
        status={isOver ? "over" : call.status}
        severity={isOver ? "good" : severityOf(call.status)}
      />
      <Breadcrumb>
        <ListCrumb href="/calls" name="Live calls" />
        <SourceCrumb system="grpc" id={call.source} name={meta.sourceName} />
        <AppLink
          href={streamHref(call.streamId)}
          prefetch={false}
          className="min-w-0 max-w-full hover:text-ink hover:underline"
        >
          <CutMiddle text={call.method} />
        </AppLink>
        <span>{call.kind}</span>
        <span>{SIDE_WORDS[call.side]}</span>
        {call.consumerId === null ? (
          <span>{call.peer}</span>
        ) : (
          <AppLink
            href={consumerHref(call.consumerId)}
            prefetch={false}
            className="min-w-0 max-w-full hover:text-ink hover:underline"
          >
            <CutMiddle text={call.peer} title={`Everything of this method that goes to ${call.peer}`} />
          </AppLink>
        )}
        <SampledCrumb asOf={meta.asOf} intervalMs={meta.intervalMs} />
      </Breadcrumb>
      <div className="mt-1 flex flex-wrap items-center gap-x-5 gap-y-1">
        <h1 className="line-clamp-4 min-w-0 break-words font-semibold text-xl tracking-tight" title={name}>
          {name}
        </h1>
        <span className="inline-flex items-center gap-2">
          <StatusBadge status={call.status} />
          {call.startedAt !== null && (
            <span className="text-dim text-xs">began at {formatClock(call.startedAt)}</span>
          )}
        </span>
      </div>
      <p className="mt-1.5 max-w-[104ch] text-pretty font-medium text-lg/6.5 max-md:text-base">
        <SentenceText>{meta.because}</SentenceText>
      </p>
      <output aria-live="polite" className="sr-only">
        {name} is {call.status}.
      </output>
    </header>
  );
}
