"use client";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { formatAge, formatClock } from "@/lib/format";
import { usePaused, usePausedAt, useRunningNow } from "@/lib/live";

/** While paused: how far the screen is behind, wherever one has scrolled to. */
export function PausedPill() {
  const pausedAt = usePausedAt();
  const [, setPaused] = usePaused();
  const now = useRunningNow();
  if (pausedAt === null) return null;
  return (
    <div className="fixed bottom-4 left-1/2 z-30 flex -translate-x-1/2 items-center gap-3 whitespace-nowrap rounded-full border border-line bg-panel py-1.5 pr-1.5 pl-4 shadow-lg">
      <span className="inline-flex items-center gap-2 text-warn">
        <Icon name="pause" />
        Paused at {formatClock(pausedAt)}
      </span>
      <span className="min-w-20 text-dim">{formatAge(now - pausedAt)} behind</span>
      <button
        type="button"
        onClick={() => setPaused(false)}
        className="inline-flex items-center gap-2 rounded-full border border-line px-3 py-0.5 hover:bg-hover"
      >
        Resume{" "}
        <span className="max-md:hidden">
          <Kbd>Space</Kbd>
        </span>
      </button>
    </div>
  );
}
