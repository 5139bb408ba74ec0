import { connect } from "node:net";
import { BrokerError } from "./broker-error.ts";

export interface Endpoint {
  host: string;
  port: number;
}

export interface Exchange<T> {
  /** What is expected there, for messages: "Kafka" or "NATS". */
  expected: string;
  send?: Buffer;
  /** The answer, or undefined while more bytes are needed. Throws when it cannot be one. */
  read(received: Buffer): T | undefined;
  timeoutMs: number;
}

/** One question over a fresh connection. Throws `not-answering` with a reason a person can act on. */
export function exchange<T>(at: Endpoint, o: Exchange<T>): Promise<T> {
  const where = `${at.host}:${at.port}`;
  return new Promise((resolve, reject) => {
    const socket = connect(at);
    let received = Buffer.alloc(0);
    let connected = false;
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new BrokerError("not-answering", why, cause === undefined ? {} : { cause }));
    };
    const timer = setTimeout(() => {
      const seconds = o.timeoutMs / 1000;
      fail(
        connected
          ? `${where} accepts connections but did not answer as ${o.expected} within ${seconds} s`
          : `${where} cannot be reached within ${seconds} s`,
      );
    }, o.timeoutMs);
    socket.once("connect", () => {
      connected = true;
      if (o.send) socket.write(o.send);
    });
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        const stranger = recognise(received);
        if (stranger) return fail(`${where} is ${stranger}, not ${o.expected}`);
        const answer = o.read(received);
        if (answer === undefined) return;
        clearTimeout(timer);
        socket.destroy();
        resolve(answer);
      } catch (cause) {
        fail(`${where} does not answer as ${o.expected}`, cause);
      }
    });
    socket.once("error", (cause: NodeJS.ErrnoException) => fail(explain(where, cause), cause));
    socket.once("close", () => fail(`${where} closed the connection without answering as ${o.expected}`));
  });
}

function recognise(received: Buffer): string | undefined {
  if (received.subarray(0, 5).toString("latin1") === "HTTP/") return "a web server";
  // A TLS alert or handshake record.
  if ((received[0] === 0x15 || received[0] === 0x16) && received[1] === 0x03) return "a TLS listener";
  return undefined;
}

function explain(where: string, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case "ECONNREFUSED":
      return `nothing listens at ${where}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name in ${where} is not known`;
    case "ECONNRESET":
      return `${where} reset the connection`;
    default:
      return `${where} cannot be reached: ${cause.message}`;
  }
}

/** Reads `host`, `host:port` or `[v6]:port`. */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/\s@]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (!host || port < 1 || port > 65_535) {
    throw new BrokerError("bad-address", `"${text.trim()}" is not an address; expected host:port`);
  }
  return { host, port };
}
