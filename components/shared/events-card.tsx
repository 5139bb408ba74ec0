"use client";
import { useState } from "react";
import { Card, CardHeader } from "@/components/ui/card";
import { ShowMore } from "@/components/ui/show-more";
import { exactCount } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { EventView } from "@/lib/model/views";
import { EventLine, eventKey } from "./event-line";

const FIRST = 8;

/** What happened to what a page is about, newest first. `page` is its id. */
export function EventsCard({ events, page }: { events: readonly EventView[]; page: string }) {
  const [isLong, setLong] = useState(false);
  const now = useNow();
  const shown = isLong ? events : events.slice(0, FIRST);
  return (
    <Card labelledBy="events-title">
      <CardHeader title="Events, newest first" id="events-title">
        {events.length > 0 && `${exactCount(shown.length)} of ${exactCount(events.length)}`}
      </CardHeader>
      {events.length === 0 ? (
        <p className="px-4 py-3 text-dim">None since Streamside was started.</p>
      ) : (
        <ol className="flex flex-col gap-1 px-4 py-3">
          {shown.map((event) => (
            <EventLine key={eventKey(event)} event={event} now={now} page={page} />
          ))}
        </ol>
      )}
      <ShowMore more={events.length - FIRST} isLong={isLong} onLong={setLong} />
    </Card>
  );
}
