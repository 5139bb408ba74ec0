import type { Listing } from "./listing.ts";
import { within } from "./waiting.ts";

/**
 * A list of a cluster is later than this where a leader does not answer: the server then waits 4 s for it, and all the
 * others wait along.
 */
const LATE_MS = 400;
/** How long whoever is asked alone may take. */
const EACH_MS = 400;
/** Of these, so many a sample at most: a cluster in trouble is not to be flooded. */
const MOST_ALONE = 2_000;

/** What a list is about when it is late. */
export interface LateList<T> {
  /** The list asked for, such as `CONSUMER.LIST.orders`. */
  readonly api: string;
  readonly list: () => Promise<Listing<T>>;
  /** What it held the last time and a cluster keeps; empty: there is nothing but to wait for the list. */
  readonly known: readonly string[];
  /** One of them alone. */
  readonly alone: (name: string) => Promise<T>;
  /** What to do where nobody answers alone either: wait for what the list says, or take all for missing. */
  readonly nobody: "wait" | "missing";
}

export interface LateLists {
  /** To be called before each sample. */
  begin(): void;
  get<T>(late: LateList<T>): Promise<Listing<T>>;
}

/**
 * Lists that do not keep everybody waiting for one leader that is gone. A late list is left to itself, as what it says
 * in the end is seconds old, and those it held are asked one by one; no second one is asked for while one is out.
 */
export function createLateLists(): LateLists {
  const out = new Map<string, Promise<unknown>>();
  let left = MOST_ALONE;

  return {
    begin() {
      left = MOST_ALONE;
    },

    async get<T>({ api, list, known, alone, nobody }: LateList<T>) {
      const overdue = out.has(api);
      const asked = (out.get(api) as Promise<Listing<T>> | undefined) ?? list();
      if (!overdue) {
        out.set(api, asked);
        const over = () => void out.delete(api);
        asked.then(over, over);
      }
      if (known.length === 0) return asked;
      if (!overdue) {
        const first = await within(asked, LATE_MS, () => new Late()).catch(unlessLate);
        if (first !== null) return first;
      }
      if (known.length > left) return nobody === "wait" ? asked : { items: [], missing: known };
      left -= known.length;
      const listing = await askAlone(known, alone);
      return listing.missing.length === known.length && nobody === "wait" ? asked : listing;
    },
  };
}

class Late extends Error {}

function unlessLate(error: unknown): null {
  if (error instanceof Late) return null;
  throw error;
}

async function askAlone<T>(
  names: readonly string[],
  alone: (name: string) => Promise<T>,
): Promise<Listing<T>> {
  const items: T[] = [];
  const missing: string[] = [];
  await Promise.all(
    names.map(async (name) => {
      try {
        items.push(await within(alone(name), EACH_MS, () => new Late()));
      } catch {
        missing.push(name); // whatever the reason: the list will tell
      }
    }),
  );
  return { items, missing };
}
