import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../../../async/clock.ts";
import { pause } from "../../../async/pause.ts";
import { unlessAborted } from "../../../async/unless-aborted.ts";
import { within } from "../../../async/within.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsCollectorOptions, ServerAddress } from "../config.ts";
import { createAuthenticator } from "./authenticator.ts";
import { explainConnectionError, timedOut } from "./failure.ts";
import { type Greeting, NoGreeting, readGreeting } from "./greeting.ts";

const ATTEMPT_SPACING_MS = 1_000;

/** Connects to one server, to none more than once a second. Rejects with what the library or the server says. */
type Dial = (at: ServerAddress, limitMs: number, signal: AbortSignal) => Promise<NatsConnection>;

export function createDialer(
  options: Pick<NatsCollectorOptions, "tls" | "auth" | "inboxPrefix"> & { readonly name: string },
  clock: Clock,
): Dial {
  const attempts = new Map<ServerAddress, number>();
  /** Servers that greet after the TLS handshake only (handshake_first). */
  const tlsFirst = new Set<ServerAddress>();

  const greetingOf = async (
    at: ServerAddress,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<Greeting | "after TLS"> => {
    if (options.tls?.handshakeFirst || tlsFirst.has(at)) return "after TLS";
    try {
      return await readGreeting(at, limitMs, signal, clock);
    } catch (error) {
      if (!options.tls || !(error instanceof NoGreeting)) throw error;
      tlsFirst.add(at);
      return "after TLS";
    }
  };

  return async (at, limitMs, signal) => {
    const since = attempts.get(at) ?? Number.NEGATIVE_INFINITY;
    await pause(clock, since + ATTEMPT_SPACING_MS - clock.elapsed(), signal);
    attempts.set(at, clock.elapsed());
    const authenticator = createAuthenticator(options.auth);
    const deadline = clock.elapsed() + limitMs;
    const greeting = await greetingOf(at, limitMs, signal);
    if (greeting !== "after TLS") agree(at, options.tls, greeting);
    const left = Math.max(1, deadline - clock.elapsed());
    const connecting = connect({
      servers: [at.text],
      name: options.name,
      timeout: left,
      tls: tlsOf(at, options.tls, greeting),
      reconnect: false,
      resolve: false,
      ignoreClusterUpdates: true,
      noAsyncTraces: true,
      ...(authenticator && { authenticator }),
      ...(options.inboxPrefix !== undefined && { inboxPrefix: options.inboxPrefix }),
    });
    return unlessAborted(
      within(clock, left, connecting, () => timedOut(at.text)),
      signal,
    ).catch((error) => {
      connecting.then(
        (late) => late.close(),
        () => {},
      );
      if (greeting !== "after TLS" && greeting.tlsVerify) throw explainMutual(at, error);
      throw error;
    });
  };
}

/** What the source wants and what the server's greeting says must go together. */
function agree(at: ServerAddress, tls: NatsCollectorOptions["tls"], greeting: Greeting): void {
  if (tls && !greeting.tlsRequired && !greeting.tlsAvailable) {
    throw new CollectorError(
      "PROTOCOL",
      `${at.text} does not offer TLS.`,
      "Take tls out of this source, or configure TLS on the server.",
    );
  }
  if (greeting.tlsVerify && !tls?.cert) {
    throw new CollectorError("AUTH", `${at.text} wants a client certificate.`, CLIENT_CERTIFICATE);
  }
}

function tlsOf(at: ServerAddress, tls: NatsCollectorOptions["tls"], greeting: Greeting | "after TLS") {
  // The host is what a certificate for an address is held against; the library hands over no more than a socket.
  const own = { host: at.host, ...(at.servername && { servername: at.servername }), ...tls };
  if (greeting === "after TLS") return { ...own, handshakeFirst: true };
  return tls || greeting.tlsRequired ? own : null;
}

/** A server that does not trust a certificate hangs up: with a reason or, as the network has it, without one. */
function explainMutual(at: ServerAddress, error: unknown): unknown {
  const failure = explainConnectionError(at.text, error);
  if (failure.code !== "UNREACHABLE" && failure.code !== "PROTOCOL") return error;
  return new CollectorError("AUTH", `${at.text} refused the client certificate.`, CLIENT_CERTIFICATE, {
    cause: error,
  });
}

const CLIENT_CERTIFICATE =
  "Give a client certificate (certFile and keyFile in the source's tls section) of an authority that the server trusts.";
