"use client";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { useConnection, usePaused } from "@/lib/live";
import { useShortcut } from "./shortcuts";

const WORDS = { connecting: "Connecting", live: "Live", lost: "Lost" };
const COLORS = { connecting: "text-dim", live: "text-good", lost: "text-crit" };

/** Whether what you see is live, in a word, and the button that changes it. */
export function LiveControl() {
  const { status } = useConnection();
  const [paused, setPaused] = usePaused();
  useShortcut(" ", "Pause or go on", () => setPaused(!paused));
  const isPausedShown = paused && status === "live";
  return (
    <>
      <span
        className={cx(
          "inline-flex items-center gap-1.5 font-semibold",
          isPausedShown ? "text-warn" : COLORS[status],
        )}
      >
        <Icon name={status === "lost" ? "unplugged" : isPausedShown ? "pause" : "dot"} />
        {isPausedShown ? "Paused" : WORDS[status]}
      </span>
      <button
        type="button"
        onClick={() => setPaused(!paused)}
        title={paused ? "Go on (Space)" : "Pause (Space)"}
        aria-label={paused ? "Resume" : "Pause"}
        className="inline-flex h-7.5 w-9 items-center justify-center rounded-md border border-line text-dim hover:bg-hover hover:text-ink"
      >
        <Icon name={paused ? "play" : "pause"} />
      </button>
    </>
  );
}
