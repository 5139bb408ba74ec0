/**
 * Everything one sample saw of a source, in the order of the rows. What could not be had this time keeps its place
 * with unknown numbers, so that a part that failed costs its values and not the layout.
 */

import type { CoreSnapshot } from "../core/core-snapshot.ts";
import type { ConsumerEntry, StreamEntry } from "./entries.ts";

export interface Snapshot {
  /** The account the source signs in to first, then by account and name. */
  readonly streams: readonly StreamSnapshot[];
  readonly core: CoreSnapshot | null;
}

export interface StreamSnapshot {
  /** Whose it is; empty: the account that the source signs in to. */
  readonly account: string;
  readonly entry: StreamEntry;
  /** By name. */
  readonly consumers: readonly ConsumerEntry[];
  /** Nobody who leads it could be asked. */
  readonly leaderless?: true;
}

/** A part that answered with names, some of which may be missing, or did not answer at all. */
export type Part<T> = { readonly items: readonly T[]; readonly missing: readonly string[] } | "failed";

export interface StreamPart {
  readonly entry: StreamEntry;
  readonly consumers: Part<ConsumerEntry>;
}

/** What was had of each account; the account that the source signs in to has an empty name. */
export type AccountParts = ReadonlyMap<string, Part<StreamPart>>;

export const NOTHING_SEEN: Snapshot = { streams: [], core: null };

/** Puts what was had in the place of what was had before; `previous` gives the names of what was not. */
export function mergeStreams(parts: AccountParts, previous: Snapshot): StreamSnapshot[] {
  const before = groupByAccount(previous);
  return [...parts.keys()]
    .sort()
    .flatMap((account) => mergeAccount(account, parts.get(account)!, before.get(account) ?? NO_STREAMS));
}

type StreamsByName = ReadonlyMap<string, StreamSnapshot>;
const NO_STREAMS: StreamsByName = new Map();

function groupByAccount({ streams }: Snapshot): ReadonlyMap<string, StreamsByName> {
  const accounts = new Map<string, Map<string, StreamSnapshot>>();
  for (const stream of streams) {
    let names = accounts.get(stream.account);
    if (names === undefined) {
      names = new Map();
      accounts.set(stream.account, names);
    }
    names.set(stream.entry.name, stream);
  }
  return accounts;
}

function mergeAccount(account: string, part: Part<StreamPart>, before: StreamsByName): StreamSnapshot[] {
  if (part === "failed") return [...before.values()].map(blankStream);
  const streams: StreamSnapshot[] = part.items.map(({ entry, consumers }) => ({
    account,
    entry,
    consumers: mergeConsumers(consumers, before.get(entry.name)?.consumers ?? []),
  }));
  for (const name of part.missing) {
    const known = before.get(name);
    if (known) streams.push({ ...blankStream(known), leaderless: true });
  }
  return streams.sort((a, b) => byName(a.entry, b.entry));
}

function mergeConsumers(
  part: Part<ConsumerEntry>,
  before: readonly ConsumerEntry[],
): readonly ConsumerEntry[] {
  if (part === "failed") return before.map(blankConsumer);
  if (part.missing.length === 0) return part.items; // as the server sorts them: by name
  const missing = new Set(part.missing);
  return [...part.items, ...before.filter(({ name }) => missing.has(name)).map(blankConsumer)].sort(byName);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function blankStream({ account, entry, consumers }: StreamSnapshot): StreamSnapshot {
  return { account, entry: blank(entry), consumers: consumers.map(blankConsumer) };
}

function blankConsumer(consumer: ConsumerEntry): ConsumerEntry {
  return { ...blank(consumer), paused: false };
}

/** The same with every number unknown. */
function blank<T extends object>(entry: T): T {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, typeof value === "number" ? Number.NaN : value]),
  ) as T;
}
