"use client";
import { NoFrameYet, NothingMatches, QueryRefused } from "@/components/shared/table/empty";
import { EmptyState } from "@/components/ui/empty-state";
import type { Problem } from "@/lib/model/problem";
import type { CallsMeta } from "@/lib/model/views";

/** Why there is no call to show. */
export function CallsEmpty({
  meta,
  problem,
  q,
  isFiltered,
  onClear,
}: {
  meta: CallsMeta | null;
  problem: Problem | null;
  q: string;
  isFiltered: boolean;
  onClear: () => void;
}) {
  if (problem) return <QueryRefused problem={problem} onClear={onClear} />;
  if (!meta) return <NoFrameYet />;
  if (isFiltered) return <NothingMatches what="live call" q={q} all={null} onClear={onClear} />;
  return (
    <EmptyState title="No live calls">
      None is under way now, or nobody tells: single calls are seen where the process itself tells them
      (streamside.health.v1, for grpc-js one line with @streamside/grpc-health). A unary call is here only
      while it takes.
    </EmptyState>
  );
}
