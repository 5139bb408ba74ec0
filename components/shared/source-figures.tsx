import type { ReactNode } from "react";
import { AppLink } from "@/components/shell/app-link";
import { cx } from "@/components/ui/cx";
import { exactCount, formatDuration, UNKNOWN } from "@/lib/format";
import type { SourceView } from "@/lib/model/views";

/** What sampling a source takes and gives: how long, how many, and what there is. */
export function SourceFigures({ source, wide = false }: { source: SourceView; wide?: boolean }) {
  const { sample, samples, counts, id } = source;
  return (
    <dl className={cx("grid grid-cols-3 gap-x-4 gap-y-3 px-4 py-3 sm:grid-cols-4", wide && "lg:grid-cols-8")}>
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
