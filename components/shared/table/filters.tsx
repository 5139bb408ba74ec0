"use client";
import { cx } from "@/components/ui/cx";
import { SystemDot } from "@/components/ui/system-dot";
import { STATUSES, type Status, severityOf } from "@/lib/model/status";
import { SYSTEM_NAMES, SYSTEMS, type System } from "@/lib/model/system";

/** Everything somebody should look at. */
const ATTENTION: readonly Status[] = STATUSES.filter((status) => severityOf(status) !== "good");

/** The one source that is shown, where a link asked for one. */
export function SourceFilter({ source, onClear }: { source: string | null; onClear: () => void }) {
  return <OnlyFilter value={source} every="source" onClear={onClear} />;
}

/** The one thing that is shown, where a link asked for it; `every`: what is shown without. */
export function OnlyFilter({
  value,
  every,
  onClear,
}: {
  value: string | null;
  every: string;
  onClear: () => void;
}) {
  if (value === null) return null;
  return (
    <button
      type="button"
      className="h-7 max-w-full truncate rounded border border-line px-2 text-ink hover:bg-hover"
      title={value}
      aria-label={`Only ${value}: show every ${every}`}
      onClick={onClear}
    >
      {value} <span aria-hidden="true">×</span>
    </button>
  );
}

/** One system or all of them; pressing the pressed one again shows all. */
export function SystemFilter({
  value,
  onChange,
}: {
  value: System | null;
  onChange: (system: System | null) => void;
}) {
  return (
    <fieldset className="flex overflow-hidden rounded border border-line">
      <legend className="sr-only">System</legend>
      {SYSTEMS.map((system) => (
        <button
          key={system}
          type="button"
          aria-pressed={value === system}
          onClick={() => onChange(value === system ? null : system)}
          className={cx(
            "flex h-6.5 items-center gap-1.5 border-line px-2 -outline-offset-2 hover:bg-hover nth-[n+3]:border-l",
            value === system ? "bg-hover font-medium text-ink" : "text-dim",
          )}
        >
          <SystemDot system={system} />
          {SYSTEM_NAMES[system]}
        </button>
      ))}
    </fieldset>
  );
}

export function StatusFilter({
  value,
  onChange,
}: {
  value: readonly Status[];
  onChange: (statuses: Status[] | null) => void;
}) {
  const chosen = value.length === 0 ? "any" : value.join(",");
  const attention = ATTENTION.join(",");
  const isListed = value.length <= 1 || chosen === attention;
  return (
    <select
      aria-label="Status"
      value={chosen}
      onChange={(event) =>
        onChange(event.target.value === "any" ? null : (event.target.value.split(",") as Status[]))
      }
      className={cx(
        "h-7 rounded border border-line bg-panel px-1.5 max-md:min-w-30 max-md:flex-1",
        value.length > 0 ? "text-ink" : "text-dim",
      )}
    >
      <option value="any">Any status</option>
      <option value={attention}>Needs attention</option>
      {!isListed && <option value={chosen}>{value.join(", ")}</option>}
      {STATUSES.map((status) => (
        <option key={status} value={status}>
          {status}
        </option>
      ))}
    </select>
  );
}
