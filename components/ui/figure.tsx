"use client";
import type { ReactNode } from "react";
import { exactCount, formatBytes, formatDuration, formatPerSecond, readingParts } from "@/lib/format";
import type { Reading } from "@/lib/model/reading";
import { cx } from "./cx";
import type { HoverTitle } from "./hover-title";
import { useTimedTitle } from "./read-at";
import { type ReadingKind, readingTitle } from "./reading";

export type Tone = "warn" | "crit";

const FORMATS: Readonly<Record<ReadingKind, (value: number) => string>> = {
  duration: formatDuration,
  rate: formatPerSecond,
  count: exactCount,
  bytes: formatBytes,
};

/** The present figures in a row, larger than anything but the title. Each keeps its place while it changes. */
export function Figures({ children }: { children: ReactNode }) {
  return (
    <dl className="flex flex-wrap gap-x-7 gap-y-3 max-md:grid max-md:grid-cols-3 max-md:gap-x-4">
      {children}
    </dl>
  );
}

export function Figure({
  name,
  title,
  onHover,
  tone,
  children,
}: {
  name: string;
  title?: string | undefined;
  onHover?: HoverTitle;
  tone?: Tone | undefined;
  children: ReactNode;
}) {
  return (
    <div className="min-w-22" title={title} {...onHover}>
      <dt className="text-dim text-xs">{name}</dt>
      <dd
        className={cx(
          "font-semibold text-lg tracking-tight md:whitespace-nowrap",
          tone === "crit" && "text-crit",
          tone === "warn" && "text-warn",
        )}
      >
        {children}
      </dd>
    </div>
  );
}

/** A figure that is a reading: with what it may claim before it, and the whole truth on hover. */
export function ReadingFigure({
  reading,
  kind,
  definition,
  format = FORMATS[kind],
  ...figure
}: {
  name: string;
  reading: Reading;
  kind: ReadingKind;
  definition?: string;
  tone?: Tone | undefined;
  format?: (value: number) => string;
}) {
  const { prefix, text } = readingParts(reading, format);
  const title = useTimedTitle(() => readingTitle(reading, kind, definition));
  return (
    <Figure onHover={title} {...figure}>
      {prefix && <span className="font-normal text-dim text-sm">{prefix} </span>}
      {text}
    </Figure>
  );
}
