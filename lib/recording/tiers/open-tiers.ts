import { rename } from "node:fs/promises";
import type { EpochMs } from "../../model/reading.ts";
import { isUnreadable } from "../read-segments.ts";
import { bytesOf } from "../segment-files.ts";
import { readIndex, tiersOf } from "./tier-index.ts";

/** What the tiers hold, and take on disk. What cannot be read is put aside, and they begin anew. */
export async function openTiers(
  folder: string,
  onWarning: (text: string) => void,
): Promise<{ readonly until: EpochMs | null; readonly bytes: number }> {
  try {
    const { until, files } = await readIndex(tiersOf(folder));
    return { until, bytes: bytesOf(files) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const aside = await putAside(tiersOf(folder));
    onWarning(`${error.message} Long charts begin anew; what was there is in ${aside}.`);
    return { until: null, bytes: 0 };
  }
}

async function putAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}-unread-${n}`;
    try {
      await rename(path, aside);
      return aside;
    } catch (error) {
      // Another one was put there before.
      if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}
