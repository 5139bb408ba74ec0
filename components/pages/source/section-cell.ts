import { exactCount, formatBytes, formatDuration, formatRate, UNKNOWN } from "@/lib/format";
import type { SectionColumn, SectionColumnKind } from "@/lib/model/source";

type Cell = string | number | null;

const FORMATS: Readonly<Record<Exclude<SectionColumnKind, "text">, (value: number) => string>> = {
  count: exactCount,
  bytes: formatBytes,
  duration: formatDuration,
  percent: (value) => value.toFixed(1),
  counter: formatRate,
  byteCounter: formatBytes,
};

/** A cell as text; what is not known is "—". */
export function cellText(cell: Cell, kind: SectionColumnKind): string {
  if (cell === null || cell === "") return UNKNOWN;
  if (typeof cell === "string") return cell;
  return kind === "text" ? exactCount(cell) : FORMATS[kind](cell);
}

/** Every digit, for hover. */
export function cellTitle(cell: Cell, kind: SectionColumnKind): string | undefined {
  if (cell === null) return "not known";
  if (typeof cell === "string" || kind === "text") return String(cell);
  switch (kind) {
    case "bytes":
      return `${exactCount(cell)} bytes`;
    case "byteCounter":
      return `${exactCount(cell)} bytes a second`;
    case "counter":
      return `${Math.round(cell * 10) / 10} a second`;
    case "duration":
      return `${Math.round(cell * 1_000) / 1_000} ms`;
    case "count":
    case "percent":
      return undefined;
  }
}

const UNITS: Readonly<Partial<Record<SectionColumnKind, string>>> = {
  counter: "/s",
  byteCounter: "/s",
  percent: "%",
};

/** The name of a column with the unit of its numbers, which stay on one line, unless each of them carries its own. */
export function columnName({ label, kind }: SectionColumn): string {
  const unit = UNITS[kind];
  return unit === undefined ? label : `${label}\u00a0${unit}`;
}
