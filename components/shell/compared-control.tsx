"use client";
import { AGO, useCompared } from "./use-compared";
import { useKept } from "./use-kept";

/** With which earlier moment the charts of a page are compared; nothing where nothing is kept. */
export function ComparedControl({ className }: { className?: string }) {
  const { other, setOther } = useCompared();
  if (!useKept()?.isOn) return null;
  return (
    <select
      aria-label="Compare charts with"
      value={other ?? ""}
      onChange={(event) => setOther(event.target.value || null)}
      className={`h-6 max-w-full rounded border border-line bg-panel px-1 text-dim text-xs ${className ?? ""}`}
    >
      <option value="">compare with…</option>
      {other !== null && !Object.hasOwn(AGO, other) && <option value={other}>another moment</option>}
      {Object.entries(AGO).map(([value, { name }]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
