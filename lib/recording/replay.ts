import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Store } from "../store/store.ts";
import type { Entry } from "./entry.ts";

/** Feeds what was recorded to whom it went to then. What is of a source that is not there any more is left out. */
export function replay(entry: Entry, pipelines: ReadonlyMap<string, SourcePipeline>, store: Store): void {
  if (entry.kind === "round") {
    store.tick(entry.at);
    return;
  }
  const pipeline = pipelines.get(entry.source);
  if (pipeline === undefined) return;
  switch (entry.kind) {
    case "sample":
      pipeline.accept(entry.sample, entry.cost);
      break;
    case "focus":
      pipeline.acceptFocus(entry.sample, entry.keys);
      break;
    case "failure":
      pipeline.fail(entry.failure, entry.news);
      break;
    case "skip":
      pipeline.skip();
      break;
    case "seen":
      pipeline.markLossesSeen(entry.consumerId, entry.at);
      break;
  }
}
