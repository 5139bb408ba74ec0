import type { Clock } from "../../../async/clock.ts";
import { within } from "../../../async/within.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { Listing } from "./listing.ts";

/**
 * A list of a cluster is later than this, and the network's way there and back a few times, where a leader does not
 * answer: the server then waits 4 s for it, and all the others wait along. Whoever is asked alone may take as long.
 */
const PATIENCE_MS = 400;
const ROUND_TRIPS = 4;
/** Of these, so many a sample at most: a cluster in trouble is not to be flooded. */
const MOST_ALONE = 2_000;

/** What a list is about when it is late. */
export interface LateList<T> {
  /** The list asked for, such as `CONSUMER.LIST.orders`. */
  readonly api: string;
  readonly list: () => Promise<Listing<T>>;
  /** What it held the last time and a cluster keeps; null: there is nothing but to wait for the list. */
  readonly known: readonly string[] | null;
  /** One of them alone. */
  readonly alone: (name: string) => Promise<T>;
  /** What to do where nobody answers alone either: wait for what the list says, or take all for missing. */
  readonly nobody: "wait" | "missing";
}

export interface LateListing<T> extends Listing<T> {
  /** Why a list to wait for could not be had the last time, where those it held were asked instead. */
  readonly error?: CollectorError | undefined;
}

export interface LateLists {
  /** To be called before each sample, with the way to the server and back. */
  begin(roundTripMs: number): void;
  get<T>(late: LateList<T>): Promise<LateListing<T>>;
}

/**
 * Lists that do not keep everybody waiting for one leader that is gone. A late list is left to itself, as what it says
 * in the end is seconds old, and those it held are asked one by one; no second one is asked for while one is out.
 */
export function createLateLists(clock: Clock): LateLists {
  const out = new Map<string, Promise<unknown>>();
  const errors = new Map<string, CollectorError>();
  const answered = new Set<string>();
  let left = MOST_ALONE;
  let patienceMs = PATIENCE_MS;

  return {
    begin(roundTripMs) {
      left = MOST_ALONE;
      patienceMs = PATIENCE_MS + ROUND_TRIPS * roundTripMs;
    },

    async get<T>({ api, list, known, alone, nobody }: LateList<T>) {
      const overdue = out.has(api);
      const asked = (out.get(api) as Promise<Listing<T>> | undefined) ?? list();
      if (!overdue) {
        out.set(api, asked);
        const over = (error: unknown) => {
          out.delete(api);
          if (nobody === "wait" && error instanceof CollectorError) errors.set(api, error);
        };
        const had = () => {
          out.delete(api);
          errors.delete(api);
          if (nobody === "wait") answered.add(api);
        };
        asked.then(had, over);
      }
      if (known === null || (known.length === 0 && !answered.has(api))) return asked;
      if (!overdue) {
        const first = await within(clock, patienceMs, asked, () => new Late()).catch(unlessUnavailable);
        if (first !== null) return first;
      }
      if (known.length > left) return nobody === "wait" ? asked : { items: [], missing: known };
      left -= known.length;
      const answers = askAlone(known, (name) => within(clock, patienceMs, alone(name), () => new Late()));
      // It may still come in time, where the network or the server is slow.
      const listing = await (overdue ? answers : Promise.race([asked.catch(() => answers), answers]));
      const nobodyAnswered = known.length > 0 && listing.missing.length === known.length;
      if (nobodyAnswered && nobody === "wait") return asked;
      return { ...listing, error: errors.get(api) };
    },
  };
}

class Late extends Error {}

/** A server that comes back says that there is no leader before it has heard of the one there is. */
function unlessUnavailable(error: unknown): null {
  if (error instanceof Late || (error instanceof CollectorError && error.code === "ANSWERED_ERROR"))
    return null;
  throw error;
}

async function askAlone<T>(
  names: readonly string[],
  alone: (name: string) => Promise<T>,
): Promise<Listing<T>> {
  const missing: string[] = [];
  const items = await Promise.all(
    names.map(async (name) => {
      try {
        return [await alone(name)];
      } catch {
        missing.push(name); // whatever the reason: the list will tell
        return [];
      }
    }),
  );
  return { items: items.flat(), missing }; // in the order of the names, whoever answered first
}
