import { connect } from "node:net";
import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { ServerAddress } from "../config.ts";
import { explainConnectionError, timedOut } from "./failure.ts";

export interface Greeting {
  readonly tlsRequired: boolean;
  readonly tlsAvailable: boolean;
  /** It wants a client certificate. */
  readonly tlsVerify: boolean;
}

/** It does not greet: perhaps it wants a TLS handshake first. */
export class NoGreeting extends CollectorError {}

const LONGEST_GREETING = 1 << 20;

/**
 * Reads the INFO line a NATS server sends before anything else, on a connection of its own. The library cannot tell a
 * silent listener from a web server that waits for a request, and leaves its socket open in both cases.
 * A listener that is silent for half of the time is sent a line that makes everything but NATS speak or hang up.
 */
export function readGreeting(
  at: ServerAddress,
  timeoutMs: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: at.host, port: at.port });
    const received: Buffer[] = [];
    let size = 0;
    let connected = false;

    const end = (settle: () => void) => {
      cancelNudge();
      cancelDeadline();
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      settle();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const onAbort = () => fail(signal.reason);
    const cancelNudge = clock.after(timeoutMs / 2, () => connected && socket.write("PING\r\n\r\n"));
    const cancelDeadline = clock.after(timeoutMs, () => fail(timedOut(at.text)));
    signal.addEventListener("abort", onAbort);

    socket.on("connect", () => {
      connected = true;
    });
    socket.on("error", (error) => fail(explainConnectionError(at.text, error)));
    socket.on("close", () =>
      fail(connected ? noGreeting(at, "hung up without a greeting") : timedOut(at.text)),
    );
    socket.on("data", (chunk) => {
      received.push(chunk);
      size += chunk.length;
      const text = Buffer.concat(received).toString("latin1");
      const line = /^INFO\s+([^\r\n]*)\r?\n/i.exec(text);
      if (line) {
        const greeting = parseGreeting(line[1]!);
        return greeting
          ? end(() => resolve(greeting))
          : fail(strange(at, "sent a greeting that is not JSON"));
      }
      if (/^[\x15\x16]\x03/.test(text)) return fail(noGreeting(at, "wants a TLS handshake")); // alert or handshake
      const stranger = recognise(text);
      if (stranger) fail(strange(at, stranger));
      else if (text.includes("\n") || size > LONGEST_GREETING) fail(strange(at, "speaks another protocol"));
    });
  });
}

function parseGreeting(json: string): Greeting | null {
  try {
    const info: unknown = JSON.parse(Buffer.from(json, "latin1").toString("utf8"));
    if (typeof info !== "object" || info === null) return null;
    const { tls_required, tls_available, tls_verify } = info as Record<string, unknown>;
    return {
      tlsRequired: tls_required === true,
      tlsAvailable: tls_available === true,
      tlsVerify: tls_verify === true,
    };
  } catch {
    return null;
  }
}

function recognise(text: string): string | null {
  if (text.startsWith("HTTP/")) return "answers as a web server";
  return null;
}

function noGreeting(at: ServerAddress, what: string): CollectorError {
  return new NoGreeting(
    "PROTOCOL",
    `${at.text} is not a NATS server without TLS: it ${what}.`,
    "Give this source tls where the server has handshake_first, or the client port (4222 unless configured otherwise).",
  );
}

function strange(at: ServerAddress, what: string): CollectorError {
  return new CollectorError(
    "PROTOCOL",
    `${at.text} is not a NATS server: it ${what}.`,
    "Use the client port (4222 unless configured otherwise), not the monitoring, cluster or WebSocket port.",
  );
}
