"use client";
import { useEffect, useRef, useState } from "react";
import { markLossesSeen, useAt } from "@/lib/live";

/** Ends the alarm about what was lost. What is lost after that is told again. What is over cannot be changed. */
export function MarkLosses({ consumerId }: { consumerId: string }) {
  return useAt() === null ? <MarkButton consumerId={consumerId} /> : null;
}

function MarkButton({ consumerId }: { consumerId: string }) {
  const [state, setState] = useState<"idle" | "asking" | { readonly reason: string }>("idle");
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);

  const mark = async () => {
    leaving.current = new AbortController();
    setState("asking");
    const { signal } = leaving.current;
    const answer = await markLossesSeen(consumerId, signal).catch(() => null);
    if (answer === null) return; // left meanwhile
    setState("problem" in answer ? { reason: answer.problem.detail } : "idle");
  };
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-dim">
      <button
        type="button"
        disabled={state === "asking"}
        onClick={mark}
        title="It is no longer alarmed about, unless more is lost. Kept until Streamside ends."
        className="h-7 rounded border border-line px-2.5 text-ink hover:bg-hover disabled:text-dim"
      >
        Mark as seen
      </button>
      {typeof state === "object" && <span role="alert">{state.reason}</span>}
    </p>
  );
}
