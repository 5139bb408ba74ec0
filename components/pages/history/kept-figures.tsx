"use client";
import type { ReactNode } from "react";
import { formatAge, formatBytes, formatMoment, UNKNOWN } from "@/lib/format";
import { useRunningNow } from "@/lib/live";
import type { KeptHistory } from "@/lib/model/kept";
import { lastsMs } from "./lasts";

/** From when to when, how large, how fast it grows, and how long there is room for. */
export function KeptFigures({ kept }: { kept: KeptHistory }) {
  const now = useRunningNow();
  const { from, to, bytes, bytesPerDay, limits, opened } = kept;
  const ends = limits === null ? null : lastsMs(limits, bytesPerDay);
  return (
    <>
      {opened?.note && <p className="whitespace-pre-wrap px-4 pt-3">{opened.note}</p>}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 px-4 py-3 md:grid-cols-4">
        <Figure name="From">{from === null ? UNKNOWN : formatMoment(from, now)}</Figure>
        <Figure name="To">{to === null ? UNKNOWN : formatMoment(to, now)}</Figure>
        <Figure name="On disk">
          {formatBytes(bytes)}
          {limits && <span className="text-dim"> of {formatBytes(limits.maxBytes)}</span>}
        </Figure>
        {limits && (
          <Figure name="Grows by">
            {bytesPerDay === null ? "not known before a minute" : `${formatBytes(bytesPerDay)} a day`}
          </Figure>
        )}
      </dl>
      {limits && (
        <p className="px-4 pb-3 text-dim">
          Kept for {formatAge(limits.keepMs)} (raw), as far as there is room for it.{" "}
          {ends !== null &&
            (ends < limits.keepMs
              ? `At this pace there is room for ${formatAge(ends)}: a larger maxBytes keeps more.`
              : "At this pace all of that fits.")}
        </p>
      )}
    </>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="font-medium tabular-nums">{children}</dd>
    </div>
  );
}
