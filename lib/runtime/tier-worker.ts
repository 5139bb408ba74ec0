import { parentPort, workerData } from "node:worker_threads";
import { gatherRecording } from "../recording/tiers/gather-recording.ts";
import { type KeepTiers, keepTiers } from "../recording/tiers/keep-tiers.ts";
import { ALL_TRAITS } from "../sources/all-traits.ts";
import { assembleRecorded } from "./assemble.ts";

/** What is to be done: to keep what was gathered, or to gather all of a recording. */
export type TierWork = { readonly keep: KeepTiers } | { readonly gather: string };

export type FromTierWorker =
  | { readonly bytes: number }
  | { readonly failed: string }
  | { readonly warning: string };

/** Does one piece of work on the tiers and ends, and with it goes all the memory that it took. */
const tell = (message: FromTierWorker) => parentPort!.postMessage(message);
try {
  tell({ bytes: await run(workerData as TierWork) });
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) });
}

async function run(work: TierWork): Promise<number> {
  if ("keep" in work) return keepTiers(work.keep);
  await gatherRecording({
    folder: work.gather,
    assemble: (sources) => assembleRecorded(sources, ALL_TRAITS),
    onUnread: (path, { message }) => tell({ warning: `${path} was not read to its end. ${message}` }),
  });
  return 0;
}
