import type { EpochMs } from "../../../model/reading.ts";

/** What happened, to what: the same for an advisory and for the change that samples show of it. */
export interface Happening {
  readonly kind: string;
  readonly stream: string;
  /** Empty: it is the stream. */
  readonly consumer: string;
}

/** Names have no space in them. */
export function happeningKey({ kind, stream, consumer }: Happening): string {
  return `${kind} ${stream} ${consumer}`;
}

/** What was told in the last seconds, so that samples that are slow to show it do not tell it again. */
export interface ToldMemory {
  /** @param after what it became, where that tells one such happening from the next */
  note(happening: Happening, at: EpochMs, after?: string): void;
  has(happening: Happening, after?: string): boolean;
  /** Lets go of what is too long ago. */
  sweep(at: EpochMs): void;
}

const SAME_MS = 30_000;
const MOST_REMEMBERED = 5_000;
/** What it undoes, which may then happen once more. */
const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ["created", "deleted"],
  ["deleted", "created"],
  ["paused", "resumed"],
  ["resumed", "paused"],
]);

export function createToldMemory(): ToldMemory {
  const told = new Map<string, { readonly at: EpochMs; readonly after: string | undefined }>();
  return {
    note(happening, at, after) {
      const key = happeningKey(happening);
      const opposite = OPPOSITES.get(happening.kind);
      if (opposite) told.delete(happeningKey({ ...happening, kind: opposite }));
      told.delete(key);
      told.set(key, { at, after });
      if (told.size > MOST_REMEMBERED) told.delete(told.keys().next().value!);
    },

    has(happening, after) {
      const one = told.get(happeningKey(happening));
      return one !== undefined && (after === undefined || one.after === undefined || one.after === after);
    },

    sweep(at) {
      for (const [key, one] of told) if (at - one.at > SAME_MS) told.delete(key);
    },
  };
}
