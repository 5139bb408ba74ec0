import { memo, type ReactNode } from "react";
import { streamHref } from "@/components/shared/entity-href";
import { VerdictLine } from "@/components/shared/verdict-line";
import { AppLink } from "@/components/shell/app-link";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { ReadingValue } from "@/components/ui/reading";
import { SystemDot } from "@/components/ui/system-dot";
import { definitionOf, exactCount } from "@/lib/format";
import type { StreamView } from "@/lib/model/views";

/** One stream: a table row from 768 px, a small card under it. */
export const StreamRow = memo(function StreamRow({ stream }: { stream: StreamView }) {
  const { system, sourceName, account, kind, detail } = stream;
  const where = [sourceName, account, kind, detail].filter((part) => part !== null).join(" · ");
  return (
    <tr
      className={cx(
        "border-line border-b last:border-b-0 hover:bg-hover md:h-[3.375rem]",
        "max-md:grid max-md:grid-cols-[auto_auto_1fr] max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-4 max-md:py-2.5",
      )}
    >
      <td className="max-md:col-span-3 md:pr-3 md:pl-4">
        <div className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-2">
          <SystemDot system={system} named />
          <AppLink
            href={streamHref(stream.id)}
            prefetch={false}
            className="min-w-0 font-medium hover:underline"
          >
            <CutMiddle text={stream.name} />
          </AppLink>
          {stream.verdict.severity === "good" ? (
            <span className="col-start-2 truncate text-dim text-xs" title={where}>
              {where}
            </span>
          ) : (
            <VerdictLine verdict={stream.verdict} className="col-start-2 text-xs" />
          )}
        </div>
      </td>
      <Figure className="max-md:hidden">{exactCount(stream.lanes)}</Figure>
      <Figure className="max-md:hidden">
        {stream.consumers === 0 ? (
          <span className="text-dim">0</span>
        ) : (
          <AppLink
            prefetch={false}
            className="underline decoration-line underline-offset-4 hover:decoration-ink"
            href={`/consumers?${new URLSearchParams({ source: stream.source, q: stream.name })}`}
            aria-label={`${stream.consumers} consumers of ${stream.name}`}
          >
            {exactCount(stream.consumers)}
          </AppLink>
        )}
      </Figure>
      <Figure label="in /s">
        <ReadingValue reading={stream.inPerSecond} kind="rate" definition={definitionOf(system, "in")} />
      </Figure>
      <Figure label="out /s">
        <ReadingValue reading={stream.outPerSecond} kind="rate" definition={definitionOf(system, "out")} />
      </Figure>
      <Figure label="holds">
        <ReadingValue reading={stream.retained} kind="count" definition={definitionOf(system, "retained")} />
      </Figure>
    </tr>
  );
});

/** A number on the right of its column; named beside it where there are no column heads. */
function Figure({ label, className, children }: { label?: string; className?: string; children: ReactNode }) {
  return (
    <td className={cx("whitespace-nowrap text-right md:px-3 md:last:pr-4", className)}>
      {label && <span className="mr-1.5 text-dim text-xs md:hidden">{label}</span>}
      {children}
    </td>
  );
}
