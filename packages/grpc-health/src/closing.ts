import { errorMonitor } from "node:events";
import type { Http2Session } from "node:http2";

type CodedError = Error & { code?: string };
export type PingCallback = (error: Error | null, durationMs: number, payload: Buffer) => void;

/** Shorter than any keepalive timeout, longer than most round trips. */
const lateAnswerMs = 50;

/**
 * Follows how a connection ends. Node tells what came from the peer by events; what this process did itself shows only
 * in the session's methods, so two of them are wrapped on this one session: `goaway` (a graceful shutdown, a maximum
 * age) and `ping` (a keepalive whose answer never came: grpc-js then destroys the session without a word).
 */
export class Closing {
  readonly #session: Http2Session;
  readonly #ping: Http2Session["ping"];
  #received: string | undefined;
  #sent: string | undefined;
  #errorCode = "";
  #frameError = "";
  #endedByPeer = false;
  /** When the oldest keepalive that has no answer was sent. */
  #unansweredSince: number | undefined;
  #keepaliveUnanswered = false;

  constructor(session: Http2Session, onClose: () => void) {
    this.#session = session;
    this.#ping = session.ping.bind(session);
    session.ping = this.#watchedPing as Http2Session["ping"];
    this.#watchGoaway();
    session.once("goaway", (code, _lastStreamId, data) => {
      if (this.#sent === undefined) this.#received = `GOAWAY received: ${goawayText(code, data)}`;
    });
    session.once("frameError", (_type, code) => {
      this.#frameError = `frame not sent: ${codeName(code)}`;
    });
    // The monitor sees an error without being the one who handles it.
    session.once(errorMonitor, (error: CodedError) => {
      this.#errorCode = error.code ?? error.name;
    });
    session.socket.once("end", () => {
      this.#endedByPeer = !session.closed && !session.destroyed;
    });
    session.once("close", onClose);
  }

  /** No new calls begin on it. */
  get goingAway(): boolean {
    return this.#received !== undefined || this.#session.closed;
  }

  /** In a few words; empty when not known. */
  reason(): string {
    if (this.#errorCode !== "" && this.#errorCode !== "ERR_HTTP2_SESSION_ERROR") return this.#errorCode;
    if (this.#received !== undefined) return this.#received;
    if (this.#frameError !== "") return this.#frameError;
    if (this.#endedByPeer) return "closed by the peer";
    // A client's transport says goodbye to the silent peer as well.
    if (this.#keepaliveUnanswered || this.#isAnswerLate()) return "keepalive timeout";
    if (this.#sent !== undefined) return this.#sent;
    return this.#errorCode === "" ? "" : "closed by this process";
  }

  /** A ping that is not a keepalive. */
  ping(callback: PingCallback): boolean {
    return this.#ping(callback);
  }

  /** As Node's: `ping(callback)` or `ping(payload, callback)`. */
  readonly #watchedPing = (...args: unknown[]): boolean => {
    const ping = this.#ping as (...args: unknown[]) => boolean;
    const callback = args.at(-1) as (error: CodedError | null, ...rest: unknown[]) => void;
    if (typeof callback !== "function") return ping(...args);
    this.#unansweredSince ??= performance.now();
    return ping(...args.slice(0, -1), (error: CodedError | null, ...rest: unknown[]) => {
      // What became of it may also be told only after the connection is closed.
      if (error?.code === "ERR_HTTP2_PING_CANCEL" && this.#isAnswerLate()) this.#keepaliveUnanswered = true;
      this.#unansweredSince = undefined;
      callback(error, ...rest);
    });
  };

  /** A connection may as well be closed while an answer is on its way. */
  #isAnswerLate(): boolean {
    return this.#unansweredSince !== undefined && performance.now() - this.#unansweredSince >= lateAnswerMs;
  }

  #watchGoaway(): void {
    const session = this.#session;
    const goaway = session.goaway.bind(session);
    session.goaway = (code, lastStreamId, data) => {
      // Node answers a GOAWAY of the peer with one of its own, a moment before it tells of the peer's.
      if (this.#received === undefined && !this.#endedByPeer && !session.destroyed) {
        setImmediate(() => {
          if (this.#received === undefined) this.#sent ??= `GOAWAY sent: ${goawayText(code ?? 0, data)}`;
        }).unref();
      }
      goaway(code, lastStreamId, data);
    };
  }
}

/** RFC 9113, section 7, from 0 on. */
const codeNames = (
  "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR " +
  "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split(" ");

const codeName = (code: number): string => codeNames[code] ?? `code ${code}`;

const longestText = 100;

/** Debug data is text by convention ("max_age", "too_many_pings"), but may be anything. */
function goawayText(code: number, data: NodeJS.ArrayBufferView | undefined): string {
  const name = codeName(code);
  if (data === undefined || data.byteLength === 0) return name;
  const bytes = Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, longestText));
  return `${name} (${bytes.toString("latin1").replace(/[^ -~]/g, ".")})`;
}
