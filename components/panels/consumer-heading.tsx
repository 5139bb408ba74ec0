"use client";
import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { StatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { formatClock, formatInterval } from "@/lib/format";
import type { SourceFact } from "@/lib/model/source";
import type { ConsumerMeta } from "@/lib/model/views";

/** Who it is, how it is, and the sentence that says why, with its evidence. */
export function ConsumerHeading({ meta }: { meta: ConsumerMeta }) {
  const { consumer } = meta;
  return (
    <header>
      <nav aria-label="Where this is" className="flex flex-wrap gap-x-1.5 text-dim text-xs">
        <AppLink href="/consumers" className="hover:text-ink hover:underline">
          Consumers
        </AppLink>
        <span aria-hidden="true">·</span>
        <AppLink
          href={`/sources#source-${consumer.source}`}
          className="inline-flex items-center gap-1.5 hover:text-ink hover:underline"
        >
          <SystemDot system={consumer.system} named />
          {consumer.sourceName}
        </AppLink>
        <span aria-hidden="true">·</span>
        <span>{consumer.kind}</span>
        <span aria-hidden="true">·</span>
        <span className="max-w-full truncate" title={consumer.stream}>
          {consumer.stream}
        </span>
        {consumer.detail !== null && (
          <>
            <span aria-hidden="true">·</span>
            <span>{consumer.detail}</span>
          </>
        )}
        <span aria-hidden="true">·</span>
        <span>
          sampled every {formatInterval(meta.intervalMs)},{" "}
          <Age asOf={consumer.asOf} intervalMs={meta.intervalMs} />
        </span>
      </nav>
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
        {consumer.because}
      </p>
      {meta.evidence.length > 0 && <Evidence facts={meta.evidence} />}
      <output aria-live="polite" className="sr-only">
        {consumer.name} is {consumer.status}.
      </output>
    </header>
  );
}

function Evidence({ facts }: { facts: readonly SourceFact[] }) {
  return (
    <p className="mt-1 max-w-[140ch] break-words text-dim">
      {facts.map((fact, i) => (
        <span key={fact.label} title={fact.title}>
          {i === 0 ? "Evidence: " : " · "}
          {fact.label} <span className="text-ink">{fact.value}</span>
        </span>
      ))}
    </p>
  );
}
