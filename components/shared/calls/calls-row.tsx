import { memo, type ReactNode } from "react";
import { CallName } from "@/components/shared/call-name";
import { shortMethod } from "@/components/shared/call-words";
import { STRIPE, STRIPES } from "@/components/shared/table/stripe";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { StatusBadge } from "@/components/ui/status-badge";
import {
  exactCount,
  formatAge,
  formatCount,
  formatCountdown,
  formatDuration,
  formatPerSecond,
  UNKNOWN,
} from "@/lib/format";
import type { CallView } from "@/lib/model/call";
import { severityOf } from "@/lib/model/status";

/** Height of a row, the same for all, here and in the classes below. */
export const CALL_ROW_REM = { wide: 3, narrow: 4 } as const;
const HEIGHT = "h-12 max-md:h-16";
const CARD =
  "max-md:grid max-md:grid-cols-[auto_minmax(0,1fr)_auto] max-md:grid-rows-[auto_auto] max-md:content-center max-md:items-center max-md:gap-x-3 max-md:gap-y-0.5 max-md:px-4";
// A border of the row itself would make it higher than the others' sum.
const ROW = "relative not-last:shadow-[inset_0_-1px_var(--line)]";

/** One live call: a table row from 768 px, two lines under it. `asOf`: what ages are counted to. */
export const CallRow = memo(function CallRow({
  call,
  asOf,
  row,
  hasMethod,
  isHere = false,
}: {
  call: CallView;
  asOf: number;
  /** Its place in the whole list, from 0. */
  row?: number;
  /** The method is written down: rows of several are mixed. */
  hasMethod: boolean;
  /** The page is about this one: no link. */
  isHere?: boolean;
}) {
  const severity = severityOf(call.status);
  const waits = call.waitingMs !== null && call.waitingMs > 0;
  const left = call.deadlineAt === null ? null : call.deadlineAt - asOf;
  return (
    <tr
      aria-rowindex={row === undefined ? undefined : row + 2}
      className={cx(
        ROW,
        HEIGHT,
        CARD,
        isHere ? "bg-hover" : "cursor-pointer hover:bg-hover",
        call.status === "unknown" && "text-dim",
      )}
    >
      <td className={cx("md:pr-3 md:pl-4", STRIPE, STRIPES[severity])}>
        <StatusBadge status={call.status} />
      </td>
      <td className="min-w-0 md:px-3">
        <CallName call={call} hasMethod={hasMethod} isHere={isHere} />
      </td>
      <NumberCell className="max-md:hidden">{ageOf(call.startedAt, asOf)}</NumberCell>
      <NumberCell
        className={cx(
          severity === "critical" && waits ? "font-medium text-crit" : !waits && "text-dim",
          !waits && "max-md:invisible",
        )}
      >
        <span className="md:hidden">waits </span>
        {call.waitingMs === null ? UNKNOWN : waits ? formatDuration(call.waitingMs) : "none"}
      </NumberCell>
      <NumberCell
        className="max-md:hidden"
        beneath={call.unread === null || call.unread === 0 ? null : `${formatCount(call.unread)} unread`}
        title={call.unread === null ? "Unread ones are not told" : `${exactCount(call.unread)} unread`}
      >
        {known(call.queued, exactCount)}
      </NumberCell>
      <Flow perSecond={call.sentPerSecond} total={call.sent} lastAt={call.lastSentAt} asOf={asOf} />
      <Flow
        perSecond={call.receivedPerSecond}
        total={call.received}
        lastAt={call.lastReceivedAt}
        asOf={asOf}
      />
      <NumberCell className="max-lg:hidden md:pr-4">
        {left === null ? UNKNOWN : left <= 0 ? "passed" : formatCountdown(left)}
      </NumberCell>
      <td className="col-span-3 flex min-w-0 whitespace-pre text-dim text-xs md:hidden">
        {hasMethod && <CutMiddle text={shortMethod(call.method)} />}
        <span className="shrink-0">
          {hasMethod && " · "}queued {known(call.queued, exactCount)} · {busierWay(call)}
        </span>
      </td>
    </tr>
  );
});

/** Where there is room for one direction only. */
function busierWay({ sentPerSecond, receivedPerSecond }: CallView): string {
  return (receivedPerSecond ?? 0) > (sentPerSecond ?? 0)
    ? `received ${known(receivedPerSecond, formatPerSecond)}`
    : `sent ${known(sentPerSecond, formatPerSecond)}`;
}

/** Of a call that is not here yet: as high as one that is. */
export function PlaceholderRow({ row }: { row: number }) {
  return (
    <tr aria-rowindex={row + 2} aria-busy="true" className={cx(ROW, HEIGHT, CARD)}>
      <td className="text-faint md:pr-3 md:pl-4">…</td>
      <td className="md:px-3">
        <span className="block h-2 w-40 max-w-full rounded-full bg-line" />
      </td>
    </tr>
  );
}

/** Messages one way: a second, and under that in all and when the last one was. */
function Flow(props: {
  perSecond: number | null;
  total: number | null;
  lastAt: number | null;
  asOf: number;
}) {
  const { perSecond, total, lastAt, asOf } = props;
  const last = lastAt === null ? UNKNOWN : `${ageOf(lastAt, asOf)} ago`;
  return (
    <NumberCell
      className="max-md:hidden"
      beneath={total === 0 ? "none yet" : `${known(total, formatCount)} · ${last}`}
      title={total === null ? undefined : `${exactCount(total)} in all`}
    >
      <span className={perSecond === 0 ? "text-dim" : undefined}>{known(perSecond, formatPerSecond)}</span>
    </NumberCell>
  );
}

function NumberCell(props: {
  className?: string | undefined;
  beneath?: string | null;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    <td className={cx("whitespace-nowrap text-right md:px-3", props.className)} title={props.title}>
      {props.children}
      {props.beneath && <span className="block truncate text-dim text-xs/4">{props.beneath}</span>}
    </td>
  );
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}

function ageOf(at: number | null, asOf: number): string {
  return at === null ? UNKNOWN : formatAge(asOf - at);
}
