import type { TimeRange } from "@/components/charts";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
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
            title={`${formatClock(event.at)} ${event.title}`}
          >
            {event.title}
          </span>
        ))}
      </div>
      <ol className="mb-2 text-dim text-xs md:sr-only">
        {inRange.slice(-5).map((event) => (
          <li key={`${event.at} ${event.title}`}>
            {formatClock(event.at)} {event.title}
          </li>
        ))}
      </ol>
    </>
  );
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
