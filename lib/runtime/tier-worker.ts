import { parentPort, workerData } from "node:worker_threads";
import { type KeepTiers, keepTiers } from "../recording/tiers/keep-tiers.ts";

export type FromTierWorker = { readonly bytes: number } | { readonly failed: string };

/** Does one piece of work on the tiers and ends, and with it goes all the memory that it took. */
const tell = (message: FromTierWorker) => parentPort!.postMessage(message);
try {
  tell({ bytes: await keepTiers(workerData as KeepTiers) });
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) });
}
