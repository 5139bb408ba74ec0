import { memo, type ReactNode, type Ref } from "react";
import { AppLink } from "@/components/shell/app-link";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { ReadingValue } from "@/components/ui/reading";
import { Sparkline } from "@/components/ui/sparkline";
import { StatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { definitionOf, formatDrain } from "@/lib/format";
import { type Drain, type Severity, severityOf } from "@/lib/model/status";
import type { ConsumerView } from "@/lib/model/views";
import { consumerHref } from "./entity-href";
import { WhereLine } from "./where-line";

/** The left edge of a row by severity, so that trouble is seen before it is read. */
export const STRIPES: Readonly<Record<Severity, string>> = {
  critical: "before:bg-crit",
  warning: "before:bg-warn",
  unknown: "before:bg-transparent",
  good: "before:bg-transparent",
};
export const STRIPE = "before:absolute before:inset-y-0 before:left-0 before:w-[3px]";

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
  const { system, status } = consumer;
  const severity = severityOf(status);
  return (
    <tr
      ref={ref}
      data-index={index}
      aria-rowindex={index === undefined ? undefined : index + 2}
      className={cx(
        "relative cursor-pointer border-line border-b last:border-b-0 hover:bg-hover",
        "max-md:grid max-md:grid-cols-[minmax(0,1fr)_auto_auto] max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-4 max-md:py-2.5",
        "md:h-[3.375rem]",
        status === "unknown" && "text-dim",
      )}
    >
      <td className={cx("max-[23rem]:col-span-3 md:pr-3 md:pl-4", STRIPE, STRIPES[severity])}>
        <StatusBadge status={status} title={consumer.because} />
      </td>
      <td className="min-w-0 max-md:order-1 max-md:col-span-3 md:px-3">
        <ConsumerName consumer={consumer} />
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
        <ReadingValue reading={consumer.outPerSecond} kind="rate" definition={definitionOf(system, "out")} />
      </Figure>
      <Figure className="max-lg:hidden">
        <span title={DRAIN_TITLES[consumer.drain.kind]}>{formatDrain(consumer.drain)}</span>
      </Figure>
      <td className="pr-4 pl-3 text-right max-lg:hidden">
        <Sparkline
          values={consumer.spark}
          color={`var(--${system})`}
          label={`Backlog of ${consumer.name}, last 15 minutes`}
        />
      </td>
      <td
        className={cx(
          "order-2 col-span-3 text-xs md:hidden",
          severity === "good" ? "truncate text-dim" : "text-pretty",
        )}
      >
        {consumer.because}
      </td>
    </tr>
  );
});

function ConsumerName({ consumer }: { consumer: ConsumerView }) {
  const { sourceName, account, stream, kind, detail } = consumer;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-2">
      <SystemDot system={consumer.system} named />
      <AppLink href={consumerHref(consumer.id)} prefetch={false} className="min-w-0 font-medium">
        <CutMiddle text={consumer.name} />
      </AppLink>
      <WhereLine
        before={[sourceName, account]}
        name={stream}
        after={[kind, detail]}
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
