"use client";
import { type FormEvent, useState } from "react";
import { exactCount } from "@/lib/format";
import { usePeek } from "./peek-dialog";

/** Looks at any message of a stream by its sequence; the newest one, unless another is typed. */
export function PeekForm({
  streamId,
  range: { first, last },
}: {
  streamId: string;
  range: { readonly first: number; readonly last: number };
}) {
  const peek = usePeek();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const digits = typed.replace(/[\s,._]/g, "");
    peek?.({ streamId, sequence: digits === "" ? last : Number(digits) });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
      <label htmlFor="peek-sequence" className="text-dim text-xs">
        Look at sequence
      </label>
      <input
        id="peek-sequence"
        inputMode="numeric"
        pattern="\s*[0-9][0-9\s,._]{0,20}\s*"
        title={`A number from ${exactCount(first)} to ${exactCount(last)}`}
        placeholder={exactCount(last)}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="h-7 w-36 rounded border border-line bg-panel px-2 placeholder:text-faint"
      />
      <button type="submit" className="h-7 rounded border border-line px-2.5 hover:bg-hover">
        Look
      </button>
      <span className="text-dim text-xs">
        {exactCount(first)} – {exactCount(last)}
      </span>
    </form>
  );
}
