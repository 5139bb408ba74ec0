"use client";
import { useQueryState } from "nuqs";
import { useEffect, useState } from "react";
import { consumerHref } from "@/components/shared/entity-href";
import { AppLink } from "@/components/shell/app-link";
import { MomentField } from "@/components/shell/moment-field";
import { AGO, WITH } from "@/components/shell/use-compared";
import { useMoment } from "@/components/shell/use-moment";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount, formatMoment } from "@/lib/format";
import { fetchComparison, useClock } from "@/lib/live";
import { CHANGES, type Comparison } from "@/lib/model/compare";
import { readInstant, writeInstant } from "@/lib/model/instant";
import type { EpochMs } from "@/lib/model/reading";
import { ComparedRow } from "./compared-row";

const DEFAULT_AGO = "15m";

/** Who stands otherwise than at another moment, those that changed most first. */
export function ComparePage() {
  const { at } = useMoment();
  const [other, setOther] = useQueryState("with", WITH.withDefault(DEFAULT_AGO));
  const { moments, comparison, refusal } = useComparison(at, other);
  return (
    <Card labelledBy="compare-title">
      <CardHeader title="What stands otherwise, the largest change first" id="compare-title">
        {comparison && <Extent comparison={comparison} />}
      </CardHeader>
      <Choice at={at} other={other} onOther={(next) => void setOther(next)} moments={moments} />
      {refusal !== null ? (
        <EmptyState title="There is nothing to compare">{refusal}</EmptyState>
      ) : comparison === null ? (
        <p className="px-4 py-8 text-dim">Reading both moments…</p>
      ) : comparison.rows.length === 0 ? (
        <EmptyState title="All stand as they did">
          No consumer came, went, got another severity, or twice as old or as large a backlog.
        </EmptyState>
      ) : (
        <Rows comparison={comparison} />
      )}
    </Card>
  );
}

/** The two moments in words, and what else the earlier one may be. */
function Choice(props: {
  at: EpochMs | null;
  other: string;
  moments: readonly [EpochMs, EpochMs] | null;
  onOther: (other: string) => void;
}) {
  const { other, moments, onOther } = props;
  const now = useClock();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 py-2">
      <span className="tabular-nums">
        {moments === null ? "Now" : formatMoment(moments[0], moments[0])}
        {props.at === null && moments !== null && " (now)"} with
      </span>
      <select
        aria-label="Compare with"
        value={Object.hasOwn(AGO, other) ? other : ""}
        onChange={(event) => onOther(event.target.value)}
        className="h-7.5 rounded-md border border-line bg-panel px-1.5"
      >
        {!Object.hasOwn(AGO, other) && <option value="">another moment</option>}
        {Object.entries(AGO).map(([value, { name }]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <span className="text-dim tabular-nums">
        {moments !== null && formatMoment(moments[1], moments[0])}
      </span>
      <MomentField
        label="Another moment to compare with"
        placeholder="or 02:13, −90 m"
        now={now}
        onMoment={(moment) => onOther(writeInstant(moment))}
      />
    </div>
  );
}

function Extent({ comparison: { counts, all } }: { comparison: Comparison }) {
  const told = CHANGES.filter((change) => counts[change] > 0).map(
    (change) => `${exactCount(counts[change])} ${change}`,
  );
  return `${told.length === 0 ? "none" : told.join(" · ")} of ${exactCount(all)}`;
}

function Rows({ comparison: { rows, before, after, counts } }: { comparison: Comparison }) {
  const changed = CHANGES.reduce((sum, change) => sum + counts[change], 0);
  return (
    <>
      <table aria-labelledby="compare-title" className="w-full max-md:block">
        <thead className="max-md:sr-only">
          <tr className="border-line border-b text-left text-dim text-xs">
            <th className="px-4 py-2 font-normal">Change</th>
            <th className="px-3 py-2 font-normal">Consumer</th>
            <th className="px-3 py-2 font-normal">Status</th>
            <th className="px-3 py-2 text-right font-normal">Oldest</th>
            <th className="px-4 py-2 text-right font-normal">Backlog</th>
          </tr>
        </thead>
        <tbody className="max-md:block">
          {rows.map((row) => (
            <ComparedRow key={row.id} row={row} href={consumerHref(row.id)} before={before} after={after} />
          ))}
        </tbody>
      </table>
      {rows.length < changed && (
        <p className="border-line border-t px-4 py-2 text-dim">
          The {exactCount(rows.length)} largest of {exactCount(changed)} changes.
        </p>
      )}
      <p className="border-line border-t px-4 py-2 text-dim text-xs">
        A change is another severity; of the same one at least 5 s and twice as old, or 100 messages and twice
        as many. A name leads to the consumer as it is <AppLink href="/compare">at the later moment</AppLink>.
      </p>
    </>
  );
}

interface ComparedState {
  /** The later and the earlier one, as they were asked for. */
  readonly moments: readonly [EpochMs, EpochMs] | null;
  readonly comparison: Comparison | null;
  readonly refusal: string | null;
}

const NOTHING: ComparedState = { moments: null, comparison: null, refusal: null };

function useComparison(at: EpochMs | null, other: string): ComparedState {
  const [compared, setCompared] = useState(NOTHING);
  const clock = useClock();
  useEffect(() => {
    const asking = new AbortController();
    const later = at ?? clock();
    const ago = AGO[other];
    const earlier = ago === undefined ? readInstant(other)! : later - ago.ms;
    setCompared({ ...NOTHING, moments: [later, earlier] });
    fetchComparison(at, earlier, asking.signal).then(
      (asked) =>
        setCompared({
          moments: [later, earlier],
          comparison: "answer" in asked ? asked.answer : null,
          refusal: "answer" in asked ? null : asked.problem.detail,
        }),
      () => {},
    );
    return () => asking.abort();
  }, [at, other, clock]);
  return compared;
}
