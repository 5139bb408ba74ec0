import { consumerHref, sourceHref, streamHref } from "@/components/shared/entity-href";
import { PeekButton } from "@/components/shared/peek/peek-dialog";
import { STRIPE, STRIPES } from "@/components/shared/table/stripe";
import { AppLink } from "@/components/shell/app-link";
import { cx } from "@/components/ui/cx";
import { SourceStatusBadge, StatusBadge } from "@/components/ui/status-badge";
import { SystemDot } from "@/components/ui/system-dot";
import { formatClock, formatDuration, formatMoment, formatTimestamp } from "@/lib/format";
import { SOURCE_STATUSES, type SourceStatus } from "@/lib/model/source";
import { type Severity, STATUSES, type Status } from "@/lib/model/status";
import type { EventRow } from "@/lib/model/views";

/** Told so much later than it began, an event says both times. */
const LATER_MS = 1_000;

/** One thing that happened: when, to whom, what it was and became, and why. */
export function EventsRow({ event, now }: { event: EventRow; now: number }) {
  const severity: Severity = event.severity ?? "good";
  return (
    <li
      className={cx(
        "relative grid gap-x-4 gap-y-0.5 border-line border-b px-4 py-2 last:border-b-0",
        "md:grid-cols-[4.5rem_minmax(10rem,18rem)_minmax(0,1fr)]",
        STRIPE,
        STRIPES[severity],
      )}
    >
      <span className="text-dim" title={formatTimestamp(event.at)}>
        {formatMoment(event.at, now)}
      </span>
      <Who event={event} />
      <div className="min-w-0 max-md:text-xs">
        <Change event={event} />
        <p className="text-pretty break-words">
          {event.title}
          <Times event={event} />
          {event.peek && (
            <>
              {" "}
              · <PeekButton target={event.peek} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function Who({ event }: { event: EventRow }) {
  const { system, source, sourceName, entity, consumerId, streamId } = event;
  const href =
    consumerId !== undefined
      ? consumerHref(consumerId)
      : streamId !== undefined
        ? streamHref(streamId)
        : null;
  return (
    <div className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] content-start items-baseline gap-x-2">
      <SystemDot system={system} named />
      {entity === null ? null : href === null ? (
        <span className="truncate font-medium" title={entity}>
          {entity}
        </span>
      ) : (
        <AppLink href={href} prefetch={false} title={entity} className="truncate font-medium hover:underline">
          {entity}
        </AppLink>
      )}
      <AppLink
        href={sourceHref(source)}
        prefetch={false}
        className={cx(
          "col-start-2 truncate hover:underline",
          entity === null ? "font-medium" : "text-dim text-xs hover:text-ink",
        )}
      >
        {sourceName}
      </AppLink>
    </div>
  );
}

/** Before → after, as the lamps of the tables where it is a status. */
function Change({ event: { kind, before, after } }: { event: EventRow }) {
  if (after === undefined) return null;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      {before !== undefined && (
        <>
          <State kind={kind} text={before} />
          <span aria-hidden="true" className="text-dim">
            →
          </span>
          <span className="sr-only">became</span>
        </>
      )}
      <State kind={kind} text={after} />
    </p>
  );
}

function State({ kind, text }: { kind: string; text: string }) {
  if (kind === "status" && isStatus(text)) return <StatusBadge status={text} />;
  if (kind === "outage" && isSourceStatus(text)) return <SourceStatusBadge status={text} />;
  return <span className="font-medium">{text}</span>;
}

function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}

function isSourceStatus(text: string): text is SourceStatus {
  return (SOURCE_STATUSES as readonly string[]).includes(text);
}

function Times({ event: { at, began, lastedMs } }: { event: EventRow }) {
  const parts = [
    began !== undefined && at - began > LATER_MS && lastedMs === undefined && `since ${formatClock(began)}`,
    lastedMs !== undefined &&
      began !== undefined &&
      `from ${formatClock(began)}, ${formatDuration(lastedMs)} long`,
  ].filter(Boolean);
  return parts.length === 0 ? null : <span className="text-dim"> · {parts.join(" · ")}</span>;
}
