"use client";
import { CallsTable } from "@/components/shared/calls/calls-table";
import { EventsCard } from "@/components/shared/events-card";
import { FactGroups } from "@/components/shared/fact-groups";
import { isSourceSilent, SourceNotice } from "@/components/shared/source-notice";
import { cx } from "@/components/ui/cx";
import { ReadAtProvider } from "@/components/ui/read-at";
import type { MethodView } from "@/lib/model/call";
import type { ConsumerView, StreamMeta } from "@/lib/model/views";
import { MethodCodes } from "./method-codes";
import { MethodFigures } from "./method-figures";
import { MethodHeat } from "./method-heat";
import { StreamConsumers } from "./stream-consumers";
import { StreamHeading } from "./stream-heading";

/** One gRPC method: what its calls come to, how long they take, how they end, and which of them live. */
export function MethodBody({
  meta,
  method,
  rows,
  onMore,
}: {
  meta: StreamMeta;
  method: MethodView;
  rows: readonly ConsumerView[];
  onMore: (limit: number) => void;
}) {
  const { stream } = meta;
  const isSilent = isSourceSilent(meta.sourceStatus);
  return (
    <ReadAtProvider at={stream.asOf}>
      <SourceNotice of={stream} status={meta.sourceStatus} />
      <div className={cx("flex flex-col gap-4", isSilent && "grayscale")}>
        <StreamHeading meta={meta} />
        <MethodFigures method={method} />
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.9fr)_minmax(0,1fr)]">
          <MethodHeat heat={meta.heat} method={method} isStale={isSilent} />
          <MethodCodes method={method} />
        </div>
        <CallsTable of={{ stream: stream.id }} areShort={method.kind === "unary"} />
        <StreamConsumers rows={rows} total={meta.consumersTotal} onMore={onMore} />
        <FactGroups facts={meta.facts} />
        <EventsCard events={meta.events} page={stream.id} />
      </div>
    </ReadAtProvider>
  );
}
