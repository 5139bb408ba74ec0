"use client";
import { useEffect, useEffectEvent, useState } from "react";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { formatAge, formatDuration, formatMoment } from "@/lib/format";
import { useBusy, usePastAsOf, useRunningNow } from "@/lib/live";
import { WINDOW_MS } from "@/lib/model/live";
import type { EpochMs } from "@/lib/model/reading";
import { AppLink } from "./app-link";
import { MarkIncident } from "./mark-incident";
import { MomentField } from "./moment-field";
import { Scrubber } from "./scrubber";
import { useShortcut } from "./shortcuts";
import { useKept, useOpened } from "./use-kept";
import { useMoment } from "./use-moment";
import { useTimeWindow } from "./use-time-window";

const SPEEDS = [1, 5, 15, 60] as const;
const STEP_MS = 1_000;

const BUTTON =
  "inline-flex h-7.5 items-center justify-center rounded-md border border-line px-2.5 text-dim hover:bg-hover hover:text-ink disabled:opacity-40";

/** Where in time all pages are, and how to get elsewhere; only while that is not now. */
export function TimeBar() {
  const { at, setAt } = useMoment();
  return at === null ? null : <PastBar at={at} setAt={setAt} />;
}

function PastBar({ at, setAt }: { at: EpochMs; setAt: (at: EpochMs | null) => void }) {
  const clock = useRunningNow();
  const kept = useKept();
  const opened = useOpened();
  const { windowMs } = useTimeWindow();
  // Of a recording there is nothing after its end.
  const now = opened === null ? clock : Math.max(at, kept?.isOn ? (kept.to ?? clock) : clock);
  const [speed, setSpeed] = useState<number>(1);
  const [isPlaying, setPlaying] = useState(false);
  const isBusy = useBusy();
  const from = kept?.isOn ? kept.from : null;
  const go = (to: EpochMs) => setAt(Math.min(now, Math.max(to, from ?? to)));
  usePlay(isPlaying, () => {
    if (isBusy) return;
    const next = at + STEP_MS * speed;
    // It has caught up with what is live.
    if (next >= now) {
      setPlaying(false);
      if (opened === null) setAt(null);
    } else go(next);
  });
  useShortcut("ArrowLeft", "One second back", () => go(at - STEP_MS));
  useShortcut("ArrowRight", "One second on", () => go(at + STEP_MS));
  return (
    <section
      aria-label="Time"
      className="z-20 border-warn border-b bg-panel px-3.5 py-2 md:sticky md:top-0 md:px-6"
    >
      <div className="flex flex-wrap items-center gap-2">
        <strong className="inline-flex items-center gap-2 whitespace-nowrap text-warn tabular-nums">
          <Icon name="clock" />
          {formatMoment(at, now)}
        </strong>
        <span className="min-w-24 text-dim tabular-nums">
          {opened === null ? `${formatAge(Math.max(0, now - at))} ago` : `recorded: ${opened.name}`}
        </span>
        <span className="inline-flex">
          <button
            type="button"
            className={cx(BUTTON, "rounded-r-none")}
            title="One second back (←)"
            aria-label="One second back"
            onClick={() => go(at - STEP_MS)}
          >
            −1 s
          </button>
          <button
            type="button"
            className={cx(BUTTON, "w-9 rounded-none border-x-0")}
            title={isPlaying ? "Stop playing" : "Play from here"}
            aria-label={isPlaying ? "Stop playing" : "Play"}
            onClick={() => setPlaying(!isPlaying)}
          >
            <Icon name={isPlaying ? "pause" : "play"} />
          </button>
          <button
            type="button"
            className={cx(BUTTON, "rounded-l-none")}
            title="One second on (→)"
            aria-label="One second on"
            onClick={() => go(at + STEP_MS)}
          >
            +1 s
          </button>
        </span>
        <select
          aria-label="Speed"
          value={speed}
          onChange={(event) => setSpeed(Number(event.target.value))}
          className="h-7.5 rounded-md border border-line bg-panel px-1.5 text-dim"
        >
          {SPEEDS.map((times) => (
            <option key={times} value={times}>
              {times} ×
            </option>
          ))}
        </select>
        <MomentField label="Go to a moment" placeholder="02:13 or −90 m" now={() => now} onMoment={go} />
        <span className="inline-flex gap-2 md:ml-auto">
          <AppLink href="/compare" className={BUTTON}>
            Compare
          </AppLink>
          <CopyLink />
          {opened === null && (
            <>
              <MarkIncident from={at - windowMs} to={at} now={now} className={BUTTON} />
              <button type="button" className={cx(BUTTON, "gap-2 text-good")} onClick={() => setAt(null)}>
                <Icon name="dot" />
                Live
              </button>
            </>
          )}
        </span>
      </div>
      <Scrubber at={at} now={now} isOpenEnded={opened === null} keptFrom={from} onGo={go} />
      {kept?.isOn && kept.windowMs < WINDOW_MS && (
        <p className="pt-1.5 text-dim">
          So much is sampled that pages are made from the {formatDuration(kept.windowMs)} before a moment:
          charts, and what stands still, begin there.
        </p>
      )}
      <NothingThen at={at} from={from} onGo={go} />
      {!isBusy && <EarlierThan at={at} onGo={go} />}
      <output aria-live="polite" className="sr-only">
        {`Showing ${formatMoment(at, now)}, not live.`}
      </output>
    </section>
  );
}

/** Runs something once a second while it is on. */
function usePlay(isOn: boolean, step: () => void): void {
  const latest = useEffectEvent(step);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => latest(), STEP_MS);
    return () => clearInterval(timer);
  }, [isOn]);
}

/** The address holds all that is to be seen. */
function CopyLink() {
  const [isCopied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className={BUTTON}
      onClick={() => {
        void navigator.clipboard?.writeText(location.href).then(() => setCopied(true));
      }}
      onBlur={() => setCopied(false)}
    >
      {isCopied ? "Copied" : "Copy link"}
    </button>
  );
}

/** A source is sampled every few seconds at most. */
const GAP_MS = 10_000;

/** Between two runs nobody watched: what is shown is what was there last. */
function EarlierThan({ at, onGo }: { at: EpochMs; onGo: (at: EpochMs) => void }) {
  const asOf = usePastAsOf();
  if (asOf === null || at - asOf < GAP_MS) return null;
  return (
    <p className="pt-1.5">
      Nothing was recorded at that moment. This is what was there last, {formatAge(at - asOf)} before:{" "}
      <button type="button" className="underline" onClick={() => onGo(asOf)}>
        {formatMoment(asOf, at)}
      </button>
    </p>
  );
}

/** Why the page is empty, or of another moment. */
function NothingThen({ at, from, onGo }: { at: EpochMs; from: EpochMs | null; onGo: (at: EpochMs) => void }) {
  if (from === null || at >= from) return null;
  return (
    <p className="pt-1.5">
      Nothing is recorded of that moment.{" "}
      <button type="button" className="underline" onClick={() => onGo(from)}>
        What is kept begins at {formatMoment(from, at)}.
      </button>
    </p>
  );
}
