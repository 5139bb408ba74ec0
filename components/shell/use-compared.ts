"use client";
import { createParser, useQueryState } from "nuqs";
import { useNow } from "@/lib/live";
import { readInstant } from "@/lib/model/instant";
import type { EpochMs } from "@/lib/model/reading";
import { useMoment } from "./use-moment";

const MINUTE_MS = 60_000;

/** How long before, as the address has it. */
export const AGO: Readonly<
  Record<string, { readonly name: string; readonly short: string; readonly ms: number }>
> = {
  "15m": { name: "15 minutes before", short: "15 m before", ms: 15 * MINUTE_MS },
  "1h": { name: "1 hour before", short: "1 h before", ms: 60 * MINUTE_MS },
  "24h": { name: "the same time the day before", short: "a day before", ms: 1_440 * MINUTE_MS },
  "7d": { name: "the same time the week before", short: "a week before", ms: 10_080 * MINUTE_MS },
};

/** How long before, or an instant. */
export const WITH = createParser({
  parse: (text) => (Object.hasOwn(AGO, text) || readInstant(text) !== null ? text : null),
  serialize: (text: string) => text,
});

/** Another moment that charts are compared with. */
export interface Compared {
  readonly at: EpochMs;
  /** How much earlier it is. */
  readonly shiftMs: number;
  /** What it is called. */
  readonly words: string;
}

/** The moment that the charts of a page are compared with, from the address (`?with=24h`). */
export function useCompared(): {
  other: string | null;
  compared: Compared | null;
  setOther: (other: string | null) => void;
} {
  const [other, setOther] = useQueryState("with", WITH);
  const { at } = useMoment();
  const now = useNow();
  return {
    other,
    compared: other === null ? null : comparedOf(other, at, now),
    setOther: (to) => void setOther(to),
  };
}

function comparedOf(other: string, at: EpochMs | null, now: EpochMs): Compared {
  // What is live goes on each second; what it is compared with is asked for once a minute.
  const here = at ?? Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  const ago = AGO[other];
  const then = ago === undefined ? readInstant(other)! : here - ago.ms;
  return { at: then, shiftMs: here - then, words: ago?.short ?? "the other moment" };
}
