import type { SourceEvent } from "../model/source.ts";

/** Of one kind of event at most this many are told one by one in a sample. */
const EVENTS_TOLD = 20;
/** Names in one title. */
const NAMES_TOLD = 3;
const NAME_LENGTH = 80;

/** One event an item up to a point, and one with the number of all the others: `980 more topics were created`. */
export function capped<T>(
  items: readonly T[],
  whatHappened: string,
  at: number,
  toEvent: (item: T) => SourceEvent,
): SourceEvent[] {
  if (items.length <= EVENTS_TOLD) return items.map(toEvent);
  const told = items.slice(0, EVENTS_TOLD).map(toEvent);
  const more = countText(items.length - told.length);
  return [...told, { at, kind: told[0]!.kind, title: `${more} more ${whatHappened}` }];
}

/** `1 broker`, `6,333 partitions`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `6,333`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** Names are text of any kind and length; a title has room for a part. */
export function nameText(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH)}…`;
}

/** `a, b, c and 4 more`; the same name several times is told once: `worker ×3`. */
export function namesText(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const told = [...counts].map(([name, count]) =>
    count === 1 ? nameText(name) : `${nameText(name)} ×${count}`,
  );
  const more = told.length - NAMES_TOLD;
  return more > 0 ? `${told.slice(0, NAMES_TOLD).join(", ")} and ${more} more` : told.join(", ");
}
