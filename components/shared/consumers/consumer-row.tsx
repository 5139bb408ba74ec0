import { memo, type ReactNode, type Ref } from "react";
import { consumerHref, foldedHref } from "@/components/shared/entity-href";
import { STRIPE, STRIPES } from "@/components/shared/table/stripe";
import { WhereLine } from "@/components/shared/where-line";
import { AppLink } from "@/components/shell/app-link";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { ReadAtProvider } from "@/components/ui/read-at";
import { ReadingValue } from "@/components/ui/reading";
import { SentenceText, useSentenceTitle } from "@/components/ui/sentence";
import { Sparkline } from "@/components/ui/sparkline";
import { StatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { definitionOf, exactCount, formatClock, formatDrain } from "@/lib/format";
import { type Drain, severityOf } from "@/lib/model/status";
import type { ConsumerView } from "@/lib/model/views";

const DRAIN_TITLES: Readonly<Record<Drain["kind"], string>> = {
  none: "Nothing to drain.",
  in: "At the pace of the last minute or the last few moves.",
  steady: "What waits is what the reader has in hand: it neither grows nor piles up.",
  never: "No end in sight: the backlog does not shrink.",
  unknown: "Not known yet.",
};

/** One consumer: a table row from 768 px, a small card under it. A click anywhere on it follows its link (consumer-rows). */
export const ConsumerRow = memo(function ConsumerRow({
  consumer,
  ref,
  index,
}: {
  consumer: ConsumerView;
  /** For measuring, where only the rows on the screen are rendered. */
  ref?: Ref<HTMLTableRowElement> | undefined;
  index?: number | undefined;
}) {
  const { system, status, isCurrent, ignored } = consumer;
  const severity = ignored ? "good" : severityOf(status);
  return (
    // What is no longer current was read when its source was last sampled.
    <ReadAtProvider at={isCurrent ? null : consumer.asOf}>
      <tr
        ref={ref}
        data-index={index}
        aria-rowindex={index === undefined ? undefined : index + 2}
        className={cx(
          "relative cursor-pointer border-line border-b last:border-b-0 hover:bg-hover",
          "max-md:grid max-md:grid-cols-[minmax(0,1fr)_auto_auto] max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-4 max-md:py-2.5",
          "md:h-[3.375rem]",
          (status === "unknown" || !isCurrent || ignored) && "text-dim",
        )}
      >
        <td className={cx("max-[23rem]:col-span-3 md:pr-3 md:pl-4", STRIPE, STRIPES[severity])}>
          <span className={cx(ignored && "grayscale")}>
            <StatusBadge status={status} because={consumer.because} />
          </span>
          {ignored && (
            <span className="text-xs max-md:ml-2 md:block" title="Set under limits: counted nowhere.">
              ignored
            </span>
          )}
        </td>
        <td className="min-w-0 max-md:order-1 max-md:col-span-3 md:px-3">
          <ConsumerName consumer={consumer} />
          {hasReason(consumer) && <Reason consumer={consumer} className="max-md:hidden" />}
        </td>
        <Figure label="oldest">
          <ReadingValue
            reading={consumer.latencyMs}
            kind="duration"
            definition={definitionOf(system, "latency")}
          />
        </Figure>
        <Figure label="backlog">
          <ReadingValue
            reading={consumer.backlog}
            kind={consumer.backlogUnit === "bytes" ? "bytes" : "count"}
            definition={definitionOf(system, "backlog")}
          />
        </Figure>
        <Figure className="max-md:hidden">
          <ReadingValue reading={consumer.inPerSecond} kind="rate" definition={definitionOf(system, "in")} />
        </Figure>
        <Figure className="max-md:hidden">
          <ReadingValue
            reading={consumer.outPerSecond}
            kind="rate"
            definition={definitionOf(system, "out")}
          />
        </Figure>
        <Figure className="max-lg:hidden">
          <span title={DRAIN_TITLES[consumer.drain.kind]}>{formatDrain(consumer.drain)}</span>
        </Figure>
        <td className="pr-4 pl-3 text-right max-lg:hidden">
          <Sparkline
            values={consumer.spark}
            color={isCurrent && !ignored ? `var(--${system})` : "var(--faint)"}
            label={`Backlog of ${consumer.name}, last 15 minutes`}
          />
        </td>
        <td className="order-2 col-span-3 text-xs md:hidden">
          {hasReason(consumer) ? (
            <Reason consumer={consumer} />
          ) : (
            <span className="block truncate text-dim">
              <SentenceText>{consumer.because}</SentenceText>
            </span>
          )}
        </td>
      </tr>
    </ReadAtProvider>
  );
});

/** Trouble says why, where it is seen. */
function hasReason({ status, ignored, isCurrent }: ConsumerView): boolean {
  return !ignored && (severityOf(status) !== "good" || !isCurrent);
}

/** The sentence, and since when it has been true. Two lines on a wide screen, so that no row changes its height. */
function Reason({ consumer, className }: { consumer: ConsumerView; className?: string }) {
  const { because, since, isCurrent, asOf, folded } = consumer;
  return (
    <p
      className={cx(
        "line-clamp-4 text-pretty text-xs md:mb-1.5 md:ml-[1.0625rem] md:line-clamp-2 md:min-h-8",
        className,
      )}
      {...useSentenceTitle(because)}
    >
      {isCurrent
        ? since !== null && <span className="text-dim">since {formatClock(since)} · </span>
        : asOf !== null && <span className="text-dim">last known at {formatClock(asOf)} · </span>}
      {folded && <span className="text-dim">worst: {folded.worst.name} · </span>}
      <SentenceText>{because}</SentenceText>
    </p>
  );
}

function ConsumerName({ consumer }: { consumer: ConsumerView }) {
  const { id, name, sourceName, account, stream, kind, detail, folded } = consumer;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-2 md:pt-1.5 md:last:pb-1.5">
      <SystemDot system={consumer.system} named />
      <AppLink
        href={folded ? foldedHref(consumer) : consumerHref(id)}
        prefetch={false}
        title={folded ? `Show the ${exactCount(folded.count)}` : name}
        className="min-w-0 font-medium"
      >
        <CutMiddle text={folded ? `${stream}: ${exactCount(folded.count)} consumers` : name} />
      </AppLink>
      <WhereLine
        before={[sourceName, account]}
        name={folded ? `the same on ${stream || "no stream"}` : stream}
        after={folded ? [] : [kind, detail]}
        className="col-start-2"
      />
    </div>
  );
}

/** A number on the right of its column; named beside it where there are no column heads. */
function Figure({ label, className, children }: { label?: string; className?: string; children: ReactNode }) {
  return (
    <td className={cx("whitespace-nowrap text-right md:px-3", className)}>
      {label && <span className="mr-1.5 text-dim text-xs md:hidden">{label}</span>}
      {children}
    </td>
  );
}
