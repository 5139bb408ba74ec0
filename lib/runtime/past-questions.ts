import type { Comparison } from "../model/compare.ts";
import type { Frame, LiveQuery } from "../model/live.ts";
import { type Problem, problem } from "../model/problem.ts";
import type { EpochMs } from "../model/reading.ts";
import { type EventMark, markEvents } from "../recording/event-log.ts";
import { JournalError } from "../recording/journal-error.ts";
import type { Past } from "../recording/past.ts";
import { type PlainPoints, Points } from "../recording/tiers/points.ts";
import type { PointsAsked, TierReader } from "../recording/tiers/read-tiers.ts";
import { type EntityPoints, TierFileWriter } from "../recording/tiers/tier-file.ts";
import { type ApiAnswer, answerApi } from "../serve/http/api.ts";
import type { MarksQuery } from "../serve/http/router.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { compareStandings, standingsOf } from "../views/compare/compare.ts";
import { evaluate } from "../views/evaluate.ts";
import { seriesOf } from "../views/series.ts";

/** What is asked of the past, as plain data, by what is answered. */
export interface PastQuestions {
  /** A view, as a browser shows it. */
  frame: { asked: { readonly at: EpochMs; readonly query: LiveQuery }; answer: Frame };
  /** An address below `/api/v1/`. */
  api: {
    asked: { readonly at: EpochMs; readonly path: string; readonly parameters: string };
    answer: ApiAnswer;
  };
  /** What happened in a span, gathered where it is too much to be told apart. */
  marks: {
    asked: MarksQuery;
    answer: readonly EventMark[];
  };
  /** Who stands otherwise than at another moment, those that changed most first. */
  compare: {
    asked: { readonly at: EpochMs; readonly with: EpochMs; readonly limit: number };
    answer: Comparison;
  };
  /** A series over hours, days or weeks. */
  points: { asked: PointsAsked; answer: PlainPoints };
  /** Series as a Parquet file, in order. */
  parquet: {
    asked: { readonly entities: readonly (Pick<EntityPoints, "kind" | "entity"> & PlainPoints)[] };
    answer: Uint8Array;
  };
}

/** Somebody waits for it. */
const EXPORTED = { effort: 5, isRounded: false };

/** What answers. */
export interface PastSources {
  readonly past: Pick<Past, "at" | "events">;
  readonly tiers: Pick<TierReader, "points">;
}

export type PastKind = keyof PastQuestions;
export type PastQuestion = {
  [About in PastKind]: { readonly about: About } & PastQuestions[About]["asked"];
}[PastKind];

export type PastAnswerTo<Kind extends PastKind> =
  | { readonly ok: true; readonly answer: PastQuestions[Kind]["answer"] }
  | { readonly ok: false; readonly problem: Problem };
export type PastAnswer = PastAnswerTo<PastKind>;

/** Never rejects. */
export async function answerPast(sources: PastSources, question: PastQuestion): Promise<PastAnswer> {
  try {
    return { ok: true, answer: await answerOf(sources, question) };
  } catch (error) {
    if (error instanceof JournalError) {
      return { ok: false, problem: problem(error.code === "NOTHING_THEN" ? 404 : 503, error.message) };
    }
    return { ok: false, problem: problem(503, `What was recorded cannot be read: ${messageOf(error)}`) };
  }
}

async function answerOf({ past, tiers }: PastSources, question: PastQuestion) {
  switch (question.about) {
    case "frame":
      return frameOf(await past.at(question.at), question.query);
    case "api": {
      const snapshot = await past.at(question.at);
      return answerApi(question.path, new URLSearchParams(question.parameters), {
        evaluate: (query) => evaluate(snapshot, query),
        seriesOf: (query, _at, after) => seriesOf(snapshot, query, after),
        now: () => snapshot.at,
        peek: async () => ({
          problem: problem(404, "Messages are read from the stream as it is now: without at=."),
        }),
        markLossesSeen: () => null,
      });
    }
    case "compare": {
      const before = standingsOf(await past.at(question.with));
      return compareStandings(before, standingsOf(await past.at(question.at)), question.limit);
    }
    case "marks": {
      const { from, to, most, source, entity } = question;
      const events = (await past.events(from, to)).filter(
        (event) =>
          (source === null || event.source === source) &&
          (entity === null || event.entity === null || event.entity === entity),
      );
      return markEvents(events, from, to, most);
    }
    case "points": {
      const { t, cells } = await tiers.points(question);
      return { t, cells };
    }
    case "parquet": {
      const writer = new TierFileWriter(EXPORTED);
      for (const { kind, entity, ...plain } of question.entities) {
        writer.add({ kind, entity, points: Points.of(plain) });
      }
      return writer.finish();
    }
  }
}

function frameOf(snapshot: Snapshot, query: LiveQuery): Frame {
  return { ...evaluate(snapshot, query), series: seriesOf(snapshot, query, Number.NEGATIVE_INFINITY) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
