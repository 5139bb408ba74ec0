import { type ComponentProps, memo, type ReactNode, type Ref } from "react";
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
import { CONSUMER_COLUMNS } from "./consumer-table-head";

// Off the screen a row is neither laid out nor painted; it is still found, selected and read out. As high as it will be, so
// that nothing moves when it comes.
const LEFT_OUT = "[content-visibility:auto]";
const HEIGHT = "[contain-intrinsic-block-size:auto_4.875rem] md:[contain-intrinsic-block-size:auto_3rem]";
const HEIGHT_WITH_REASON =
  "[contain-intrinsic-block-size:auto_7.875rem] md:[contain-intrinsic-block-size:auto_5rem]";

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
  isNarrow,
  ref,
  index,
}: {
  consumer: ConsumerView;
  /** Told by whoever renders all rows: what only the other width shows is not kept up for nobody. */
  isNarrow: boolean;
  /** For measuring, where only the rows on the screen are rendered. */
  ref?: Ref<HTMLTableRowElement> | undefined;
  index?: number | undefined;
}) {
  const { system, status, isCurrent, ignored } = consumer;
  const severity = ignored ? "good" : severityOf(status);
  // Trouble says why, where it is seen.
  const hasReason = severity !== "good" || (!ignored && !isCurrent);
  return (
    // What is no longer current was read when its source was last sampled.
    <ReadAtProvider at={isCurrent ? null : consumer.asOf}>
      <tr
        ref={ref}
        data-index={index}
        aria-rowindex={index === undefined ? undefined : index + 2}
        className={cx(
          "relative cursor-pointer border-line border-b last:border-b-0 hover:bg-hover",
          CONSUMER_COLUMNS,
          "max-md:grid-cols-[minmax(0,1fr)_auto_auto] max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-4 max-md:py-2.5",
          "md:min-h-[3.375rem]",
          LEFT_OUT,
          hasReason ? HEIGHT_WITH_REASON : HEIGHT,
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
          <ConsumerName {...nameOf(consumer)} />
          {hasReason && !isNarrow && <Reason consumer={consumer} />}
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
        {isNarrow && (
          <td className="order-2 col-span-3 text-xs">
            {hasReason ? (
              <Reason consumer={consumer} />
            ) : (
              <span className="block truncate text-dim">
                <SentenceText>{consumer.because}</SentenceText>
              </span>
            )}
          </td>
        )}
      </tr>
    </ReadAtProvider>
  );
});

/** The sentence, and since when it has been true. Two lines on a wide screen, so that no row changes its height. */
function Reason({ consumer }: { consumer: ConsumerView }) {
  const { because, since, isCurrent, asOf, folded } = consumer;
  return (
    <p
      className="line-clamp-4 text-pretty text-xs md:mb-1.5 md:ml-[1.0625rem] md:line-clamp-2 md:min-h-8"
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

function nameOf(consumer: ConsumerView): ComponentProps<typeof ConsumerName> {
  const { id, name, system, sourceName, account, stream, kind, detail, folded } = consumer;
  const shared = { system, sourceName, account };
  return folded
    ? {
        ...shared,
        href: foldedHref(consumer),
        title: `Show the ${exactCount(folded.count)}`,
        text: `${stream}: ${exactCount(folded.count)} consumers`,
        stream: `the same on ${stream || "no stream"}`,
        kind: null,
        detail: null,
      }
    : { ...shared, href: consumerHref(id), title: name, text: name, stream, kind, detail };
}

/** Links are dear, and a name stays while its numbers change. */
const ConsumerName = memo(function ConsumerName({
  href,
  title,
  text,
  system,
  sourceName,
  account,
  stream,
  kind,
  detail,
}: Pick<ConsumerView, "system" | "sourceName" | "account" | "stream" | "detail"> & {
  href: string;
  title: string;
  text: string;
  kind: string | null;
}) {
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-2 md:pt-1.5 md:last:pb-1.5">
      <SystemDot system={system} named />
      <AppLink href={href} prefetch={false} title={title} className="min-w-0 font-medium">
        <CutMiddle text={text} />
      </AppLink>
      <WhereLine
        before={[sourceName, account]}
        name={stream}
        after={[kind, detail]}
        className="col-start-2"
      />
    </div>
  );
});

/** A number on the right of its column; named beside it where there are no column heads. */
function Figure({ label, className, children }: { label?: string; className?: string; children: ReactNode }) {
  return (
    <td className={cx("whitespace-nowrap text-right md:px-3", className)}>
      {label && <span className="mr-1.5 text-dim text-xs md:hidden">{label}</span>}
      {children}
    </td>
  );
}
