import { readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { EpochMs } from "../../model/reading.ts";
import { checksum } from "../../sample/codec/form/checksum.ts";
import { JournalError } from "../journal-error.ts";
import { orNothing, syncFolder } from "../segment-files.ts";
import { TIER_NAMES } from "./tier.ts";
import { writeSynced } from "./tier-file.ts";

/** Another form is refused in words. */
const FORM = 1;

const tierEntry = z.object({
  tier: z.enum(TIER_NAMES),
  /** Below the folder of the tiers. */
  path: z.string(),
  /** Its steps begin from `from` until before `to`. */
  from: z.number(),
  to: z.number(),
  /** When the first of those that it has begins, and the last one. */
  first: z.number(),
  last: z.number(),
  /** Whether the next tier has all of it. */
  isWhole: z.boolean(),
  bytes: z.number(),
  /** CRC-32 of all its bytes. */
  sum: z.number(),
});

const index = z.object({
  /** Number of the next file. */
  next: z.number(),
  /** All values up to then are in it; null: none were gathered. */
  until: z.number().nullable(),
  files: z.array(tierEntry),
});

/** One file of points, as it is registered. */
export type TierEntry = Readonly<z.infer<typeof tierEntry>>;

/** Which files there are: one that it does not name is none. It is replaced as a whole, so that what belongs together comes together. */
export interface TierIndex extends Omit<z.infer<typeof index>, "files"> {
  readonly until: EpochMs | null;
  readonly files: readonly TierEntry[];
}

const NOTHING: TierIndex = { next: 1, until: null, files: [] };
const NAME = "index.json";

/** Where the tiers of a recording are. */
export function tiersOf(folder: string): string {
  return join(folder, "tiers");
}

/**
 * Nothing where there is none.
 *
 * @throws JournalError `DAMAGED`, `UNKNOWN_VERSION`
 */
export async function readIndex(tiers: string): Promise<TierIndex> {
  const path = join(tiers, NAME);
  const text = await readFile(path, "utf8").catch(orNothing);
  if (text === undefined) return NOTHING;
  const [sum, json = ""] = text.split("\n");
  if (sum !== String(checksum(Buffer.from(json)))) {
    throw new JournalError("DAMAGED", `${path} is not what was written.`);
  }
  const read = JSON.parse(json) as { form?: unknown };
  const parsed = index.safeParse(read);
  if (read.form === FORM && parsed.success) return parsed.data;
  if (read.form === FORM) throw new JournalError("DAMAGED", `${path} is not what was written.`);
  throw new JournalError(
    "UNKNOWN_VERSION",
    `${path} was made by another version of Streamside (form ${read.form}).`,
  );
}

/** From now on these are the files: what they hold is on disk. */
export async function registerIndex(tiers: string, read: TierIndex): Promise<void> {
  const json = JSON.stringify({ form: FORM, ...read });
  const path = join(tiers, NAME);
  await writeSynced(`${path}.new`, Buffer.from(`${checksum(Buffer.from(json))}\n${json}\n`));
  // The folders of its files, whose names are new too.
  for (const name of new Set(read.files.map((file) => dirname(file.path))))
    await syncFolder(join(tiers, name));
  await rename(`${path}.new`, path);
  await syncFolder(tiers);
}
