import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readInstant } from "../../model/instant.ts";
import type { Kept } from "../../model/kept.ts";
import { type Problem, problem } from "../../model/problem.ts";
import type { EpochMs } from "../../model/reading.ts";
import { type ApiAnswer, type ApiOptions, answerApi, answerChange, unexpected } from "./api.ts";
import { answerIncidents, type Incidents, sendIncidents } from "./incidents.ts";
import { answerLongSeries, type LongSeriesApi } from "./long-series.ts";
import { sendFile, sendJson, sendProblem } from "./send.ts";

const API = "/api/v1/";
const INCIDENTS = `${API}incidents`;
const MAX_URL = 8_192;
const INSTANT_FORM = "is an instant, as 2026-11-30T02:13:04Z or in milliseconds since 1970.";
const MARKS = 200;
const MARKS_MOST = 2_000;
const COMPARED = 100;
const COMPARED_MOST = 1_000;

export interface RouterOptions extends ApiOptions {
  /** What was at a moment, of an address below `/api/v1/`; null: nothing is recorded. */
  readonly past: PastApi | null;
  readonly longSeries: LongSeriesApi;
  /** What is marked of it; null: nothing can be. */
  readonly incidents: Incidents | null;
  /** What is recorded. */
  readonly kept: () => Promise<Kept>;
  /** Null while ready; else what is still missing. */
  readonly notReady: () => string | null;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** Everything that is not ours: the dashboard. */
  readonly page: RequestListener;
  readonly onError: (error: unknown) => void;
}

export interface MarksQuery {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly most: number;
  /** Of this source alone; null: of all. */
  readonly source: string | null;
  /** Of the consumer or stream of this name, and of its source as a whole; null: of all. */
  readonly entity: string | null;
}

export interface PastApi {
  at(at: EpochMs, path: string, parameters: URLSearchParams): Promise<ApiAnswer>;
  /** Who stands otherwise than at another moment. */
  compare(at: EpochMs, other: EpochMs, limit: number): Promise<ApiAnswer>;
  /** What happened in a span, gathered to at most so many marks. */
  marks(asked: MarksQuery): Promise<ApiAnswer>;
}

/**
 * Health, metrics and the API, answered from the composition root: a Next route handler has its own copy of every
 * module and would not see the store.
 */
export function createRouter(options: RouterOptions): RequestListener {
  return (request, response) => {
    route(request, response, options).catch((error: unknown) => {
      options.onError(error);
      if (response.headersSent) response.destroy();
      else sendProblem(response, problem(500, "Something went wrong inside Streamside; its log says what."));
    });
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: RouterOptions,
): Promise<void> {
  const url = request.url ?? "/";
  const cut = url.indexOf("?");
  const path = cut < 0 ? url : url.slice(0, cut);
  const ours = path.startsWith(API) || path === "/healthz" || path === "/readyz" || path === "/metrics";
  if (!ours) {
    if (path.startsWith("/api/"))
      return sendProblem(response, problem(404, `There is no ${path.slice(0, 100)}; the API is at ${API}`));
    options.page(request, response);
    return;
  }
  if (url.length > MAX_URL)
    return sendProblem(response, problem(414, `Addresses may have ${MAX_URL} characters.`));
  const ofIncidents = path.startsWith(INCIDENTS)
    ? await answerIncidents(request, path.slice(INCIDENTS.length), options.incidents)
    : null;
  if (ofIncidents !== null) return sendIncidents(response, ofIncidents);
  const changed =
    request.method === "POST" && path.startsWith(API) ? answerChange(path.slice(API.length), options) : null;
  if (changed !== null) return sendAnswer(response, changed);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return sendProblem(
      response,
      problem(
        405,
        `${request.method ?? "This method"} is not possible here; nearly everything is read-only.`,
      ),
    );
  }
  if (path === "/healthz") return sendJson(response, 200, { status: "ok" });
  if (path === "/readyz") {
    const missing = options.notReady();
    return missing === null
      ? sendJson(response, 200, { status: "ready" })
      : sendProblem(response, problem(503, missing));
  }
  if (path === "/metrics") {
    const { contentType, text } = await options.metrics();
    response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(text);
    return;
  }
  const parameters = new URLSearchParams(cut < 0 ? "" : url.slice(cut + 1));
  if (path === `${API}history`) {
    const found = await answerLongSeries(parameters, options.longSeries);
    return "file" in found ? sendFile(response, found.file) : sendAnswer(response, found);
  }
  sendAnswer(response, await answer(path.slice(API.length), parameters, options));
}

async function answer(path: string, parameters: URLSearchParams, options: RouterOptions): Promise<ApiAnswer> {
  if (path === "recordings") return answerRecordings(parameters, options);
  if (path === "marks") return answerMarks(parameters, options);
  if (path === "compare") return answerCompare(parameters, options);
  const at = parameters.get("at");
  if (at === null) return answerApi(path, parameters, options);
  const moment = readInstant(at);
  if (moment === null) return { problem: problem(400, `at= ${INSTANT_FORM}`) };
  if (options.past === null) return { problem: nothingRecorded() };
  parameters.delete("at");
  return options.past.at(moment, path, parameters);
}

async function answerRecordings(parameters: URLSearchParams, { kept }: RouterOptions): Promise<ApiAnswer> {
  return unexpected(parameters, []) ?? { status: 200, body: await kept() };
}

async function answerCompare(parameters: URLSearchParams, { past, now }: RouterOptions): Promise<ApiAnswer> {
  const bad = unexpected(parameters, ["at", "with", "limit"]);
  if (bad) return bad;
  const at = parameters.has("at") ? readInstant(parameters.get("at")!) : now();
  const other = readInstant(parameters.get("with") ?? "");
  if (at === null || other === null)
    return { problem: problem(400, `with=, and at= if it is given, ${INSTANT_FORM}`) };
  const limit = wholeNumber(parameters.get("limit"), COMPARED, COMPARED_MOST);
  if (limit === null)
    return { problem: problem(400, `limit= is a whole number from 1 to ${COMPARED_MOST}.`) };
  return past === null ? { problem: nothingRecorded() } : past.compare(at, other, limit);
}

/** Null: it is none from 1 to the largest. */
function wholeNumber(text: string | null, usual: number, most: number): number | null {
  const number = Number(text ?? usual);
  return Number.isInteger(number) && number >= 1 && number <= most ? number : null;
}

async function answerMarks(parameters: URLSearchParams, { past }: RouterOptions): Promise<ApiAnswer> {
  const bad = unexpected(parameters, ["from", "to", "most", "source", "entity"]);
  if (bad) return bad;
  const [from, to] = ["from", "to"].map((name) => readInstant(parameters.get(name) ?? ""));
  if (from == null || to == null || from >= to) {
    return { problem: problem(400, `from= and to=, the later one, ${INSTANT_FORM}`) };
  }
  const most = wholeNumber(parameters.get("most"), MARKS, MARKS_MOST);
  if (most === null) return { problem: problem(400, `most= is a whole number from 1 to ${MARKS_MOST}.`) };
  const [source, entity] = ["source", "entity"].map((name) => parameters.get(name));
  if (past === null) return { problem: nothingRecorded() };
  return past.marks({ from, to, most, source: source ?? null, entity: entity ?? null });
}

function nothingRecorded(): Problem {
  return problem(404, "Nothing is recorded: history is switched off (history: in streamside.yaml).");
}

function sendAnswer(response: ServerResponse, answer: ApiAnswer): void {
  if ("problem" in answer) sendProblem(response, answer.problem);
  else sendJson(response, answer.status, answer.body);
}
