import type { EpochMs } from "../model/reading.ts";
import type { SectionColumnKind, SectionRow, SourceSection } from "../model/source.ts";

export interface Column<T> {
  readonly label: string;
  readonly kind: SectionColumnKind;
  readonly title?: string;
  /** NaN and Infinity: not known, no limit. */
  readonly cell: (item: T) => string | number;
}

export interface Table<T> {
  readonly key: string;
  readonly title: string;
  readonly note?: string;
  readonly asOf: EpochMs;
  readonly columns: readonly Column<T>[];
  /** In their order; those with trouble go first. */
  readonly items: readonly T[];
  readonly id: (item: T) => string;
  /** Null: nothing is wrong with it. */
  readonly trouble?: (item: T) => string | null;
  /** Rows told at most. */
  readonly most?: number;
  /** Items there are, where `items` are not all. */
  readonly total?: number;
}

const MOST_ROWS = 100;

export function createSection<T>(table: Table<T>): SourceSection {
  const { key, title, note, asOf, columns, items, id, trouble, most = MOST_ROWS } = table;
  const ids = new Set<string>();
  const troubled: SectionRow[] = [];
  const calm: SectionRow[] = [];
  for (const item of items) {
    const rowId = id(item);
    if (ids.has(rowId)) continue;
    ids.add(rowId);
    const what = trouble?.(item) ?? null;
    const cells = columns.map(({ cell }) => known(cell(item)));
    if (what === null) calm.push({ id: rowId, cells });
    else troubled.push({ id: rowId, cells, trouble: what });
  }
  const rows = [...troubled, ...calm].slice(0, most);
  const total = Math.max(table.total || 0, ids.size);
  return {
    key,
    title,
    ...(note && { note }),
    columns: columns.map(({ label, kind, title }) => ({ label, kind, ...(title && { title }) })),
    rows,
    ...(total > rows.length && { total }),
    asOf,
  };
}

function known(value: string | number): string | number | null {
  if (typeof value === "string") return value === "" ? null : value;
  return Number.isFinite(value) ? value : null;
}

/** The newest of several instants; NaN where there is none. */
export function newest(instants: readonly EpochMs[]): EpochMs {
  return instants.length === 0 ? Number.NaN : Math.max(...instants);
}

/** The part that can be told, of numbers some of which are not known; NaN: none is. */
export function sumKnown(numbers: readonly number[]): number {
  const some = numbers.filter((number) => !Number.isNaN(number));
  return some.length === 0 ? Number.NaN : some.reduce((sum, number) => sum + number, 0);
}

/** NaN: none is known. */
export function maxKnown(numbers: readonly number[]): number {
  const some = numbers.filter((number) => !Number.isNaN(number));
  return some.length === 0 ? Number.NaN : Math.max(...some);
}
