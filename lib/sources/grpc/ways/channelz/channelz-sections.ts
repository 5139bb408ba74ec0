import type { SectionRow, SourceSection } from "../../../../model/source.ts";
import type { ChannelzFindings } from "../ways.ts";

export interface AddressChannelz {
  /** Of the address, for people. */
  readonly name: string;
  readonly channelz: ChannelzFindings | null;
}

/** Rows told of one table. */
const MOST_ROWS = 200;

/** The tables of channelz over all addresses of a target: one of each kind, which says where a row is from. */
export function channelzSections(addresses: readonly AddressChannelz[]): SourceSection[] {
  if (addresses.length === 1) return [...(addresses[0]!.channelz?.sections ?? [])];
  const byKey = new Map<string, { readonly name: string; readonly section: SourceSection }[]>();
  for (const { name, channelz } of addresses) {
    for (const section of channelz?.sections ?? []) {
      byKey.set(section.key, [...(byKey.get(section.key) ?? []), { name, section }]);
    }
  }
  return [...byKey.values()].map(joined);
}

function joined(parts: readonly { readonly name: string; readonly section: SourceSection }[]): SourceSection {
  const { key, title, columns } = parts[0]!.section;
  const rows = parts.flatMap(({ name, section }) =>
    section.rows.map((row): SectionRow => ({ ...row, id: `${name} ${row.id}`, cells: [name, ...row.cells] })),
  );
  const worstFirst = [...rows.filter(hasTrouble), ...rows.filter((row) => !hasTrouble(row))];
  const told = worstFirst.slice(0, MOST_ROWS);
  const total = parts.reduce((sum, { section }) => sum + (section.total ?? section.rows.length), 0);
  const notes = [...new Set(parts.flatMap(({ section }) => section.note ?? []))];
  return {
    key,
    title,
    ...(notes.length > 0 && { note: notes.join(" ") }),
    columns: [{ label: "At", kind: "text", title: "Which address of the target it is from" }, ...columns],
    rows: told,
    ...(total > told.length && { total }),
    asOf: Math.max(...parts.map(({ section }) => section.asOf)),
  };
}

function hasTrouble({ trouble }: SectionRow): boolean {
  return trouble !== undefined;
}
