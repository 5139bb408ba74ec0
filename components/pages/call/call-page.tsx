"use client";
import { useEffect, useRef } from "react";
import { EntityGone, EntityRefused, EntityWaiting } from "@/components/shared/entity-gone";
import { EventsCard } from "@/components/shared/events-card";
import { FactsCard } from "@/components/shared/fact-groups";
import { PeekProvider } from "@/components/shared/peek/peek-dialog";
import { isSourceSilent, SourceNotice } from "@/components/shared/source-notice";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { useLive } from "@/lib/live";
import type { CallView } from "@/lib/model/call";
import type { FrameOf, SeriesBlock } from "@/lib/model/live";
import type { CallMeta } from "@/lib/model/views";
import { CallCharts } from "./call-charts";
import { CallFigures } from "./call-figures";
import { CallHeading } from "./call-heading";
import { CallNeighbours } from "./call-neighbours";

const MOST_OTHERS = 100;

/** A call as it was when it was last seen alive. */
interface Seen {
  readonly meta: CallMeta;
  readonly others: readonly CallView[];
  readonly series: SeriesBlock | null;
}

/** One live call: what it does or what it waits for. When it ends, its last numbers stay, with how it ended. */
export function CallPage({ id }: { id: string }) {
  const { frame, problem } = useLive<"call">(
    { view: "call", id, limit: MOST_OTHERS },
    { keepPrevious: true },
  );
  const last = useRef<Seen>(null);
  const meta = frame?.meta;
  const seen: Seen | null =
    frame && meta && isHere(meta) ? { meta, others: frame.rows, series: frame.series } : null;
  useEffect(() => {
    if (seen) last.current = seen;
  });
  if (problem) return <EntityRefused noun="call" problem={problem} />;
  if (!meta) return <EntityWaiting id={id} />;
  if (seen) return <CallBody seen={seen} ended={null} />;
  const reason = isHere(meta) ? "" : meta.reason;
  return last.current ? (
    <CallBody seen={last.current} ended={reason} />
  ) : (
    <EntityGone noun="call" id={id} reason={reason} />
  );
}

function isHere(meta: FrameOf["call"]["meta"]): meta is CallMeta {
  return meta.call !== null;
}

function CallBody({ seen: { meta, others, series }, ended }: { seen: Seen; ended: string | null }) {
  const { call, asOf } = meta;
  const isSilent = isSourceSilent(meta.sourceStatus);
  return (
    <PeekProvider>
      {ended === null ? (
        <SourceNotice
          of={{ source: call.source, sourceName: meta.sourceName, asOf }}
          status={meta.sourceStatus}
        />
      ) : (
        <output className="mb-3 block rounded-card border border-line bg-hover px-4 py-2.5">
          <span className="font-medium">This call is over.</span> {ended}{" "}
          <span className="text-dim">Below is what was last seen of it, at {formatClock(asOf)}.</span>
        </output>
      )}
      <div className={cx("flex flex-col gap-4", (isSilent || ended !== null) && "grayscale")}>
        <CallHeading meta={meta} isOver={ended !== null} />
        <CallFigures call={call} asOf={asOf} />
        <CallNeighbours meta={meta} others={others} most={MOST_OTHERS} />
        <CallCharts series={series} events={meta.events} isStale={isSilent || ended !== null} />
        <FactsCard facts={meta.facts} />
        <EventsCard events={meta.events} page={call.consumerId ?? call.streamId} />
      </div>
    </PeekProvider>
  );
}
