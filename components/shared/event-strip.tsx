import type { TimeRange } from "@/components/charts";
import { cx } from "@/components/ui/cx";
import { exactCount, formatClock } from "@/lib/format";
import type { EventView } from "@/lib/model/views";
import { EventLine, eventKey, eventText } from "./event-line";

/** Below this share of the width a name says nothing: it stands in the list only. */
const LEAST_ROOM = 0.07;

/** What happened, named above where it happened; on a phone, and for those who cannot see the charts, as a list. */
export function EventStrip({
  events,
  range: [from, to],
}: {
  events: readonly EventView[];
  range: TimeRange;
}) {
  const inRange = events.filter((event) => event.at >= from && event.at <= to).sort((a, b) => a.at - b.at);
  if (inRange.length === 0) return null;
  return (
    <>
      <div aria-hidden="true" className="relative mb-1 h-4 overflow-hidden text-dim text-xs/4 max-md:hidden">
        {placed(inRange, from, to).map(({ event, start, room, isRight }) => (
          <span
            key={eventKey(event)}
            className={cx("absolute truncate px-1.5", isRight && "text-right")}
            style={{ left: percent(start), width: percent(room) }}
            title={`${formatClock(event.at)} ${eventText(event)}`}
          >
            {event.kind === "status" ? event.after : event.title}
          </span>
        ))}
      </div>
      <ol className="mb-2 text-dim text-xs md:hidden">
        {inRange.slice(-5).map((event) => (
          <EventLine key={eventKey(event)} event={event} now={to} />
        ))}
      </ol>
    </>
  );
}

/** All that happened in the range, newest first: what the names above the charts have no room for. */
export function EventList({ events, range: [from, to] }: { events: readonly EventView[]; range: TimeRange }) {
  const inRange = events.filter((event) => event.at >= from && event.at <= to).sort((a, b) => b.at - a.at);
  if (inRange.length === 0) return null;
  return (
    <details className="mb-2 text-xs max-md:hidden">
      <summary className="text-dim">
        {inRange.length === 1 ? "1 event" : `${exactCount(inRange.length)} events`}
      </summary>
      <ol className="mt-1 flex flex-col gap-0.5">
        {inRange.map((event) => (
          <EventLine key={eventKey(event)} event={event} now={to} />
        ))}
      </ol>
    </details>
  );
}

interface Placed {
  readonly event: EventView;
  /** Shares of the width. */
  readonly start: number;
  readonly room: number;
  /** Stands before its line, at the right edge. */
  readonly isRight: boolean;
}

/** Each name has the room up to the next one. Newer ones have the right of way. */
function placed(events: readonly EventView[], from: number, to: number): Placed[] {
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
