import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { problem } from "../../model/problem.ts";
import { type ApiAnswer, type ApiOptions, answerApi, answerChange } from "./api.ts";
import { sendJson, sendProblem } from "./send.ts";

const API = "/api/v1/";
const MAX_URL = 8_192;

export interface RouterOptions extends ApiOptions {
  /** Null while ready; else what is still missing. */
  readonly notReady: () => string | null;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** Everything that is not ours: the dashboard. */
  readonly page: RequestListener;
  readonly onError: (error: unknown) => void;
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
  const answer = await answerApi(
    path.slice(API.length),
    new URLSearchParams(cut < 0 ? "" : url.slice(cut + 1)),
    options,
  );
  sendAnswer(response, answer);
}

function sendAnswer(response: ServerResponse, answer: ApiAnswer): void {
  if ("problem" in answer) sendProblem(response, answer.problem);
  else sendJson(response, answer.status, answer.body);
}
