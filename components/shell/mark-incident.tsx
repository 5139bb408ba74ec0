"use client";
import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useRef, useState } from "react";
import { formatTimestamp } from "@/lib/format";
import { markIncident } from "@/lib/live";
import type { EpochMs } from "@/lib/model/reading";
import { AppLink } from "./app-link";
import { MOMENT_EXAMPLES, readMoment } from "./read-moment";
import { useRefreshKept } from "./use-kept";

const FIELD = "w-full rounded-md border border-line bg-panel px-2 py-1";

/** Names the span that the charts show, so that it is kept. */
export function MarkIncident({
  from,
  to,
  now,
  className,
}: {
  from: EpochMs;
  to: EpochMs;
  now: EpochMs;
  className: string;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger className={className} title="Name what the charts show, so that it is kept">
        Mark
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Popup className="fixed top-24 left-1/2 z-50 w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 rounded-card border border-line bg-panel p-4 shadow-xl outline-none">
          <Dialog.Title className="font-semibold">Mark an incident</Dialog.Title>
          <Dialog.Description className="mt-1 text-dim">
            It is kept until it is deleted, can be exported as one file, and is listed under History.
          </Dialog.Description>
          <IncidentForm from={from} to={to} now={now} onClose={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function IncidentForm(props: { from: EpochMs; to: EpochMs; now: EpochMs; onClose: () => void }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [from, setFrom] = useState(() => momentText(props.from));
  const [to, setTo] = useState(() => momentText(props.to));
  const [state, setState] = useState<"idle" | "asking" | "kept" | { readonly reason: string }>("idle");
  const refresh = useRefreshKept();
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);

  const mark = async () => {
    const [begin, end] = [readMoment(from, props.now), readMoment(to, props.now)];
    if (begin === null || end === null || begin >= end) {
      return setState({
        reason: `From and to are moments that have been, the later one last: ${MOMENT_EXAMPLES}`,
      });
    }
    leaving.current = new AbortController();
    setState("asking");
    const marked = { name, note, from: begin, to: end };
    const asked = await markIncident(marked, leaving.current.signal).catch(() => null);
    if (asked === null) return; // left meanwhile
    setState("problem" in asked ? { reason: asked.problem.detail } : "kept");
    if ("answer" in asked) refresh();
  };
  if (state === "kept") {
    return (
      <p className="mt-3">
        “{name}” is kept.{" "}
        <AppLink href="/history" className="underline" onClick={props.onClose}>
          See all under History
        </AppLink>
      </p>
    );
  }
  return (
    <form
      className="mt-3 grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void mark();
      }}
    >
      <label className="grid gap-1">
        Name
        <input
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className={FIELD}
        />
      </label>
      <label className="grid gap-1">
        Note
        <textarea
          rows={3}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          className={FIELD}
        />
      </label>
      <div className="grid grid-cols-2 gap-3">
        <label className="grid gap-1">
          From
          <input value={from} onChange={(event) => setFrom(event.target.value)} className={FIELD} />
        </label>
        <label className="grid gap-1">
          To
          <input value={to} onChange={(event) => setTo(event.target.value)} className={FIELD} />
        </label>
      </div>
      {typeof state === "object" && (
        <p role="alert" className="text-crit">
          {state.reason}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Dialog.Close className="rounded-md border border-line px-3 py-1 text-dim hover:bg-hover">
          Cancel
        </Dialog.Close>
        <button
          type="submit"
          disabled={state === "asking"}
          className="rounded-md border border-line px-3 py-1 font-medium hover:bg-hover disabled:text-dim"
        >
          Keep it
        </button>
      </div>
    </form>
  );
}

/** To the second, as it can be typed. */
function momentText(at: EpochMs): string {
  return formatTimestamp(at).replace(/\.\d+$/, "");
}
