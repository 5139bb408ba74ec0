"use client";
import { useId, useState } from "react";
import { cx } from "@/components/ui/cx";
import type { EpochMs } from "@/lib/model/reading";
import { MOMENT_EXAMPLES, readMoment } from "./read-moment";

/** A moment as it is typed; what is none is said, and stays to be mended. */
export function MomentField({
  label,
  placeholder,
  now,
  onMoment,
}: {
  label: string;
  placeholder: string;
  /** Asked when something was typed. */
  now: () => EpochMs;
  onMoment: (at: EpochMs) => void;
}) {
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const examples = useId();
  return (
    <form
      className="inline-flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        const at = readMoment(text, now());
        setWrong(at === null);
        if (at === null) return;
        setText("");
        onMoment(at);
      }}
    >
      <input
        aria-label={label}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? examples : undefined}
        placeholder={placeholder}
        title={`A moment that has been: ${MOMENT_EXAMPLES}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setWrong(false);
        }}
        className={cx("h-7.5 w-40 rounded-md border bg-panel px-2", isWrong ? "border-crit" : "border-line")}
      />
      {isWrong && (
        <span id={examples} role="alert" className="text-crit text-xs">
          Write a moment that has been: {MOMENT_EXAMPLES}
        </span>
      )}
    </form>
  );
}
