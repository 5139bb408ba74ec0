import type { LongSeries } from "../model/long-series.ts";
import { type Problem, problem } from "../model/problem.ts";
import { SYSTEMS } from "../model/system.ts";
import { type Bucket, pointsOf } from "../recording/tiers/buckets.ts";
import { type PlainPoints, Points } from "../recording/tiers/points.ts";
import type { PointsAsked } from "../recording/tiers/read-tiers.ts";
import { COUNT, cellOf, MAX, MIN, type PointKind, SUM, wholeSteps } from "../recording/tiers/tier.ts";
import type { EntityPoints } from "../recording/tiers/tier-file.ts";
import type { LongSeriesApi, LongSeriesQuery } from "../serve/http/long-series.ts";
import type { PastAnswerTo } from "./past-questions.ts";

export interface LongSeriesSources {
  /** What is on disk. */
  readonly points: (asked: PointsAsked) => Promise<PastAnswerTo<"points">>;
  readonly parquet: (
    entities: readonly (Pick<EntityPoints, "kind" | "entity"> & PlainPoints)[],
  ) => Promise<PastAnswerTo<"parquet">>;
  /** What is on disk and, of the same moment, what is not yet. */
  readonly read: <T>(
    readDisk: () => Promise<T>,
  ) => Promise<{ readonly onDisk: T; readonly waiting: readonly Bucket[] }>;
}

/** Series over hours, days and weeks, up to now. */
export function createLongSeries({ points, parquet, read }: LongSeriesSources): LongSeriesApi {
  async function entityPoints(query: LongSeriesQuery, entity: string): Promise<EntityPoints | Problem> {
    for (const kind of kindsOf(query, entity)) {
      const asked = { ...query, kind, entity };
      const { from, to } = wholeSteps(query);
      const { onDisk, waiting } = await read(() => points(asked));
      if (!onDisk.ok) return onDisk.problem;
      const all = Points.joined([
        Points.of(onDisk.answer),
        pointsOf(waiting, kind, entity).where((t) => t >= from && t < to),
      ]);
      if (all.t.length > 0) return { kind, entity, points: all.coarser(query.stepMs) };
    }
    return { kind: kindsOf(query, entity)[0]!, entity, points: Points.none() };
  }

  async function allPoints(query: LongSeriesQuery): Promise<EntityPoints[] | Problem> {
    const found: EntityPoints[] = [];
    for (const entity of new Set(query.entities)) {
      const one = await entityPoints(query, entity);
      if ("status" in one) return one;
      found.push(one);
    }
    return found;
  }

  return {
    async read(query) {
      const found = await allPoints(query);
      if ("status" in found) return found;
      const { measures, stepMs } = query;
      return {
        ...{ ...wholeSteps(query), step: stepMs },
        series: found.flatMap(({ entity, points }) =>
          measures.map((measure) => ({ entity, measure, points: longPoints(points, cellOf(measure)) })),
        ),
      };
    },
    async parquet(query) {
      const found = await allPoints(query);
      if ("status" in found) return found;
      const sorted = found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const asked = await parquet(
        sorted.map(({ kind, entity, points: { t, cells } }) => ({ kind, entity, t, cells })),
      );
      return asked.ok ? asked.answer : asked.problem;
    },
  };
}

/** Nothing is kept. */
export const NO_LONG_SERIES: LongSeriesApi = {
  read: async () => problem(404, NOTHING),
  parquet: async () => problem(404, NOTHING),
};
const NOTHING = "Nothing is kept over time: history is switched off (history: in streamside.yaml).";

function kindsOf({ kind }: LongSeriesQuery, entity: string): readonly PointKind[] {
  if (kind !== null) return [kind];
  return SYSTEMS.some((system) => system === entity) ? ["system"] : ["consumer", "stream"];
}

function keyOf({ kind, entity }: EntityPoints): string {
  return `${kind} ${entity}`;
}

function longPoints({ t, cells }: Points, measure: number): LongSeries["points"] {
  const column = (statistic: number) => cells[measure + statistic]!;
  return t.flatMap((at, row) => {
    const count = column(COUNT)[row]!;
    if (count === 0) return [];
    return [[at, column(MIN)[row]!, column(SUM)[row]! / count, column(MAX)[row]!] as const];
  });
}
