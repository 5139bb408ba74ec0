import type { Clock } from "../async/clock.ts";
import type { HistoryConfig } from "../config/index.ts";
import type { Kept } from "../model/kept.ts";
import { WINDOW_MS } from "../model/live.ts";
import { type Problem, problem } from "../model/problem.ts";
import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Entry } from "../recording/entry.ts";
import { createEventSink } from "../recording/event-log.ts";
import { readSegments } from "../recording/read-segments.ts";
import { Recorder } from "../recording/recorder.ts";
import { replay } from "../recording/replay.ts";
import type { SourcesRecorded } from "../recording/segment.ts";
import { listSegments } from "../recording/segment-files.ts";
import { sumUp } from "../recording/sum-up.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "./log.ts";
import type { PastAnswerTo, PastKind, PastQuestions } from "./past-questions.ts";
import { PastReader } from "./past-reader.ts";

/** Requests are answered between this many entries that are read back. */
const ENTRIES_A_TURN = 50;
/** A moment that is so near is waited for until it is written. */
const JUST_NOW_MS = 5_000;
/** Clocks of browsers are not the server's to the millisecond. */
const AHEAD_MOST_MS = 2_000;

export interface History {
  record(entry: Entry): void;
  /** Feeds what was recorded in the last quarter of an hour to whom it went to then, and logs what happens from then on. Never rejects. */
  restore(pipelines: ReadonlyMap<string, SourcePipeline>, store: Store): Promise<void>;
  /** Asks for what was at a moment, or happened until it. Never rejects. */
  ask<K extends PastKind>(kind: K, asked: PastQuestions[K]["asked"]): Promise<PastAnswerTo<K>>;
  kept(): Promise<Kept>;
  /** Resolves when all is on disk. */
  close(): Promise<void>;
}

export interface HistoryOptions {
  readonly config: HistoryConfig;
  readonly sources: SourcesRecorded;
  /** The bundle of the worker that reads. */
  readonly workerScript: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps what is sampled, gives it back after a restart, and answers for any moment of it. */
export function createHistory({ config, sources, workerScript, clock, log }: HistoryOptions): History {
  const { dir, rawMs, maxBytes } = config;
  const recorder = new Recorder({
    ...{ folder: dir, sources, keepMs: rawMs, maxBytes, clock },
    onTrouble: (why) =>
      why === null
        ? log.info("History is recorded again.", { dir })
        : log.warn(`${why} Everything else goes on, and so does this as soon as it can.`),
  });
  const reader = new PastReader({
    ...{ folder: dir, script: workerScript, clock },
    onWarning: (text) => log.warn(text),
  });
  return {
    record: (entry) => recorder.write(entry),
    async restore(pipelines, store) {
      const startedAt = clock.elapsed();
      let entries = 0;
      try {
        const segments = await listSegments(dir);
        const since = clock.now() - WINDOW_MS;
        // By the clock of the disk, which is what the others were dated by.
        const recent = segments.filter(({ writtenAt }) => writtenAt >= since);
        const isWanted: Parameters<typeof readSegments>[2] = (source, header) =>
          header.sources[source]?.is === sources[source]?.is;
        for await (const entry of readSegments(recent, warnOfUnread(log), isWanted)) {
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
      for (const [source, pipeline] of pipelines) {
        pipeline.addSink(createEventSink(source, (events) => recorder.log(events)));
      }
    },
    async ask(kind, asked) {
      const until = "at" in asked ? asked.at : asked.to;
      if (until > clock.now() + AHEAD_MOST_MS) return { ok: false, problem: future() };
      if (until > clock.now() - JUST_NOW_MS) await recorder.written();
      // The worker answers what it was asked for.
      return (await reader.ask({ kind, ...asked } as Parameters<PastReader["ask"]>[0])) as PastAnswerTo<
        typeof kind
      >;
    },
    async kept() {
      const sum = await sumUp(dir);
      return { isOn: true, dir, keepMs: rawMs, maxBytes, trouble: recorder.troubled, ...sum };
    },
    async close() {
      reader.close();
      await recorder.close();
    },
  };
}

function future(): Problem {
  return problem(400, "That moment has not come yet.");
}

function warnOfUnread(log: Log) {
  return (path: string, { message }: Error) => log.warn(`${path} was not read to its end. ${message}`);
}
