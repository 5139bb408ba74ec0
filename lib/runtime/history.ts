import type { Clock } from "../async/clock.ts";
import { within } from "../async/within.ts";
import type { HistoryConfig } from "../config/index.ts";
import type { Incident } from "../model/incident.ts";
import type { Kept } from "../model/kept.ts";
import { type Problem, problem } from "../model/problem.ts";
import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Entry } from "../recording/entry.ts";
import { createEventSink } from "../recording/event-log.ts";
import {
  deleteIncident,
  folderOfIncident,
  listIncidents,
  markIncident,
  readIncident,
} from "../recording/incidents.ts";
import { JournalError } from "../recording/journal-error.ts";
import { packIncident } from "../recording/pack.ts";
import { readSegments, sameAs } from "../recording/read-segments.ts";
import { positionsIn, readWindowMs } from "../recording/read-window.ts";
import { Recorder } from "../recording/recorder.ts";
import { replay } from "../recording/replay.ts";
import type { SourcesRecorded } from "../recording/segment.ts";
import { listSegments } from "../recording/segment-files.ts";
import { createSumUp } from "../recording/sum-up.ts";
import { gatherFrom } from "../recording/tiers/buckets.ts";
import { TIERS } from "../recording/tiers/tier.ts";
import type { Incidents } from "../serve/http/incidents.ts";
import type { LongSeriesApi } from "../serve/http/long-series.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "./log.ts";
import { createLongSeries, type LongSeriesSources } from "./long-series.ts";
import type { PastAnswerTo, PastKind, PastQuestion, PastQuestions } from "./past-questions.ts";
import { PastReader } from "./past-reader.ts";
import { TierKeeper } from "./tier-keeper.ts";
import { runTierWork } from "./tier-work.ts";

/** Requests are answered between this many entries that are read back. */
const ENTRIES_A_TURN = 50;
/** A moment that is so near is waited for until it is written. */
const JUST_NOW_MS = 5_000;
/** What is kept is summed up again after so long. */
const SUM_MS = 5_000;
/** Clocks of browsers are not the server's to the millisecond. */
const AHEAD_MOST_MS = 2_000;

/** The first page goes before what only long charts need. */
const GATHER_AFTER_MS = 5_000;
/** A browser waits longer. */
const GATHER_PATIENCE_MS = 10_000;
const STILL_GATHERING = "Long charts are still being made of the recording; ask again in a moment.";

/** What can be asked about what is over. */
export interface Recorded {
  /** Asks for what was at a moment, or happened until it. Never rejects. */
  ask<K extends PastKind>(kind: K, asked: PastQuestions[K]["asked"]): Promise<PastAnswerTo<K>>;
  kept(): Promise<Kept>;
  readonly longSeries: LongSeriesApi;
  /** Null: nothing can be marked. */
  readonly incidents: Incidents | null;
  /** Resolves when all is on disk. */
  close(): Promise<void>;
}

/** The same, of what is sampled now. */
export interface History extends Recorded {
  record(entry: Entry): void;
  /** To be called once a round. */
  tick(): void;
  /** Feeds what was recorded in the last quarter of an hour to whom it went to then, and logs what happens from then on. Never rejects. */
  restore(pipelines: ReadonlyMap<string, SourcePipeline>, store: Store): Promise<void>;
}

/** A recording that was exported, laid out in a folder. */
export interface OpenedRecording {
  readonly folder: string;
  readonly incident: Incident;
}

/** The bundles of the threads that read the past, and that write long series. */
export interface WorkerScripts {
  readonly past: string;
  readonly tier: string;
}

export interface HistoryOptions {
  readonly config: HistoryConfig;
  readonly sources: SourcesRecorded;
  readonly workers: WorkerScripts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps what is sampled, gives it back after a restart, and answers for any moment of it. */
export function createHistory({ config, sources, workers, clock, log }: HistoryOptions): History {
  const { dir, rawMs, tiersMs, maxBytes } = config;
  const warn = (text: string) => log.warn(text);
  const tiers = new TierKeeper({
    ...{ folder: dir, script: workers.tier, keepMs: tiersMs, maxBytes, clock, onWarning: warn },
  });
  const recorder = new Recorder({
    ...{ folder: dir, sources, keepMs: rawMs, maxBytes, clock, reserved: () => tiers.reserved },
    onTrouble: (why) =>
      why === null
        ? log.info("History is recorded again.", { dir })
        : log.warn(`${why} Everything else goes on, and so does this as soon as it can.`),
  });
  const reader = new PastReader({
    ...{ folder: dir, script: workers.past, clock, onWarning: warn },
  });
  const sumUp = remembered(createSumUp(dir), clock);
  return {
    record: (entry) => recorder.write(entry),
    tick: () => tiers.tick(),
    async restore(pipelines, store) {
      const startedAt = clock.elapsed();
      let entries = 0;
      gatherFrom(pipelines, store, tiers.add);
      try {
        const until = await tiers.open();
        const segments = await listSegments(dir);
        const newest = segments.at(-1);
        const windowMs = readWindowMs(newest === undefined ? 0 : await positionsIn(newest));
        // What a run that was killed had gathered is gathered again.
        const since = Math.min(clock.now() - windowMs, until ?? Number.POSITIVE_INFINITY);
        // By the clock of the disk, which is what the others were dated by.
        const recent = segments.filter(({ writtenAt }) => writtenAt >= since);
        for await (const entry of readSegments(recent, warnOfUnread(log), sameAs(sources))) {
          replay(entry, pipelines, store);
          if (++entries % ENTRIES_A_TURN === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
        }
      } catch (error) {
        log.warn(`The history in ${dir} was not read to its end: ${String(error)}`);
      }
      if (entries > 0) {
        const ms = Math.round(clock.elapsed() - startedAt);
        log.info("What was recorded last is back.", { entries, ms });
      }
      tiers.goLive();
      for (const [source, pipeline] of pipelines) {
        pipeline.addSink(createEventSink(source, (events) => recorder.log(events)));
      }
    },
    incidents: createIncidents(dir, clock),
    async ask(kind, asked) {
      const until = "at" in asked ? asked.at : "to" in asked ? asked.to : 0;
      if (until > clock.now() + AHEAD_MOST_MS) return { ok: false, problem: future() };
      if (until > clock.now() - JUST_NOW_MS) await recorder.written();
      return askReader(reader, kind, asked);
    },
    longSeries: createLongSeries({
      ...longSeriesOf(reader),
      read: (readDisk) => tiers.read(readDisk),
    }),
    async kept() {
      const [sum, incidents] = await Promise.all([sumUp(), listIncidents(dir)]);
      const limits = { keepMs: rawMs, maxBytes, tiersMs: TIERS.map(({ name }) => tiersMs[name]) };
      return { isOn: true, opened: null, incidents, dir, limits, trouble: recorder.troubled, ...sum };
    },
    async close() {
      reader.close();
      await Promise.all([recorder.close(), tiers.close()]);
    },
  };
}

/** What was exported elsewhere: nothing is sampled and nothing is written. */
export function openRecording(
  { folder, incident }: OpenedRecording,
  { workers, clock, log }: Pick<HistoryOptions, "workers" | "clock" | "log">,
): Recorded {
  const reader = new PastReader({ folder, script: workers.past, clock, onWarning: (text) => log.warn(text) });
  const sumUp = createSumUp(folder);
  const closing = new AbortController();
  let gathering: Promise<void> | null = null;
  const gather = () => {
    const warn = (text: string) => log.warn(text);
    gathering ??= runTierWork(workers.tier, { gather: folder }, warn, closing.signal).then((told) => {
      if ("failed" in told && !closing.signal.aborted) {
        log.warn(`Long charts cannot be made of the recording: ${told.failed}.`);
      }
    });
    return gathering;
  };
  const cancelGathering = clock.after(GATHER_AFTER_MS, gather);
  return {
    incidents: null,
    ask: (kind, asked) => askReader(reader, kind, asked),
    longSeries: createLongSeries({
      ...longSeriesOf(reader),
      async points(asked) {
        const isThere = await within(clock, GATHER_PATIENCE_MS, gather(), () => new Error()).then(
          () => true,
          () => false,
        );
        if (!isThere) return { ok: false, problem: problem(503, STILL_GATHERING) };
        return askReader(reader, "points", asked);
      },
      read: async (readDisk) => ({ onDisk: await readDisk(), waiting: [] }),
    }),
    async kept() {
      const sum = await sumUp();
      return {
        isOn: true,
        opened: incident,
        incidents: [],
        dir: folder,
        limits: null,
        trouble: null,
        ...sum,
      };
    },
    async close() {
      cancelGathering();
      closing.abort();
      reader.close();
    },
  };
}

function longSeriesOf(reader: PastReader): Pick<LongSeriesSources, "points" | "parquet"> {
  return {
    points: (asked) => askReader(reader, "points", asked),
    parquet: (entities) => askReader(reader, "parquet", { entities }),
  };
}

/** The worker answers what it was asked for. */
async function askReader<K extends PastKind>(
  reader: PastReader,
  kind: K,
  asked: PastQuestions[K]["asked"],
): Promise<PastAnswerTo<K>> {
  return (await reader.ask({ about: kind, ...asked } as PastQuestion)) as PastAnswerTo<K>;
}

function createIncidents(dir: string, clock: Clock): Incidents {
  return {
    list: () => listIncidents(dir),
    async mark(marked) {
      try {
        return await markIncident(dir, marked, clock.now());
      } catch (error) {
        if (error instanceof JournalError) return problem(404, error.message);
        const why = error instanceof Error ? error.message : String(error);
        return problem(503, `It could not be kept in ${dir}: ${why}`);
      }
    },
    delete: (id) => deleteIncident(dir, id),
    async export(id) {
      const folder = await folderOfIncident(dir, id);
      return folder === null ? null : { incident: await readIncident(folder), bytes: packIncident(folder) };
    },
  };
}

/** However many browsers ask, the folder is gone through every few seconds at most. */
function remembered<T>(ask: () => Promise<T>, clock: Clock): () => Promise<T> {
  let asked: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (asked === null || clock.elapsed() - asked.at > SUM_MS) {
      asked = { at: clock.elapsed(), answer: ask() };
      // Whoever asks after a failure asks anew.
      asked.answer.catch(() => {
        asked = null;
      });
    }
    return asked.answer;
  };
}

function future(): Problem {
  return problem(400, "That moment has not come yet.");
}

function warnOfUnread(log: Log) {
  return (path: string, { message }: Error) => log.warn(`${path} was not read to its end. ${message}`);
}
