import { Readable } from "node:stream";
import { csvLine } from "../../format/index.ts";
import { readInstant } from "../../model/instant.ts";
import { SERIES_MEASURES, type SeriesMeasure } from "../../model/live.ts";
import { LEAST_STEP_MS, type LongSeriesAnswer, MOST_POINTS, usualStep } from "../../model/long-series.ts";
import { type Problem, problem } from "../../model/problem.ts";
import type { EpochMs } from "../../model/reading.ts";
import { type ApiAnswer, unexpected } from "./api.ts";
import type { SentFile } from "./send.ts";

/** Series that are asked for at once. */
const MOST_SERIES = 40;
const FORMATS = ["json", "csv", "parquet"] as const;
const KINDS = ["consumer", "stream", "system"] as const;

/** Some measures of some entities over a span. */
export interface LongSeriesQuery {
  /** Ids of consumers and streams, and names of systems. */
  readonly entities: readonly string[];
  /** What the entities are; null: what there is of that id. */
  readonly kind: (typeof KINDS)[number] | null;
  readonly measures: readonly SeriesMeasure[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepMs: number;
}

export interface LongSeriesApi {
  read(query: LongSeriesQuery): Promise<LongSeriesAnswer | Problem>;
  /** The same as a Parquet file, with sums and counts. */
  parquet(query: LongSeriesQuery): Promise<Uint8Array | Problem>;
}

/** `/api/v1/history`: what was measured over hours, days or weeks. */
export async function answerLongSeries(
  parameters: URLSearchParams,
  api: LongSeriesApi,
): Promise<ApiAnswer | { readonly file: SentFile }> {
  const query = readQuery(parameters);
  if ("problem" in query) return query;
  const format = parameters.get("format") ?? "json";
  if (format === "parquet") {
    const bytes = await api.parquet(query);
    if (!(bytes instanceof Uint8Array)) return { problem: bytes };
    return file(query, "parquet", "application/vnd.apache.parquet", bytes);
  }
  const answer = await api.read(query);
  if ("status" in answer) return { problem: answer };
  if (format === "json") return { status: 200, body: answer };
  return file(query, "csv", "text/csv; charset=utf-8", Buffer.from(csvOf(answer)));
}

function readQuery(parameters: URLSearchParams): LongSeriesQuery | { readonly problem: Problem } {
  const bad = unexpected(parameters, ["entity", "kind", "measure", "from", "to", "step", "format"]);
  if (bad !== null && "problem" in bad) return bad;
  const entities = parameters.getAll("entity");
  if (entities.length === 0 || entities.some((entity) => entity === "" || entity.length > 1_024)) {
    return refused(
      "entity= is the id of a consumer or stream, or kafka, nats or grpc; it may be given several times.",
    );
  }
  const measures = SERIES_MEASURES.filter((measure) => parameters.getAll("measure").includes(measure));
  if (measures.length === 0 || measures.length !== parameters.getAll("measure").length) {
    return refused(`measure= is one of ${SERIES_MEASURES.join(", ")}; several may be given, each once.`);
  }
  if (entities.length * measures.length > MOST_SERIES) {
    return refused(
      `These are ${entities.length * measures.length} series; ${MOST_SERIES} may be asked for at once.`,
    );
  }
  const kindText = parameters.get("kind");
  const kind = KINDS.find((each) => each === kindText) ?? null;
  if (kind === null && kindText !== null) return refused(`kind= is one of ${KINDS.join(", ")}.`);
  const format = parameters.get("format");
  if (format !== null && !FORMATS.some((each) => each === format)) {
    return refused(`format= is one of ${FORMATS.join(", ")}.`);
  }
  const [from, to] = ["from", "to"].map((name) => readInstant(parameters.get(name) ?? ""));
  if (from == null || to == null || from >= to) {
    return refused(
      "from= and to=, the later one, is an instant, as 2026-11-30T02:13:04Z or in milliseconds since 1970.",
    );
  }
  const step = readStep(parameters.get("step"), to - from);
  return typeof step === "number" ? { entities, kind, measures, from, to, stepMs: step } : step;
}

/** @param text in seconds */
function readStep(text: string | null, spanMs: number): number | { readonly problem: Problem } {
  if (text === null) return usualStep(spanMs);
  const stepMs = Number(text) * 1_000;
  if (!/^\d{1,9}$/.test(text) || stepMs === 0 || stepMs % LEAST_STEP_MS !== 0) {
    return refused(`step= is a multiple of ${LEAST_STEP_MS / 1_000}, in seconds.`);
  }
  if (spanMs / stepMs <= MOST_POINTS) return stepMs;
  return refused(
    `These are more than ${MOST_POINTS} points a series; with step=${usualStep(spanMs) / 1_000} they are fewer.`,
  );
}

function refused(detail: string): { readonly problem: Problem } {
  return { problem: problem(400, detail) };
}

function csvOf({ series }: LongSeriesAnswer): string {
  const lines = series.flatMap(({ entity, measure, points }) =>
    points.map(([t, ...values]) => [entity, measure, new Date(t).toISOString(), ...values]),
  );
  return [["entity", "measure", "time", "min", "mean", "max"], ...lines].map(csvLine).join("");
}

function file(
  { entities, to }: LongSeriesQuery,
  ending: string,
  contentType: string,
  bytes: Uint8Array,
): { readonly file: SentFile } {
  const about = entities.length === 1 ? entities[0]! : `${entities.length}-entities`;
  const moment = new Date(to).toISOString().slice(0, 19);
  const name = `${about}-${moment}`.replace(/[^A-Za-z0-9._-]+/g, "-").slice(-120);
  return { file: { name: `${name}.${ending}`, contentType, bytes: Readable.from([bytes]) } };
}
