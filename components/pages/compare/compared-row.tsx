"use client";
import type { ReactNode } from "react";
import { AppLink } from "@/components/shell/app-link";
import { cx } from "@/components/ui/cx";
import { ReadingValue } from "@/components/ui/reading";
import { StatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import type { Change, ComparedConsumer, Standing } from "@/lib/model/compare";
import type { EpochMs } from "@/lib/model/reading";

const COLORS: Readonly<Record<Change, string>> = {
  worse: "text-crit",
  new: "text-ink",
  gone: "text-dim",
  better: "text-good",
};

/** One consumer, as it stood and as it stands. */
export function ComparedRow({
  row,
  href,
  before,
  after,
}: {
  row: ComparedConsumer;
  href: string;
  before: EpochMs;
  after: EpochMs;
}) {
  const { change, name, system, sourceName, stream, backlogUnit } = row;
  return (
    <tr className="border-line border-b last:border-b-0 max-md:flex max-md:flex-wrap max-md:gap-x-4 max-md:px-4 max-md:py-2.5">
      <td className={cx("font-medium max-md:basis-full md:px-4 md:py-2", COLORS[change])}>{change}</td>
      <td className="min-w-0 max-md:basis-full md:px-3 md:py-2">
        <span className="inline-flex items-baseline gap-2">
          <SystemDot system={system} />
          {/* What is gone is only there before. */}
          <AppLink
            href={href}
            at={row.after === null ? before : after}
            prefetch={false}
            className="break-all hover:underline"
          >
            {name}
          </AppLink>
        </span>
        <span className="block text-dim text-xs">
          {sourceName} · {stream}
        </span>
      </td>
      <td className="md:px-3 md:py-2">
        <ThenAndNow of={row} show={({ status }) => <StatusBadge status={status} />} />
      </td>
      <td className="tabular-nums md:px-3 md:py-2 md:text-right">
        <span className="text-dim text-xs md:hidden">oldest </span>
        <ThenAndNow of={row} show={({ latencyMs }) => <ReadingValue reading={latencyMs} kind="duration" />} />
      </td>
      <td className="tabular-nums md:px-4 md:py-2 md:text-right">
        <span className="text-dim text-xs md:hidden">backlog </span>
        <ThenAndNow
          of={row}
          show={({ backlog }) => (
            <ReadingValue reading={backlog} kind={backlogUnit === "bytes" ? "bytes" : "count"} />
          )}
        />
      </td>
    </tr>
  );
}

function ThenAndNow({
  of: { before, after },
  show,
}: {
  of: ComparedConsumer;
  show: (standing: Standing) => ReactNode;
}) {
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <span className="text-dim">{before === null ? "—" : show(before)}</span>
      <span className="text-faint">
        <span aria-hidden="true">→</span>
        <span className="sr-only">then</span>
      </span>
      <span>{after === null ? "—" : show(after)}</span>
    </span>
  );
}
