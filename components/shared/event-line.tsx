import { PeekButton } from "@/components/shared/peek/peek-dialog";
import { AppLink } from "@/components/shell/app-link";
import { formatMoment, formatTimestamp } from "@/lib/format";
import type { SourceEvent } from "@/lib/model/source";
import type { EventView } from "@/lib/model/views";
import { consumerHref, streamHref } from "./entity-href";

/**
 * One thing that happened: when, what, and the message it is about. `page`: the id of whose page this is; what happened
 * to something else is a link to that.
 */
export function EventLine({ event, now, page }: { event: EventView; now: number; page?: string }) {
  const href = page === undefined ? null : hrefOf(event, page);
  return (
    <li className="break-words">
      <span className="text-dim" title={formatTimestamp(event.at)}>
        {formatMoment(event.at, now)}
      </span>{" "}
      {href === null ? (
        eventText(event)
      ) : (
        <AppLink href={href} prefetch={false} className="hover:underline">
          {eventText(event)}
        </AppLink>
      )}
      {event.peek && (
        <>
          {" "}
          · <PeekButton target={event.peek} />
        </>
      )}
    </li>
  );
}

/** Things may happen twice in a millisecond, and the same thing to several. */
export function eventKey({ at, kind, title, after }: SourceEvent): string {
  return `${at} ${kind} ${title} ${after ?? ""}`;
}

/**
 * `retention.ms of orders was changed: 7 d 00 h → 1 h 00 m`, `ORDERS has another leader: n2`. What a status rests on is a
 * whole sentence, with the status in it.
 */
export function eventText({ kind, title, before, after }: SourceEvent): string {
  if (!after || kind === "status") return title;
  return before ? `${title}: ${before} → ${after}` : `${title}: ${after}`;
}

function hrefOf({ consumerId, streamId }: EventView, page: string): string | null {
  if (consumerId !== undefined && consumerId !== page) return consumerHref(consumerId);
  return streamId !== undefined && streamId !== page ? streamHref(streamId) : null;
}
