import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsClient } from "../connection/client.ts";
import {
  fields,
  readConsumer,
  readConsumerPage,
  readStream,
  readStreamPage,
  ShapeError,
} from "./api-types.ts";
import type { ConsumerEntry, Page, StreamEntry } from "./entries.ts";

export interface Listing<T> {
  readonly items: readonly T[];
  /** Names of what could not be told: their leader did not answer, or they are offline. */
  readonly missing: readonly string[];
  /** Why some of these are offline; absent: none is. */
  readonly offline?: ReadonlyMap<string, string>;
}

/** A million names; against a total that counts nothing. */
const MOST_PAGES = 4_096;

export function listStreams(client: NatsClient, clock: WallClock): Promise<Listing<StreamEntry>> {
  return listAll(async (offset) => readStreamPage(await client.ask("STREAM.LIST", { offset }), clock.now()));
}

export function listConsumers(
  client: NatsClient,
  stream: string,
  clock: WallClock,
): Promise<Listing<ConsumerEntry>> {
  const api = `CONSUMER.LIST.${stream}`;
  return listAll(async (offset) => readConsumerPage(await client.ask(api, { offset }), clock.now()));
}

/** One stream alone, from its leader. Rejects where it has none: others tell what they held when they lost it. */
export async function askStream(client: NatsClient, name: string, clock: WallClock): Promise<StreamEntry> {
  const entry = readStream(fields(await client.ask(`STREAM.INFO.${name}`, {}), "the answer"), clock.now());
  if (entry.cluster?.leader === "") throw new ShapeError(`${name} has no leader`);
  return entry;
}

/** One consumer alone, from its leader. */
export async function askConsumer(
  client: NatsClient,
  stream: string,
  name: string,
  clock: WallClock,
): Promise<ConsumerEntry> {
  const answer = await client.ask(`CONSUMER.INFO.${stream}.${name}`, {});
  return readConsumer(fields(answer, "the answer"), clock.now());
}

/**
 * All pages, exactly. Names that come or go between two pages shift the others across a page border: pages overlap, and
 * a list that does not add up is read once more.
 */
export async function listAll<T extends { readonly name: string }>(
  page: (offset: number) => Promise<Page<T>>,
): Promise<Listing<T>> {
  try {
    const listing = await readPages(page);
    return listing.complete ? listing : await readPages(page);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    throw new CollectorError(
      "PROTOCOL",
      `The answer of the JetStream API could not be read: ${cause.message}.`,
      "Does something other than JetStream answer on these subjects?",
      { cause },
    );
  }
}

/** Names that two neighbouring pages have in common, of a page of 256: so many may go between the two. */
const OVERLAP = 12;

async function readPages<T extends { readonly name: string }>(
  page: (offset: number) => Promise<Page<T>>,
): Promise<Listing<T> & { readonly complete: boolean }> {
  const first = withoutPlaceholders(await page(0));
  const pages = [first];
  const { limit } = first;
  const step = limit - Math.min(OVERLAP, Math.floor(limit / 16));
  let { total } = first;
  const pagesOf = (count: number) => Math.min(MOST_PAGES, 1 + Math.ceil((count - limit) / step));
  while (pages.length < pagesOf(total)) {
    const wanted = pagesOf(total) - pages.length;
    const offsets = Array.from({ length: wanted }, (_, i) => (pages.length + i) * step);
    pages.push(...(await Promise.all(offsets.map(page))).map(withoutPlaceholders));
    total = pages.at(-1)!.total;
  }
  if (pages.length === 1) return { items: first.items, missing: first.missing, complete: true };
  const items = new Map(pages.flatMap((got) => got.items.map((item) => [item.name, item])));
  const missing = [...new Set(pages.flatMap((got) => got.missing))].filter((name) => !items.has(name));
  const steady = pages.every((got) => got.total === total) && items.size + missing.length === total;
  return { items: [...items.values()], missing, complete: steady || isUnbroken(pages) };
}

/** Whether every page begins before the one before it ends, so that no name can be between the two. */
function isUnbroken(pages: readonly Page<{ readonly name: string }>[]): boolean {
  const names = pages
    .map(({ items, missing }) => [...items.map(({ name }) => name), ...missing].sort())
    .filter((page) => page.length > 0);
  return names.every((page, i) => i === 0 || page[0]! <= names[i - 1]!.at(-1)!);
}

/** Whatever has all of its servers offline is listed with zeroes besides being missing: those are no numbers. */
function withoutPlaceholders<T extends { readonly name: string }>(page: Page<T>): Page<T> {
  if (page.missing.length === 0) return page;
  const missing = new Set(page.missing);
  return { ...page, items: page.items.filter(({ name }) => !missing.has(name)) };
}
