"use client";
import { cx } from "@/components/ui/cx";
import { exactCount, formatClock, formatCountdown } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { PartialFailure, SourceFailure } from "@/lib/model/source";

/** The last error in full: what happened, what to do, when it tries again. `isNow`: it has not recovered since. */
export function SourceError({ failure, isNow }: { failure: SourceFailure; isNow: boolean }) {
  const now = useNow();
  const wait = failure.nextTryAt === null ? null : failure.nextTryAt - now;
  return (
    <div className={cx("border-line border-b px-4 py-3", isNow && "bg-hot")}>
      <p className={cx("break-words font-medium", isNow ? "text-crit" : "text-dim")}>
        {!isNow && "Last error: "}
        {failure.message}
      </p>
      <p className="break-words">{failure.hint}</p>
      <p className="mt-0.5 text-dim text-xs">
        <code className="font-mono">{failure.code}</code> at {formatClock(failure.at)}
        {isNow && failure.attempts > 1 && `, ${exactCount(failure.attempts)} times in a row`}
        {isNow && wait !== null && " · "}
        {isNow && wait !== null && (
          <span className="whitespace-nowrap">next try {formatCountdown(wait)}</span>
        )}
      </p>
    </div>
  );
}

/** Enough to see what kind of thing fails; a cluster can lose thousands of partitions at once. */
const MOST = 20;

/** Parts of the last sample that could not be had. The rest of the sample counts. */
export function SourcePartialFailures({ failures }: { failures: readonly PartialFailure[] }) {
  const shown = failures.slice(0, MOST);
  return (
    <details className="border-line border-t px-4 py-3" open={failures.length <= 3}>
      <summary className="font-medium text-warn">
        {failures.length === 1 ? "1 part" : `${exactCount(failures.length)} parts`} of the last sample failed
      </summary>
      <ul className="mt-1.5 flex flex-col gap-1 text-xs">
        {shown.map((failure) => (
          <li key={`${failure.scope} ${failure.subject} ${failure.code}`} className="break-words">
            <span className="text-dim">{failure.scope}</span>{" "}
            <span className="font-mono">{failure.subject}</span>: {failure.message}{" "}
            <code className="font-mono text-dim">{failure.code}</code>
          </li>
        ))}
      </ul>
      {failures.length > MOST && (
        <p className="mt-1 text-dim text-xs">and {exactCount(failures.length - MOST)} more</p>
      )}
    </details>
  );
}
