import { z } from "zod";
import { writeInstant } from "../model/instant.ts";
import { SERIES_MEASURES, type SeriesBlock, type SeriesMeasure } from "../model/live.ts";
import type { LongSeries, LongSeriesAnswer } from "../model/long-series.ts";
import type { EpochMs } from "../model/reading.ts";
import { askServer, type NoAnswer } from "./ask-server.ts";

const number = z.number();
const answer = z.object({
  from: number,
  to: number,
  step: number,
  series: z.array(
    z.object({
      entity: z.string(),
      measure: z.enum(SERIES_MEASURES),
      points: z.array(z.tuple([number, number, number, number])),
    }),
  ),
}) satisfies z.ZodType<LongSeriesAnswer>;

export interface LongSeriesAsked {
  readonly entities: readonly string[];
  readonly measures: readonly SeriesMeasure[];
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Where the same is to be had, to be read or saved. */
export function longSeriesHref(asked: LongSeriesAsked, format: "json" | "csv" | "parquet"): string {
  return `/api/v1/${pathOf(asked)}&format=${format}`;
}

/** Measures of some entities over a span. Rejects only where `signal` aborts. */
export async function fetchLongSeries(
  asked: LongSeriesAsked,
  signal: AbortSignal,
): Promise<{ readonly answer: LongSeriesAnswer } | NoAnswer> {
  return askServer(pathOf(asked), answer, "what was measured", { signal });
}

function pathOf({ entities, measures, from, to }: LongSeriesAsked): string {
  const parameters = new URLSearchParams();
  for (const entity of entities) parameters.append("entity", entity);
  for (const measure of measures) parameters.append("measure", measure);
  parameters.set("from", writeInstant(from));
  parameters.set("to", writeInstant(to));
  return `history?${parameters}`;
}

/**
 * The lines of charts: of rates the mean of each step, of what waits and how old it is the largest, which is what one looks for.
 *
 * @param name of the column
 */
export function toBlock(
  { series }: LongSeriesAnswer,
  name: (entity: string, measure: SeriesMeasure) => string,
): SeriesBlock {
  const t = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const columns: Record<string, (number | null)[]> = {};
  for (const one of series) columns[name(one.entity, one.measure)] = columnOf(one, t);
  return { t, columns };
}

function columnOf({ measure, points }: LongSeries, t: readonly EpochMs[]): (number | null)[] {
  const isWorst = measure === "backlog" || measure === "latency";
  const values = new Map(points.map(([at, , mean, max]) => [at, isWorst ? max : mean]));
  return t.map((at) => values.get(at) ?? null);
}
