import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { z } from "zod";
import type { Clock } from "../../../async/clock.ts";
import type { FailureCode } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { explainConnectionError, timedOut } from "../connection/failure.ts";
import { isDeep } from "./json-depth.ts";

/** A server's monitoring endpoint. Answers are bounded in time and size; redirects are not followed. */
export interface MonitoringClient {
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  close(): void;
  readonly requests: number;
}

const MOST_BYTES = 4 << 20;
/** After an answer that did not come in time, the endpoint is left alone for so long: it must not slow the rest down. */
const REST_MS = 5_000;

export function createMonitoringClient(base: string, timeoutMs: number, clock: Clock): MonitoringClient {
  const root = new URL(base);
  const secure = root.protocol === "https:";
  const agent = new (secure ? TlsAgent : PlainAgent)({ keepAlive: true, maxSockets: 4 });
  let requests = 0;
  let resting: { readonly until: number; readonly error: CollectorError } | null = null;

  const fetchText = (url: URL, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      requests++;
      const call = (secure ? tlsRequest : plainRequest)(url, {
        agent,
        headers: { accept: "application/json" },
      });
      const settle = (run: () => void) => {
        cancelDeadline();
        signal.removeEventListener("abort", onAbort);
        run();
      };
      const fail = (error: unknown) =>
        settle(() => {
          reject(error);
          call.destroy();
        });
      const cancelDeadline = clock.after(timeoutMs, () => fail(timedOut(shown(url))));
      const onAbort = () => fail(signal.reason);
      signal.addEventListener("abort", onAbort);
      call.on("error", (error) => fail(explainCallError(url, error)));
      call.on("response", (response) => {
        const refusal = refusalOf(url, response);
        if (refusal) return fail(refusal);
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MOST_BYTES) fail(strange(url, `answered more than ${MOST_BYTES >> 20} MiB`));
        });
        response.on("error", (error) => fail(explainCallError(url, error)));
        response.on("end", () => settle(() => resolve(Buffer.concat(chunks).toString("utf8"))));
      });
      call.end();
    });

  return {
    get requests() {
      return requests;
    },

    async get(path, schema, signal) {
      if (resting && resting.until > clock.elapsed()) throw resting.error;
      const url = new URL(root);
      const [pathname = "", query = ""] = path.split("?");
      url.pathname = `${root.pathname.replace(/\/+$/, "")}/${pathname}`;
      url.search = query;
      try {
        const body = await fetchText(url, signal);
        return schema.parse(parseJson(url, body));
      } catch (cause) {
        if (signal.aborted) throw signal.reason;
        const error =
          cause instanceof CollectorError
            ? cause
            : strange(url, "did not answer what nats-server does", cause);
        if (error.code === "TIMEOUT") resting = { until: clock.elapsed() + REST_MS, error };
        throw error;
      }
    },

    close: () => agent.destroy(),
  };
}

/** The address without query and credentials. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function parseJson(url: URL, body: string): unknown {
  // A few MiB of brackets take seconds to parse, in which nothing else is done.
  if (isDeep(body)) throw strange(url, "answered what is nested too deep");
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw strange(url, "did not answer JSON", cause);
  }
}

function refusalOf(url: URL, { statusCode = 0, headers }: IncomingMessage): CollectorError | null {
  if (statusCode === 200) return null;
  if (statusCode >= 300 && statusCode < 400) {
    return strange(
      url,
      `redirects to ${(headers.location ?? "nowhere").slice(0, 200)}, which is not followed`,
    );
  }
  const code: FailureCode = statusCode === 401 ? "AUTH" : statusCode === 403 ? "DENIED" : "ANSWERED_ERROR";
  return new CollectorError(code, `${shown(url)} answered HTTP ${statusCode}.`, HINT);
}

function strange(url: URL, what: string, cause?: unknown): CollectorError {
  return new CollectorError("PROTOCOL", `${shown(url)} ${what}.`, HINT, { cause });
}

/** Something speaks there, but not HTTP: llhttp's codes all begin with HPE. */
function explainCallError(url: URL, error: NodeJS.ErrnoException): CollectorError {
  return error.code?.startsWith("HPE_")
    ? strange(url, "does not speak HTTP", error)
    : explainConnectionError(shown(url), error);
}

const HINT = "monitoring is the base URL of nats-server's monitoring port, usually http://host:8222.";
