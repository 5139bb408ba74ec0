import { parentPort, workerData } from "node:worker_threads";
import { Past } from "../recording/past.ts";
import { TierReader } from "../recording/tiers/read-tiers.ts";
import { ALL_TRAITS } from "../sources/all-traits.ts";
import { assembleRecorded } from "./assemble.ts";
import { answerPast, type PastQuestion } from "./past-questions.ts";
import type { FromPastWorker, PastWorkerData, ToPastWorker } from "./past-reader.ts";

/** Reads what was recorded, on a thread of its own: what takes long here delays nothing that is live. */
const { folder } = workerData as PastWorkerData;
const port = parentPort!;
const tell = (message: FromPastWorker) => port.postMessage(message);

const onUnread = (path: string, { message }: Error) =>
  tell({ warning: `${path} was not read to its end. ${message}` });
const past = new Past({ folder, assemble: (sources) => assembleRecorded(sources, ALL_TRAITS), onUnread });
const tiers = new TierReader(folder, onUnread);

// One after the other: a moment is good until the next one is asked for.
let answered: Promise<void> = Promise.resolve();
port.on("message", ({ id, question }: ToPastWorker) => {
  answered = answered.then(async () => {
    tell({ id, answer: await answerPast({ past, tiers }, question satisfies PastQuestion) });
  });
});
