import { memo, type ReactNode } from "react";
import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { Card } from "@/components/ui/card";
import { SourceStatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { exactCount, formatDuration, formatInterval, UNKNOWN } from "@/lib/format";
import type { SourceFact } from "@/lib/model/source";
import type { SourceView } from "@/lib/model/views";
import { SourceError, SourcePartialFailures } from "./sources-failures";

/** One source: is it sampled, how old is what it said, what does sampling cost, what went wrong. */
export const SourceCard = memo(function SourceCard({ source }: { source: SourceView }) {
  const title = `source-${source.id}`;
  return (
    <Card labelledBy={title}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-line border-b px-4 py-3">
        <h2 id={title} className="inline-flex items-baseline gap-2 font-semibold">
          <SystemDot system={source.kind} named />
          {source.name}
        </h2>
        <SourceStatusBadge status={source.status} />
        <span className="ml-auto text-dim text-xs">
          every {formatInterval(source.intervalMs)} ·{" "}
          <Age asOf={source.asOf} intervalMs={source.intervalMs} />
        </span>
        <span className="basis-full break-all font-mono text-dim text-xs">{source.address}</span>
      </header>
      {source.lastError && <SourceError failure={source.lastError} isNow={source.status !== "live"} />}
      <Figures source={source} />
      {source.facts.length > 0 && <Facts facts={source.facts} />}
      {source.failures.length > 0 && <SourcePartialFailures failures={source.failures} />}
    </Card>
  );
});

function Figures({ source }: { source: SourceView }) {
  const { sample, samples, counts, id } = source;
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-3 px-4 py-3 sm:grid-cols-4">
      <Figure name="Sample" title="Wall time of the last sample, request to readings">
        {orUnknown(sample.durationMs, formatDuration)}
      </Figure>
      <Figure
        name="CPU"
        title="CPU this process used while the last sample ran, other work included: an upper bound"
      >
        {orUnknown(sample.cpuMs, formatDuration)}
      </Figure>
      <Figure name="Requests" title="Requests the last sample made">
        {orUnknown(sample.requests, exactCount)}
      </Figure>
      <Figure name="Positions" title="Positions the last sample read">
        {orUnknown(sample.positions, exactCount)}
      </Figure>
      <Figure name="Streams">
        <AppLink className={LINK} href={`/streams?${new URLSearchParams({ source: id })}`}>
          {exactCount(counts.streams)}
        </AppLink>
      </Figure>
      <Figure name="Lanes">{exactCount(counts.lanes)}</Figure>
      <Figure name="Consumers">
        <AppLink className={LINK} href={`/consumers?${new URLSearchParams({ source: id })}`}>
          {exactCount(counts.consumers)}
        </AppLink>
      </Figure>
      <Figure
        name="Samples"
        title="Taken since the start; failed; skipped because the one before was not done"
      >
        {exactCount(samples.taken)}
        <small className="block whitespace-normal text-dim text-xs font-normal">
          {exactCount(samples.failed)} failed, {exactCount(samples.skipped)} skipped
        </small>
      </Figure>
    </dl>
  );
}

const LINK = "underline decoration-line underline-offset-4 hover:decoration-ink";

function Figure({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div title={title}>
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="whitespace-nowrap font-medium">{children}</dd>
    </div>
  );
}

function orUnknown(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}

function Facts({ facts }: { facts: readonly SourceFact[] }) {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 border-line border-t px-4 py-3 text-xs">
      {facts.map((fact) => (
        <div key={fact.label} className="contents" title={fact.title}>
          <dt className="text-dim">{fact.label}</dt>
          <dd className="break-words" title={fact.title}>
            {fact.value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
