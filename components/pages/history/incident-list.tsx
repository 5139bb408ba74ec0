"use client";
import { useEffect, useRef, useState } from "react";
import { AppLink } from "@/components/shell/app-link";
import { useRefreshKept } from "@/components/shell/use-kept";
import { EmptyState } from "@/components/ui/empty-state";
import { formatDuration, formatMoment } from "@/lib/format";
import { deleteIncident, exportHref, useRunningNow } from "@/lib/live";
import type { Incident } from "@/lib/model/incident";
import { writeInstant } from "@/lib/model/instant";

/** Spans that somebody has marked: to be looked at, taken along and let go of. */
export function IncidentList({ incidents }: { incidents: readonly Incident[] }) {
  if (incidents.length === 0) {
    return (
      <EmptyState title="Nothing is marked">
        Go to a moment (Space, or the slider that it brings) and press “Mark”: what the charts show is kept
        under a name, however old it gets, and can be exported as one file.
      </EmptyState>
    );
  }
  return (
    <ul>
      {incidents.map((incident) => (
        <IncidentItem key={incident.id} incident={incident} />
      ))}
    </ul>
  );
}

const ACTION = "rounded border border-line px-2.5 py-0.5 hover:bg-hover";

function IncidentItem({ incident }: { incident: Incident }) {
  const { id, name, note, from, to } = incident;
  const now = useRunningNow();
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-1.5 border-line px-4 py-3 not-last:border-b">
      <div className="min-w-60 flex-1">
        <AppLink
          href="/"
          at={to}
          className="break-words font-medium hover:underline"
          title={writeInstant(to)}
        >
          {name}
        </AppLink>
        <p className="text-dim text-xs tabular-nums">
          {formatMoment(from, now)} to {formatMoment(to, now)}, {formatDuration(to - from)}
        </p>
        {note && <p className="mt-1 whitespace-pre-wrap break-words">{note}</p>}
      </div>
      <div className="flex flex-wrap items-baseline gap-2">
        <a href={exportHref(id)} download className={ACTION}>
          Export
        </a>
        <DeleteButton incident={incident} />
      </div>
    </li>
  );
}

/** What only it holds is gone then, so it is asked twice. */
function DeleteButton({ incident: { id, name } }: { incident: Incident }) {
  const [state, setState] = useState<"idle" | "sure" | "asking" | { readonly reason: string }>("idle");
  const refresh = useRefreshKept();
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const press = async () => {
    if (state !== "sure") return setState("sure");
    leaving.current = new AbortController();
    setState("asking");
    const asked = await deleteIncident(id, leaving.current.signal).catch(() => null);
    if (asked === null) return;
    if ("problem" in asked) setState({ reason: asked.problem.detail });
    else refresh();
  };
  return (
    <>
      <button
        type="button"
        aria-label={state === "sure" ? `Delete ${name} for good` : `Delete ${name}`}
        disabled={state === "asking"}
        onClick={press}
        onBlur={() => state === "sure" && setState("idle")}
        className={state === "sure" ? `${ACTION} border-crit text-crit` : ACTION}
      >
        {state === "sure" ? "For good?" : "Delete"}
      </button>
      {typeof state === "object" && <span role="alert">{state.reason}</span>}
    </>
  );
}
