"use client";
import { EmptyState } from "@/components/ui/empty-state";
import { useConnection } from "@/lib/live";
import type { Problem } from "@/lib/model/live";
import type { ConsumersMeta } from "@/lib/model/views";
import { SourcesExplain } from "./sources-explain";

/** Why there is no row: the question, the filter, or the sources. */
export function ConsumersEmpty({
  meta,
  problem,
  onClear,
}: {
  meta: ConsumersMeta | null;
  problem: Problem | null;
  onClear: () => void;
}) {
  if (problem) return <QueryRefused problem={problem} onClear={onClear} />;
  if (!meta) return <NoFrameYet />;
  if (meta.all > 0) return <NothingMatches what="consumer" all={meta.all} onClear={onClear} />;
  return (
    <SourcesExplain what="No consumers yet">
      Every source answers, and none has a consumer: a Kafka group appears with its first commit, a JetStream
      consumer when it is created, a gRPC peer with its first call.
    </SourcesExplain>
  );
}

export function QueryRefused({ problem, onClear }: { problem: Problem; onClear: () => void }) {
  return (
    <EmptyState title={problem.title}>
      <p>{problem.detail}</p>
      <ClearButton onClear={onClear} />
    </EmptyState>
  );
}

export function NothingMatches({ what, all, onClear }: { what: string; all: number; onClear: () => void }) {
  return (
    <EmptyState title={`No ${what} matches`}>
      <p>{all === 1 ? `There is one ${what}` : `There are ${all} ${what}s`} without this filter.</p>
      <ClearButton onClear={onClear} />
    </EmptyState>
  );
}

/** Before the first frame, in the height of a few rows so that little moves when it comes. */
export function NoFrameYet() {
  const { status } = useConnection();
  return (
    <div className="min-h-64">
      {status === "lost" ? (
        <EmptyState title="No connection to Streamside">
          The browser cannot reach the server. It goes on trying; nothing needs to be reloaded.
        </EmptyState>
      ) : (
        <p className="px-4 py-8 text-dim">Waiting for the first frame …</p>
      )}
    </div>
  );
}

export function ClearButton({ onClear }: { onClear: () => void }) {
  return (
    <button
      type="button"
      className="mt-2 rounded border border-line px-2.5 py-1 text-ink hover:bg-hover"
      onClick={onClear}
    >
      Clear the filters
    </button>
  );
}
