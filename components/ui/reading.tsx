"use client";
import { memo } from "react";
import { exactCount, formatBytes, formatCount, formatDuration, formatRate, readingParts } from "@/lib/format";
import type { Provenance, Reading } from "@/lib/model/reading";
import { cx } from "./cx";
import { useTimedTitle } from "./read-at";

export type ReadingKind = "duration" | "rate" | "count" | "bytes";

const FORMATS: Readonly<Record<ReadingKind, (value: number) => string>> = {
  duration: formatDuration,
  rate: formatRate,
  count: formatCount,
  bytes: formatBytes,
};

const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  measured: "measured",
  interpolated: "estimated: interpolated between two samples",
  atMost: "an upper bound: the truth is this or less",
  atLeast: "a lower bound: the truth is this or more",
  unknown: "not known",
};

const exactly = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

function exactText(value: number, kind: ReadingKind): string {
  switch (kind) {
    case "duration":
      return `${exactly.format(value)} ms`;
    case "rate":
      return `${exactly.format(value)} a second`;
    case "bytes":
      return `${exactCount(value)} bytes`;
    case "count":
      return exactCount(value);
  }
}

/** The whole truth about a reading for hover: exact value, how it is known, and what it counts. When is added as it is pointed at. */
export function readingTitle(reading: Reading, kind: ReadingKind, definition?: string): string {
  const how = PROVENANCE_WORDS[reading.provenance];
  const first = reading.value === null ? how : `${exactText(reading.value, kind)} · ${how}`;
  return `${first}${definition ? `\n${definition}` : ""}`;
}

/** `est.` where interpolated, `≥` where a lower bound, `—` where unknown: never 0 for unknown. */
export const ReadingValue = memo(function ReadingValue({
  reading,
  kind,
  unit,
  definition,
  className,
}: {
  reading: Reading;
  kind: ReadingKind;
  /** Set small after the value; left out when the value is unknown. */
  unit?: string;
  definition?: string;
  className?: string;
}) {
  const { prefix, text } = readingParts(reading, FORMATS[kind]);
  const isUnknown = reading.value === null;
  return (
    <span
      className={cx("whitespace-nowrap", isUnknown && "text-faint", className)}
      {...useTimedTitle(() => readingTitle(reading, kind, definition))}
    >
      {prefix && <span className="font-normal text-[0.8em] text-dim">{prefix} </span>}
      {isUnknown ? (
        <>
          <span aria-hidden="true">{text}</span>
          <span className="sr-only">unknown</span>
        </>
      ) : (
        text
      )}
      {unit && !isUnknown && <small className="ml-1 font-normal text-[0.8125rem] text-dim">{unit}</small>}
    </span>
  );
});
