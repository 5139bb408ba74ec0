"use client";
import { Icon } from "@/components/ui/icon";
import { formatAge, formatClock } from "@/lib/format";
import { useConnection, useRunningNow } from "@/lib/live";

/** The browser has lost the server: nothing on the screen is live, whichever source it came from. */
export function ConnectionBanner() {
  const { status, since } = useConnection();
  const now = useRunningNow();
  if (status !== "lost") return null;
  return (
    <section
      aria-label="Connection"
      className="flex flex-wrap items-center gap-x-2 border-crit border-b bg-hot px-3.5 py-2 md:px-6"
    >
      <span className="inline-flex items-center gap-2 font-semibold">
        <Icon name="unplugged" className="text-crit" />
        This page has lost the Streamside server
      </span>
      <span>
        {formatAge(now - since)} ago, at {formatClock(since)}. Everything below is from before; it tries again
        by itself every 2 s or sooner.
      </span>
    </section>
  );
}

const ANNOUNCEMENTS = {
  connecting: "",
  live: "Connected: the page is live.",
  lost: "The page has lost the Streamside server. What it shows is not live.",
};

/** Says changes of the connection, and nothing else, to screen readers. */
export function ConnectionAnnouncer() {
  const { status } = useConnection();
  return (
    <output aria-live="polite" className="sr-only">
      {ANNOUNCEMENTS[status]}
    </output>
  );
}
