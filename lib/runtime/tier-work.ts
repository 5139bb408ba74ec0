import { Worker } from "node:worker_threads";
import type { FromTierWorker, TierWork } from "./tier-worker.ts";

/**
 * Has a piece of work done on a thread of its own. Never rejects.
 *
 * @param script the bundle of the worker
 * @param signal ends it in the middle
 * @returns what the tiers take on disk, or why it was not done
 */
export function runTierWork(
  script: string,
  work: TierWork,
  onWarning: (text: string) => void,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number } | { readonly failed: string }> {
  return new Promise((resolve) => {
    const worker = new Worker(script, { workerData: work });
    worker.on("message", (message: FromTierWorker) => {
      if ("warning" in message) onWarning(message.warning);
      else resolve(message);
    });
    signal?.addEventListener("abort", () => void worker.terminate(), { once: true });
    worker.once("error", (error) => resolve({ failed: error.message }));
    worker.once("exit", () => resolve({ failed: "the thread that writes ended" }));
  });
}
