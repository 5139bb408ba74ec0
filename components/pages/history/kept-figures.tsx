"use client";
import type { ReactNode } from "react";
import { formatAge, formatBytes, formatMoment, formatSpan, UNKNOWN } from "@/lib/format";
import { useRunningNow } from "@/lib/live";
import type { KeptHistory } from "@/lib/model/kept";
import type { EpochMs } from "@/lib/model/reading";
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
          Samples are kept for {formatAge(limits.keepMs)} (raw), as far as there is room for it.{" "}
          {ends !== null &&
            (ends < limits.keepMs
              ? `At this pace there is room for ${formatAge(ends)}: a larger maxBytes keeps more.`
              : "At this pace all of that fits.")}
        </p>
      )}
      <LongCharts kept={kept} now={now} />
    </>
  );
}

/** What is there for charts of hours, days and weeks. */
function LongCharts({ kept: { tiers, limits }, now }: { kept: KeptHistory; now: EpochMs }) {
  return (
    <table className="mx-4 mb-3 text-left tabular-nums">
      <caption className="pb-1 text-left text-dim text-xs">For long charts</caption>
      <thead className="text-dim text-xs">
        <tr>
          {["A point each", "From", "To", "On disk", ...(limits ? ["Kept for"] : [])].map((name) => (
            <th key={name} scope="col" className="pr-6 font-normal">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tiers.map(({ stepMs, from, to, bytes }, i) => (
          <tr key={stepMs}>
            <th scope="row" className="pr-6 font-medium">
              {formatSpan(stepMs)}
            </th>
            <td className="pr-6">{from === null ? UNKNOWN : formatMoment(from, now)}</td>
            <td className="pr-6">{to === null ? UNKNOWN : formatMoment(to, now)}</td>
            <td className="pr-6">{formatBytes(bytes)}</td>
            {limits && <td className="pr-6">{formatAge(limits.tiersMs[i]!)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
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
