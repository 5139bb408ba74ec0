"use client";
import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { Breadcrumb } from "@/components/ui/breadcrumb";
import { SystemDot } from "@/components/ui/system-dot";
import { formatInterval } from "@/lib/format";
import type { StreamMeta } from "@/lib/model/views";
import { sourceHref } from "./entity-href";
import { FactLine, isGrouped } from "./fact-groups";

/** Which stream it is, where, and what it takes in. */
export function StreamHeading({ meta: { stream, facts, intervalMs } }: { meta: StreamMeta }) {
  return (
    <header>
      <Breadcrumb>
        <AppLink href="/streams" className="hover:text-ink hover:underline">
          Streams
        </AppLink>
        <AppLink
          href={sourceHref(stream.source)}
          className="inline-flex items-center gap-1.5 hover:text-ink hover:underline"
        >
          <SystemDot system={stream.system} named />
          {stream.sourceName}
        </AppLink>
        {stream.account !== null && <span title="Account">{stream.account}</span>}
        <span>{stream.kind}</span>
        <span>
          sampled every {formatInterval(intervalMs)}, <Age asOf={stream.asOf} intervalMs={intervalMs} />
        </span>
      </Breadcrumb>
      <h1
        className="mt-1 line-clamp-4 min-w-0 break-words font-semibold text-xl tracking-tight"
        title={stream.name}
      >
        {stream.name}
      </h1>
      {stream.detail !== null && (
        <p className="mt-0.5 line-clamp-3 max-w-[140ch] break-words text-dim" title={stream.detail}>
          {stream.detail}
        </p>
      )}
      <FactLine facts={facts.filter((fact) => !isGrouped(fact))} />
    </header>
  );
}
