"use client";
import { AppLink } from "@/components/shell/app-link";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import { useConnection } from "@/lib/live";
import { filterWords } from "@/lib/model/filter-words";
import type { Problem } from "@/lib/model/live";
import type { ConsumersMeta } from "@/lib/model/views";
import { SourcesExplain } from "./sources-explain";

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

export function QueryRefused({ problem, onClear }: { problem: Problem; onClear: () => void }) {
  return (
    <EmptyState title={problem.title}>
      <p>{problem.detail}</p>
      <ClearButton onClear={onClear} />
    </EmptyState>
  );
}

/** What was looked for and where, and how many there are besides. `all`: null where nobody counted them. */
export function NothingMatches({
  what,
  q,
  all,
  onClear,
}: {
  what: string;
  q: string;
  all: number | null;
  onClear: () => void;
}) {
  const words = filterWords(q);
  return (
    <EmptyState title={`No ${what} matches${words.length > 0 ? ` ${listed(words)}` : ""}`}>
      {words.length > 0 && (
        <p>
          {words.length > 1
            ? "All of these words have to be found, each of them anywhere"
            : "The word has to be found anywhere"}{" "}
          in what is shown of a {what}: names, status, source, host, account.
        </p>
      )}
      <p>
        {all === null
          ? "There may be some"
          : all === 1
            ? `There is one ${what}`
            : `There are ${exactCount(all)} ${what}s`}{" "}
        without this filter.
      </p>
      <ClearButton onClear={onClear} />
    </EmptyState>
  );
}

/** `“nats”, “ord” and “eu”` */
function listed(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction", style: "long" }).format(
    words.map((word) => `“${word}”`),
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
