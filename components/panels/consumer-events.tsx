import type { TimeRange } from "@/components/charts";
import { cx } from "@/components/ui/cx";
import { exactCount, formatClock } from "@/lib/format";
import type { SourceEvent } from "@/lib/model/source";

/** Below this share of the width a name says nothing: it stands in the list only. */
const LEAST_ROOM = 0.07;

/** What happened, named above where it happened; on a phone, and for those who cannot see the charts, as a list. */
export function EventStrip({
  events,
  range: [from, to],
}: {
  events: readonly SourceEvent[];
  range: TimeRange;
}) {
  const inRange = events.filter((event) => event.at >= from && event.at <= to).sort((a, b) => a.at - b.at);
  if (inRange.length === 0) return null;
  return (
    <>
      <div aria-hidden="true" className="relative mb-1 h-4 overflow-hidden text-dim text-xs/4 max-md:hidden">
        {placed(inRange, from, to).map(({ event, start, room, isRight }) => (
          <span
            key={`${event.at} ${event.title}`}
            className={cx("absolute truncate px-1.5", isRight && "text-right")}
            style={{ left: percent(start), width: percent(room) }}
            title={`${formatClock(event.at)} ${eventText(event)}`}
          >
            {event.title}
          </span>
        ))}
      </div>
      <ol className="mb-2 text-dim text-xs md:hidden">
        {inRange.slice(-5).map((event) => (
          <EventLine key={`${event.at} ${event.title}`} event={event} />
        ))}
      </ol>
    </>
  );
}

/** All that happened in the range, newest first: what the names above the charts have no room for. */
export function EventList({
  events,
  range: [from, to],
}: {
  events: readonly SourceEvent[];
  range: TimeRange;
}) {
  const inRange = events.filter((event) => event.at >= from && event.at <= to).sort((a, b) => b.at - a.at);
  if (inRange.length === 0) return null;
  return (
    <details className="mb-2 text-xs max-md:hidden">
      <summary className="text-dim">
        {inRange.length === 1 ? "1 event" : `${exactCount(inRange.length)} events`}
      </summary>
      <ol className="mt-1 flex flex-col gap-0.5">
        {inRange.map((event) => (
          <EventLine key={`${event.at} ${event.title}`} event={event} />
        ))}
      </ol>
    </details>
  );
}

function EventLine({ event }: { event: SourceEvent }) {
  return (
    <li className="break-words">
      <span className="text-dim">{formatClock(event.at)}</span> {eventText(event)}
    </li>
  );
}

/** `retention.ms of orders was changed: 7 d 00 h → 1 h 00 m` */
function eventText({ title, before, after }: SourceEvent): string {
  return before === undefined || after === undefined ? title : `${title}: ${before} → ${after}`;
}

interface Placed {
  readonly event: SourceEvent;
  /** Shares of the width. */
  readonly start: number;
  readonly room: number;
  /** Stands before its line, at the right edge. */
  readonly isRight: boolean;
}

/** Each name has the room up to the next one. Newer ones have the right of way. */
function placed(events: readonly SourceEvent[], from: number, to: number): Placed[] {
  const kept: Placed[] = [];
  let free = 1;
  for (const event of events.toReversed()) {
    const at = (event.at - from) / (to - from);
    const isRight = kept.length === 0 && 1 - at < 2 * LEAST_ROOM;
    const start = isRight ? Math.max(0, at - 3 * LEAST_ROOM) : at;
    const room = (isRight ? at : free) - start;
    if (room < LEAST_ROOM) continue;
    kept.push({ event, start, room, isRight });
    free = start;
  }
  return kept;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
