"use client";
import { formatAge, formatClock } from "@/lib/format";
import { useNow } from "@/lib/live";
import { cx } from "./cx";

/** However often something is sampled: that nothing has changed is told once a second. */
const TOLD_MS = 1_000;
/** A sample waits for the next push: without this, a healthy number would turn amber now and then. */
const GRACE_MS = 500;

/** Fresh, late (past two intervals) or stale (past five). */
export function ageTone(ageMs: number, intervalMs: number): "fresh" | "late" | "stale" {
  const everyMs = Math.max(intervalMs, TOLD_MS);
  if (ageMs > 5 * everyMs + GRACE_MS) return "stale";
  return ageMs > 2 * everyMs + GRACE_MS ? "late" : "fresh";
}

const TONES = { fresh: "text-dim", late: "text-warn", stale: "text-faint italic" };
const TONE_WORDS = { fresh: "", late: " · late", stale: " · stale" };

/** "as of 1 s ago", ticking by itself. `bare` leaves only the age. */
export function Age({
  asOf,
  intervalMs,
  bare = false,
  className,
}: {
  asOf: number | null;
  intervalMs: number;
  bare?: boolean;
  className?: string;
}) {
  const now = useNow();
  if (asOf === null) {
    return <span className={cx("text-faint", className)}>{bare ? "not yet" : "not sampled yet"}</span>;
  }
  const age = Math.max(0, now - asOf);
  const tone = ageTone(age, intervalMs);
  const title = `Sampled at ${formatClock(asOf)}, every ${formatAge(intervalMs)}${TONE_WORDS[tone]}`;
  return (
    <span className={cx("whitespace-nowrap", TONES[tone], className)} title={title}>
      {bare ? formatAge(age) : `as of ${formatAge(age)} ago`}
    </span>
  );
}
