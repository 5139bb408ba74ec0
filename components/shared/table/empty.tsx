"use client";
import { EmptyState } from "@/components/ui/empty-state";
import { exactCount } from "@/lib/format";
import { useConnection } from "@/lib/live";
import { filterWords } from "@/lib/model/filter-words";
import type { Problem } from "@/lib/model/problem";

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
