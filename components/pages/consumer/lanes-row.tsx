import { memo } from "react";
import { backlogParts } from "@/components/shared/backlog-parts";
import { STRIPE, STRIPES } from "@/components/shared/table/stripe";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { ReadingValue } from "@/components/ui/reading";
import { StatusBadge } from "@/components/ui/status-badge";
import { definitionOf, exactCount, UNKNOWN } from "@/lib/format";
import { type Severity, severityOf } from "@/lib/model/status";
import type { BacklogUnit } from "@/lib/model/system";
import type { PositionView } from "@/lib/model/views";

const METERS: Readonly<Record<Severity, string>> = {
  critical: "bg-crit",
  warning: "bg-warn",
  unknown: "bg-faint",
  good: "bg-dim",
};

/** Systems that hand each lane to a reader; JetStream does not say which client a message goes to. */
const ASSIGNING = ["kafka", "grpc"];

/** One lane: a table row from 768 px, a small card under it. `share`: its backlog beside the worst lane's, 0 to 1. */
export const LaneRow = memo(function LaneRow({
  lane,
  system,
  unit,
  share,
  hasParts,
}: {
  lane: PositionView;
  system: string;
  unit: BacklogUnit;
  share: number;
  /** The backlog is told apart (in columns of its own, on a phone under it). */
  hasParts: boolean;
}) {
  const severity = severityOf(lane.status);
  const amount = unit === "bytes" ? "bytes" : "count";
  const parts = hasParts ? backlogParts({ ...lane, system, backlogUnit: unit }) : [];
  const name = lane.label ?? (system === "kafka" ? `${lane.stream} · ${lane.lane}` : lane.stream);
  return (
    <tr
      className={cx(
        "relative border-line border-b last:border-b-0 md:h-9.5",
        "max-md:grid max-md:grid-cols-[minmax(0,1fr)_auto_auto] max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-4 max-md:py-2",
      )}
    >
      <td className={cx("min-w-0 md:pr-3 md:pl-4", STRIPE, STRIPES[severity])}>
        <CutMiddle text={name} />
      </td>
      <td className="min-w-0 max-md:order-1 max-md:text-xs md:px-3">
        {lane.member === null ? (
          <span className="text-faint">{ASSIGNING.includes(system) ? "unassigned" : UNKNOWN}</span>
        ) : (
          <CutMiddle text={lane.member} />
        )}
      </td>
      <td className="max-xl:hidden md:px-3">
        {lane.host === null ? <span className="text-faint">{UNKNOWN}</span> : <CutMiddle text={lane.host} />}
      </td>
      <td className="text-right max-lg:hidden md:px-3">
        <Offset value={lane.head} />
        {lane.stable !== null && lane.head !== null && lane.stable < lane.head && (
          <span
            className="block text-dim text-xs"
            title="Last stable offset: from here on a transaction is open, which readers of committed messages are not given"
          >
            {exactCount(lane.stable)} stable
          </span>
        )}
      </td>
      <td className="text-right max-lg:hidden md:px-3">
        <Offset value={lane.position} />
      </td>
      {parts.map(({ name, reading, definition }) => (
        <td key={name} className="text-right max-lg:hidden md:px-3">
          <ReadingValue reading={reading} kind={amount} definition={definition} />
        </td>
      ))}
      <td className="whitespace-nowrap text-right md:px-3">
        <span className="mr-1.5 text-dim text-xs md:hidden">backlog</span>
        <ReadingValue reading={lane.backlog} kind={amount} definition={definitionOf(system, "backlog")} />
      </td>
      <td className="max-md:hidden md:px-3">
        <span className="block h-1.5 overflow-hidden rounded-full bg-line">
          <span
            className={cx("block h-full rounded-full", METERS[severity])}
            style={{ width: `${(share * 100).toFixed(1)}%` }}
          />
        </span>
      </td>
      <td className="whitespace-nowrap text-right md:px-3">
        <span className="mr-1.5 text-dim text-xs md:hidden">oldest</span>
        <ReadingValue reading={lane.latencyMs} kind="duration" definition={definitionOf(system, "latency")} />
      </td>
      <td className="max-md:order-2 max-md:col-span-2 max-md:text-right md:pr-4 md:pl-3">
        <StatusBadge status={lane.status} />
      </td>
    </tr>
  );
});

function Offset({ value }: { value: number | null }) {
  return value === null ? <span className="text-faint">{UNKNOWN}</span> : exactCount(value);
}
