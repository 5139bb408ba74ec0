"use client";
import { parseAsBoolean, parseAsInteger, useQueryStates } from "nuqs";
import { CallsTable } from "@/components/shared/calls/calls-table";
import { EntityGone, EntityRefused, EntityWaiting } from "@/components/shared/entity-gone";
import { FactGroups } from "@/components/shared/fact-groups";
import { PeekProvider } from "@/components/shared/peek/peek-dialog";
import { isSourceSilent, SourceNotice } from "@/components/shared/source-notice";
import { cx } from "@/components/ui/cx";
import { ReadAtProvider } from "@/components/ui/read-at";
import { useLive } from "@/lib/live";
import type { FrameOf, SeriesBlock } from "@/lib/model/live";
import type { ConsumerMeta, PositionView } from "@/lib/model/views";
import { ConsumerCharts } from "./consumer-charts";
import { ConsumerFigures } from "./consumer-figures";
import { ConsumerHeading } from "./consumer-heading";
import { ConsumerStreams } from "./consumer-streams";
import { LanesTable, type LanesView } from "./lanes-table";

const LANES_A_PAGE = 100;
const PARAMS = {
  behind: parseAsBoolean.withDefault(false),
  offset: parseAsInteger.withDefault(0),
};

/** One consumer: what is wrong, since when, why, and in which lane. It appears by itself when the consumer does. */
export function ConsumerPage({ id }: { id: string }) {
  const [{ behind, offset }, setParams] = useQueryStates(PARAMS);
  const { frame, problem } = useLive<"consumer">(
    { view: "consumer", id, behindOnly: behind, limit: LANES_A_PAGE, offset },
    { keepPrevious: true },
  );
  if (problem) return <EntityRefused noun="consumer" problem={problem} />;
  if (!frame) return <EntityWaiting id={id} />;
  if (!isHere(frame.meta)) return <EntityGone noun="consumer" id={id} reason={frame.meta.reason} />;
  return (
    <ConsumerBody
      meta={frame.meta}
      series={frame.series}
      lanes={{
        rows: frame.rows,
        total: frame.meta.lanesTotal,
        offset,
        pageSize: LANES_A_PAGE,
        behindOnly: behind,
        onOffset: (next) => setParams({ offset: next || null }),
        onBehindOnly: (next) => setParams({ behind: next || null, offset: null }),
      }}
    />
  );
}

function isHere(meta: FrameOf["consumer"]["meta"]): meta is ConsumerMeta {
  return meta.consumer !== null;
}

function ConsumerBody({
  meta,
  series,
  lanes,
}: {
  meta: ConsumerMeta;
  series: SeriesBlock | null;
  lanes: LanesView<PositionView>;
}) {
  const isSilent = isSourceSilent(meta.sourceStatus);
  return (
    <PeekProvider>
      <ReadAtProvider at={meta.consumer.asOf}>
        <SourceNotice of={meta.consumer} status={meta.sourceStatus} />
        <div className={cx("flex flex-col gap-4", isSilent && "grayscale")}>
          <ConsumerHeading meta={meta} />
          <div className={cx(isSilent && "[&_dd]:text-dim")}>
            <ConsumerFigures consumer={meta.consumer} />
          </div>
          <ConsumerCharts consumer={meta.consumer} events={meta.events} series={series} isStale={isSilent} />
          {meta.streams.length > 1 && (
            <ConsumerStreams streams={meta.streams} unit={meta.consumer.backlogUnit} />
          )}
          <FactGroups facts={meta.evidence} />
          {meta.consumer.system === "grpc" ? (
            <CallsTable of={{ consumer: meta.consumer.id }} />
          ) : (
            <LanesTable consumer={meta.consumer} members={meta.members.length} lanes={lanes} />
          )}
        </div>
      </ReadAtProvider>
    </PeekProvider>
  );
}
