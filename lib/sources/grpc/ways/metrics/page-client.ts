import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Clock } from "../../../../async/clock.ts";
import type { FailureCode } from "../../../../model/source.ts";
import { CollectorError } from "../../../../sample/collector-error.ts";
import type { GrpcTlsOptions } from "../../config.ts";

export interface PageClientOptions {
  readonly url: string;
  /** Where to connect instead of the URL's host, which stays the name asked for and that of its certificate. */
  readonly address?: string | undefined;
  readonly tls?: GrpcTlsOptions | null | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Fetches one page of text again and again. Bounded in time and size; redirects are not followed. */
export interface PageClient {
  /** Throws `CollectorError`. */
  get(): Promise<string>;
  /** What it is called in messages: without the query, which may hold a secret. */
  readonly name: string;
  close(): void;
}

const MOST_BYTES = 16 << 20;
const ACCEPT = [
  "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.8",
  "text/plain;version=0.0.4;escaping=underscores;q=0.6",
  "*/*;q=0.1",
].join(",");

export function createPageClient({
  url: text,
  address,
  tls,
  timeoutMs,
  clock,
}: PageClientOptions): PageClient {
  const url = new URL(text);
  const secure = url.protocol === "https:";
  const agent = secure
    ? new TlsAgent({ ...tls, keepAlive: true, maxSockets: 1 })
    : new PlainAgent({ keepAlive: true, maxSockets: 1 });
  const name = `${url.origin}${url.pathname}${address === undefined ? "" : ` at ${address}`}`;
  const options = {
    agent,
    headers: { accept: ACCEPT, "accept-encoding": "gzip", "user-agent": "streamside", host: url.host },
    // Without a name of its own TLS takes the one in the Host header.
    ...(address !== undefined && { hostname: address }),
  };

  const fetchPage = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      const call = (secure ? tlsRequest : plainRequest)(url, { ...options, signal });
      const fail = (error: unknown) => {
        reject(error);
        call.destroy();
      };
      // A connection that was kept may be closed from the other side just when it is used again.
      call.on("error", (error: NodeJS.ErrnoException) =>
        call.reusedSocket && error.code === "ECONNRESET" ? resolve(fetchPage(signal)) : reject(error),
      );
      call.on("response", (response) => {
        const refusal = refusalOf(name, response);
        if (refusal) return fail(refusal);
        const chunks: Buffer[] = [];
        let size = 0;
        const body = unpacked(response);
        body.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MOST_BYTES) fail(strange(name, `has more than ${MOST_BYTES >> 20} MiB`));
        });
        body.on("error", reject);
        response.on("error", reject);
        body.on("end", () => {
          const page = Buffer.concat(chunks).toString("utf8");
          if (isCut(page, response)) fail(strange(name, "sends a page that ends too early"));
          else resolve(page);
        });
      });
      call.end();
    });

  let running: AbortController | null = null;
  return {
    name,

    async get() {
      const deadline = new AbortController();
      running = deadline;
      const cancel = clock.after(timeoutMs, () => deadline.abort());
      try {
        return await fetchPage(deadline.signal);
      } catch (cause) {
        if (cause instanceof CollectorError) throw cause;
        throw deadline.signal.aborted ? late(name) : explainError(name, cause as NodeJS.ErrnoException);
      } finally {
        cancel();
      }
    },

    close() {
      running?.abort();
      agent.destroy();
    },
  };
}

/** OpenMetrics says where a page ends. */
function isCut(page: string, { headers }: IncomingMessage): boolean {
  return /openmetrics/.test(headers["content-type"] ?? "") && !/# EOF\s*$/.test(page.slice(-100));
}

function unpacked(response: IncomingMessage): Readable {
  if (response.headers["content-encoding"] !== "gzip") return response;
  const gunzip = createGunzip();
  return response.on("error", (error) => gunzip.destroy(error)).pipe(gunzip);
}

function refusalOf(name: string, { statusCode = 0, headers }: IncomingMessage): CollectorError | null {
  if (statusCode === 200) {
    const type = headers["content-type"] ?? "";
    return /html|json|xml/i.test(type) ? strange(name, `answers ${type.slice(0, 60)}, not metrics`) : null;
  }
  if (statusCode >= 300 && statusCode < 400) {
    const where = (headers.location ?? "nowhere").slice(0, 200);
    return strange(name, `redirects to ${where}, which is not followed`);
  }
  const code: FailureCode = statusCode === 401 ? "AUTH" : statusCode === 403 ? "DENIED" : "ANSWERED_ERROR";
  return new CollectorError(code, `${name} answered HTTP ${statusCode}.`, HINTS.get(statusCode) ?? HINT);
}

const HINT = "metrics is the URL of the target's Prometheus endpoint, such as http://host:9464/metrics.";
const HINTS = new Map([
  [
    401,
    "The endpoint wants to know who asks. All that Streamside can show yet is the client certificate of the source's tls section, over https: let it in without a password or token.",
  ],
  [403, "The endpoint does not let Streamside in: allow its address."],
]);

export function strange(name: string, what: string, cause?: unknown): CollectorError {
  return new CollectorError("PROTOCOL", `${name} ${what}.`, HINT, { cause });
}

function late(name: string): CollectorError {
  return new CollectorError(
    "TIMEOUT",
    `${name} did not answer in time.`,
    "Is the process paused or overloaded, or does it have very many metrics?",
  );
}

function explainError(name: string, cause: NodeJS.ErrnoException): CollectorError {
  const code = cause.code ?? "";
  // llhttp's and zlib's codes: something answers, but not this.
  if (code.startsWith("HPE_")) return strange(name, "does not speak HTTP", cause);
  if (code.startsWith("Z_")) return strange(name, "sends a page that cannot be unpacked", cause);
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|UNKNOWN_CA/.test(code)) {
    return new CollectorError(
      "AUTH",
      `${name}: the TLS certificate of one side was not accepted (${code}).`,
      "Check ca, servername, cert and key in the source's tls section.",
      { cause },
    );
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return new CollectorError(
      "PROTOCOL",
      `${name}: the TLS handshake failed (${code}).`,
      "Does this port speak https? Give the URL with http for plain text.",
      { cause },
    );
  }
  return new CollectorError(
    "UNREACHABLE",
    `${name}: ${cause.message || code}.`,
    "Is the process running, and does it serve its metrics there?",
    { cause },
  );
}
