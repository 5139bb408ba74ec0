"use client";
import { SourcesExplain } from "@/components/shared/sources-explain";
import { NoFrameYet, NothingMatches, QueryRefused } from "@/components/shared/table/empty";
import { AppLink } from "@/components/shell/app-link";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import type { Problem } from "@/lib/model/problem";
import type { ConsumersMeta } from "@/lib/model/views";

/** Why there is no row: the question, the filter, or the sources. */
export function ConsumersEmpty({
  meta,
  problem,
  q,
  onClear,
}: {
  meta: ConsumersMeta | null;
  problem: Problem | null;
  q: string;
  onClear: () => void;
}) {
  if (problem) return <QueryRefused problem={problem} onClear={onClear} />;
  if (!meta) return <NoFrameYet />;
  if (meta.all === 0 && meta.connections > 0) return <OnlyConnections count={meta.connections} />;
  if (meta.all > 0) return <NothingMatches what="consumer" q={q} all={meta.all} onClear={onClear} />;
  return (
    <SourcesExplain what="No consumers yet">
      Every source answers, and none has a consumer: a Kafka group appears with its first commit, a JetStream
      consumer when it is created, a gRPC peer with its first call.
    </SourcesExplain>
  );
}

/** Core NATS has no consumers: who listens is a connection. */
function OnlyConnections({ count }: { count: number }) {
  return (
    <EmptyState title="No consumers, and no connection in trouble">
      <AppLink href="/consumers" className="underline underline-offset-2">
        {count === 1 ? "One connection" : `${exactCount(count)} connections`}
      </AppLink>{" "}
      of NATS clients {count === 1 ? "has a table of its" : "have a table of their"} own.
    </EmptyState>
  );
}
