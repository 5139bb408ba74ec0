"use client";
import { parseAsInteger, useQueryState } from "nuqs";
import { EntityGone, EntityRefused, EntityWaiting } from "@/components/shared/entity-gone";
import { EventsCard } from "@/components/shared/events-card";
import { FactGroups } from "@/components/shared/fact-groups";
import { PeekProvider } from "@/components/shared/peek/peek-dialog";
import { isSourceSilent, SourceNotice } from "@/components/shared/source-notice";
import { cx } from "@/components/ui/cx";
import { ReadAtProvider } from "@/components/ui/read-at";
import { useLive } from "@/lib/live";
import type { FrameOf } from "@/lib/model/live";
import type { ConsumerView, StreamMeta } from "@/lib/model/views";
import { MethodBody } from "./method-body";
import { StreamConsumers } from "./stream-consumers";
import { StreamFigures } from "./stream-figures";
import { StreamHeading } from "./stream-heading";

const FIRST_PAGE = 50;

/** One stream: what flows through it, what limits it, who reads it, what happened to it. */
export function StreamPage({ id }: { id: string }) {
  const [limit, setLimit] = useQueryState("limit", parseAsInteger.withDefault(FIRST_PAGE));
  const { frame, problem } = useLive<"stream">({ view: "stream", id, limit }, { keepPrevious: true });
  if (problem) return <EntityRefused noun="stream" problem={problem} />;
  if (!frame) return <EntityWaiting id={id} />;
  const { meta, rows } = frame;
  if (!isHere(meta)) return <EntityGone noun="stream" id={id} reason={meta.reason} />;
  return meta.method === null ? (
    <StreamBody meta={meta} rows={rows} onMore={setLimit} />
  ) : (
    <MethodBody meta={meta} method={meta.method} rows={rows} onMore={setLimit} />
  );
}

function isHere(meta: FrameOf["stream"]["meta"]): meta is StreamMeta {
  return meta.stream !== null;
}

function StreamBody({
  meta,
  rows,
  onMore,
}: {
  meta: StreamMeta;
  rows: readonly ConsumerView[];
  onMore: (limit: number) => void;
}) {
  const { stream } = meta;
  return (
    <PeekProvider>
      <ReadAtProvider at={stream.asOf}>
        <SourceNotice of={stream} status={meta.sourceStatus} />
        <div className={cx("flex flex-col gap-4", isSourceSilent(meta.sourceStatus) && "grayscale")}>
          <StreamHeading meta={meta} />
          <StreamFigures meta={meta} />
          <div className="max-md:order-1 empty:hidden">
            <FactGroups facts={meta.facts} />
          </div>
          <StreamConsumers rows={rows} total={meta.consumersTotal} onMore={onMore} />
          <div className="max-md:order-2">
            <EventsCard events={meta.events} page={stream.id} />
          </div>
        </div>
      </ReadAtProvider>
    </PeekProvider>
  );
}
