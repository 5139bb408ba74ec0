import type { Clock } from "../async/clock.ts";
import type { HistoryConfig, StreamsideConfig } from "../config/index.ts";
import { WINDOW_MS } from "../model/live.ts";
import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Entry } from "../recording/entry.ts";
import { readSegments } from "../recording/read-segments.ts";
import { Recorder } from "../recording/recorder.ts";
import { replay } from "../recording/replay.ts";
import type { SourcesRecorded } from "../recording/segment.ts";
import type { ConfiguredSource } from "../sources/definition.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "./log.ts";

/** Requests are answered between this many entries that are read back. */
const ENTRIES_A_TURN = 50;

export interface History {
  record(entry: Entry): void;
  /** Feeds what was recorded in the last quarter of an hour to whom it went to then. Never rejects. */
  restore(pipelines: ReadonlyMap<string, SourcePipeline>, store: Store): Promise<void>;
  /** Resolves when all is on disk. */
  close(): Promise<void>;
}

/** Keeps what is sampled, and gives it back after a restart. */
export function createHistory(
  { dir, rawMs, maxBytes }: HistoryConfig,
  sources: StreamsideConfig<ConfiguredSource>["sources"],
  clock: Clock,
  log: Log,
): History {
  const recorded: SourcesRecorded = Object.fromEntries(
    sources.map(({ kind, config, addresses }) => [config.id, `${kind.id} ${addresses.join(",")}`]),
  );
  const recorder = new Recorder({
    ...{ folder: dir, sources: recorded, keepMs: rawMs, maxBytes, clock },
    onTrouble: (why) =>
      why === null
        ? log.info("History is recorded again.", { dir })
        : log.warn(`${why} Everything else goes on, and so does this as soon as it can.`),
  });
  return {
    record: (entry) => recorder.write(entry),
    async restore(pipelines, store) {
      const startedAt = clock.elapsed();
      let entries = 0;
      try {
        for await (const entry of readSegments(dir, clock.now() - WINDOW_MS, recorded, warnOfUnread(log))) {
          replay(entry, pipelines, store);
          if (++entries % ENTRIES_A_TURN === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
        }
      } catch (error) {
        log.warn(`The history in ${dir} was not read to its end: ${String(error)}`);
      }
      if (entries > 0) {
        const ms = Math.round(clock.elapsed() - startedAt);
        log.info("The last quarter of an hour is back.", { entries, ms });
      }
    },
    close: () => recorder.close(),
  };
}

function warnOfUnread(log: Log) {
  return (path: string, { message }: Error) => log.warn(`${path} was not read to its end. ${message}`);
}
