import type { ReactNode } from "react";
import { consumerHref } from "@/components/shared/entity-href";
import { AppLink } from "@/components/shell/app-link";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { ReadingValue } from "@/components/ui/reading";
import { definitionOf, exactCount, formatRate } from "@/lib/format";
import type { SystemView } from "@/lib/model/views";
import { SystemCalls } from "./system-calls";
import type { PanelMeasure } from "./system-series";

/** The present numbers of one panel: one large, the rest beside it. What finds no room is left out, not cut. */
export function SystemValues({ measure, view }: { measure: PanelMeasure; view: SystemView | undefined }) {
  if (!view) return <Line big={<span className="text-faint">—</span>} />;
  switch (measure) {
    case "throughput":
      return <Throughput view={view} />;
    case "latency":
      return <Latency view={view} />;
    case "backlog":
      return <Backlog view={view} />;
  }
}

function Throughput({ view }: { view: SystemView }) {
  const { system } = view;
  return (
    <Line
      big={
        <ReadingValue
          reading={view.inPerSecond}
          kind="rate"
          unit="in /s"
          definition={definitionOf(system, "in")}
        />
      }
    >
      <span>
        out{" "}
        <ReadingValue
          reading={view.outPerSecond}
          kind="rate"
          definition={definitionOf(system, "out")}
          className="text-ink"
        />
      </span>
      {isDueApart(view) && (
        <span>
          due{" "}
          <ReadingValue reading={view.duePerSecond} kind="rate" definition={definitionOf(system, "due")} />
        </span>
      )}
      {view.aside.map((one) => (
        <span key={one.label}>
          {one.label} in <ReadingValue reading={one.inPerSecond} kind="rate" /> out{" "}
          <ReadingValue reading={one.outPerSecond} kind="rate" />
        </span>
      ))}
    </Line>
  );
}

/** Due is worth a number of its own only where streams have several consumers or none. */
function isDueApart({ inPerSecond, duePerSecond }: SystemView): boolean {
  if (inPerSecond.value === null || duePerSecond.value === null) return false;
  return Math.abs(duePerSecond.value - inPerSecond.value) > 0.01 * inPerSecond.value;
}

function Latency({ view }: { view: SystemView }) {
  const { system, worst } = view;
  return (
    <Line
      big={
        <ReadingValue reading={view.latencyMs} kind="duration" definition={definitionOf(system, "latency")} />
      }
    >
      {worst && view.latencyMs.value !== null && (
        <AppLink
          href={consumerHref(worst.id)}
          prefetch={false}
          className="min-w-0 max-w-full hover:text-ink hover:underline"
        >
          <CutMiddle text={worst.name} title={`${worst.name}: the consumer with the oldest unread message`} />
        </AppLink>
      )}
    </Line>
  );
}

function Backlog({ view }: { view: SystemView }) {
  return (
    <Line
      big={
        <ReadingValue reading={view.backlog} kind="count" definition={definitionOf(view.system, "backlog")} />
      }
    >
      {view.calls && <SystemCalls calls={view.calls} />}
      {view.backlogPerSecond !== null && <Trend perSecond={view.backlogPerSecond} />}
    </Line>
  );
}

function Trend({ perSecond }: { perSecond: number }) {
  const rounded = Math.round(perSecond);
  if (rounded === 0) return <span title="The backlog neither grows nor shrinks.">steady</span>;
  const grows = rounded > 0;
  return (
    <span
      className={cx("inline-flex items-center gap-1", grows ? "text-warn" : "text-good")}
      title={`The backlog ${grows ? "grows" : "shrinks"} by ${exactCount(Math.abs(perSecond))} a second.`}
    >
      <Icon name={grows ? "up" : "down"} className="size-[0.8em]" />
      {grows ? "+" : "−"}
      {formatRate(Math.abs(rounded))}/s
    </span>
  );
}

/**
 * One line, or two where columns are narrow. Its height is fixed, so what finds no room is on a line below the edge: left
 * out, not cut.
 */
function Line({ big, children }: { big: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex h-9.5 flex-wrap items-baseline gap-x-3 overflow-hidden text-dim text-xs leading-4 md:h-11 lg:h-7 lg:leading-7">
      <span className="font-semibold text-[1.0625rem] text-ink leading-5.5 tracking-tight max-lg:w-full md:text-big md:leading-7">
        {big}
      </span>
      {children}
    </div>
  );
}
