"use client";
import { useEffect } from "react";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { useClock, useConnection } from "@/lib/live";
import { useShortcut } from "./shortcuts";
import { useKept, useOpened } from "./use-kept";
import { useMoment } from "./use-moment";

const WORDS = { connecting: "Connecting", live: "Live", lost: "Lost" };
const COLORS = { connecting: "text-dim", live: "text-good", lost: "text-crit" };

/** Whether what you see is live, in a word, and the button that changes it: pausing is choosing the moment that is now. */
export function LiveControl() {
  const { status } = useConnection();
  const { at, setAt } = useMoment();
  const now = useClock();
  const isOff = useKept()?.isOn === false;
  const opened = useOpened();
  const toggle = () => {
    if (opened !== null) return;
    if (at !== null) setAt(null);
    else if (!isOff) setAt(now());
  };
  useShortcut(" ", "Pause, or go live", toggle);
  useEffect(() => {
    // Nothing is live there: the end of what was marked shows all of it.
    if (opened !== null && at === null) setAt(opened.to);
  }, [opened, at, setAt]);
  const isPast = at !== null && status === "live";
  const pauseTitle = isOff
    ? "Nothing is recorded (history: false), so there is nothing to stop at"
    : "Pause (Space)";
  return (
    <>
      <span
        className={cx(
          "inline-flex items-center gap-1.5 whitespace-nowrap font-semibold",
          isPast ? "text-warn" : COLORS[status],
        )}
      >
        <Icon name={status === "lost" ? "unplugged" : isPast ? "pause" : "dot"} />
        {isPast ? (opened === null ? "Past" : "Recorded") : WORDS[status]}
      </span>
      {opened === null && (
        <button
          type="button"
          onClick={toggle}
          disabled={at === null && isOff}
          title={at === null ? pauseTitle : "Go live (Space)"}
          aria-label={at === null ? "Pause" : "Go live"}
          className="inline-flex h-7.5 w-9 items-center justify-center rounded-md border border-line text-dim hover:bg-hover hover:text-ink disabled:opacity-40"
        >
          <Icon name={at === null ? "pause" : "play"} />
        </button>
      )}
    </>
  );
}
