"use client";
import { CallsTable } from "@/components/shared/calls/calls-table";
import { EntityGone, EntityRefused, EntityWaiting } from "@/components/shared/entity-gone";
import { EventsCard } from "@/components/shared/events-card";
import { PeekProvider } from "@/components/shared/peek/peek-dialog";
import { useLive } from "@/lib/live";
import type { FrameOf } from "@/lib/model/live";
import type { SectionRow } from "@/lib/model/source";
import type { SourceMeta } from "@/lib/model/views";
import { SectionCard } from "./section-card";
import { SectionIndex } from "./section-index";
import { SourceHeading } from "./source-heading";

/** One source: how it is sampled, what it consists of, what happened to it. */
export function SourcePage({ id }: { id: string }) {
  const { frame, problem } = useLive<"source">({ view: "source", id });
  if (problem) return <EntityRefused noun="source" problem={problem} />;
  if (!frame) return <EntityWaiting id={id} />;
  if (!isHere(frame.meta)) return <EntityGone noun="source" id={id} reason={frame.meta.reason} />;
  return <SourceBody meta={frame.meta} rows={frame.rows} />;
}

function isHere(meta: FrameOf["source"]["meta"]): meta is SourceMeta {
  return meta.source !== null;
}

function SourceBody({ meta, rows }: { meta: SourceMeta; rows: readonly SectionRow[] }) {
  const { source, events } = meta;
  const sections = withRows(meta, rows);
  return (
    <PeekProvider>
      <div className="flex flex-col gap-4">
        <SourceHeading source={source} />
        <SectionIndex sections={sections} />
        {source.kind === "grpc" && <CallsTable of={{ source: source.id }} />}
        {sections.map(({ head, rows: own }) => (
          <SectionCard key={head.key} head={head} rows={own} />
        ))}
        <EventsCard events={events} page={source.id} />
      </div>
    </PeekProvider>
  );
}

/** The rows of a frame are those of all sections, one after the other. */
function withRows({ sections }: SourceMeta, rows: readonly SectionRow[]) {
  let from = 0;
  return sections.map((head) => {
    const start = from;
    from += head.rows;
    return { head, rows: rows.slice(start, from) };
  });
}
