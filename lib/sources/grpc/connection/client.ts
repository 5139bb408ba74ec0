import {
  Client,
  type ClientOptions,
  connectivityState,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status as Status,
} from "@grpc/grpc-js";
import { streamHealthDefinition, type WatchRequest, type WatchResponse } from "@streamside/grpc-health";
import type { Clock } from "../../../async/clock.ts";
import { pause } from "../../../async/pause.ts";
import { unlessAborted } from "../../../async/unless-aborted.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { GrpcCollectorOptions } from "../config.ts";
import { healthService, type ServingStatus, servingStatusOf } from "../ways/health/health-definition.ts";
import {
  type CallFailure,
  explainCall,
  explainConnection,
  explainSilence,
  isCallFailure,
  notGrpc,
} from "./failure.ts";
import { Link, LinkCredentials, type LinkWatcher } from "./link.ts";
import { LinkLog, type LinkState } from "./link-log.ts";
import { OwnCalls, type OwnCounts } from "./own-calls.ts";

/** One connection to one address, made again when it is asked for and gone. */
export interface GrpcClient {
  /**
   * The open connection, or a new one: never more than one attempt a second, shared by all who ask meanwhile. Throws
   * `CollectorError`.
   */
  open(signal: AbortSignal): Promise<GrpcConnection>;
  /** Lets go of a connection that no longer answers; the reason is kept as that of its loss. */
  drop(reason: string): void;
  close(): void;
  /** Requests sent so far. */
  readonly requests: number;
  readonly link: LinkState;
  /** Whether there is a connection, if only one on which no new calls begin. */
  readonly isOpen: boolean;
  /** It ends connections at a certain age. */
  readonly recycles: boolean;
  /** When it last asked, without an error, to be left for good; NaN: never. */
  readonly askedToLeaveAt: number;
  /** What became of its connections since this was last asked. */
  takeEvents(): SourceEvent[];
}

/** Where to connect, where that is not what the target says. */
export interface Dial {
  /** What grpc-js connects to. */
  readonly to: string;
  /** The target's own `host:port`, which requests are addressed to; its host is what certificates are checked against. */
  readonly authority: string | null;
}

export interface GrpcConnection {
  /** Streamside's own end, as the target sees it, `host:port`; null where there is none (Unix sockets). */
  readonly localAddress: string | null;
  /** Asks for the health of a service, "" for the whole server. Throws `CollectorError`. */
  check(service: string, signal: AbortSignal): Promise<HealthAnswer>;
  /**
   * One request, one response, within the source's time for a request. Rejects with what the call ended with
   * (`CallFailure`), with `CollectorError` where the answer is not gRPC, or with the signal's reason.
   */
  unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R>;
  /**
   * As `unary`, while no other call of this connection begins or ends; with what Streamside had done on it, itself
   * included, when the target answered. `own` is null where that is not known exactly this time.
   * @param holds other calls are held back for it, for a short time
   */
  alone<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    signal: AbortSignal,
    holds: boolean,
  ): Promise<{ answer: R; own: OwnCounts | null }>;
  /**
   * Sends all requests, and resolves with the responses of a call that ended well: one to each request, at most. Rejects
   * as `unary`.
   */
  exchange<Q, R>(method: MethodDefinition<Q, R>, requests: readonly Q[], signal: AbortSignal): Promise<R[]>;
  /** Opens a server stream without a deadline; returns what ends it. `onEnd` is told how it ended, unless it was ended here. */
  follow<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    onResponse: (response: R) => void,
    onEnd: (failure: CallFailure) => void,
  ): () => void;
  /** Opens StreamHealth/Watch; returns what ends it. `onEnd` is told how it ended, unless it was ended here. */
  watch(
    request: WatchRequest,
    onResponse: (response: WatchResponse) => void,
    onEnd: (failure: CallFailure) => void,
  ): () => void;
}

export interface HealthAnswer {
  /** `UNIMPLEMENTED`: the target has no health service. */
  readonly state: ServingStatus | "UNIMPLEMENTED";
  readonly roundTripMs: number;
}

const ATTEMPT_SPACING_MS = 1_000;
/** A short page has ended by then, and with it the call, whose status says what it is. */
const PAGE_ENDS_MS = 250;

/**
 * No keepalive pings: a server of grpc-go or the C core allows one in five minutes and closes the connection of who sends
 * more (`too_many_pings`). StreamHealth answers every 250 ms and Check every second, so that a peer that is gone is missed
 * as soon as by a ping.
 */

const CHANNEL_OPTIONS: ClientOptions = {
  "grpc.primary_user_agent": "streamside",
  "grpc.initial_reconnect_backoff_ms": ATTEMPT_SPACING_MS,
  "grpc.enable_retries": 0,
  "grpc.enable_channelz": 0,
  // What is watched stands near; a proxy for the way out would only hide it.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.use_local_subchannel_pool": 1,
  // A snapshot of 10,000 calls.
  "grpc.max_receive_message_length": 16 << 20,
};

export function createGrpcClient(
  options: GrpcCollectorOptions,
  clock: Clock,
  dial: Dial | null = null,
): GrpcClient {
  const log = new LinkLog(options.target, clock);
  const closing = new AbortController();
  const spoken: Spoken = { isLive: false };
  let connection: Connection | null = null;
  let attempt: Promise<Connection> | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let requests = 0;
  const countRequest = () => {
    requests++;
  };

  const drop = (reason: string) => {
    if (connection !== null) log.lost(reason);
    connection?.close();
    connection = null;
  };

  const connect = async (): Promise<Connection> => {
    const { signal } = closing;
    await pause(clock, attemptedAt + ATTEMPT_SPACING_MS - clock.elapsed(), signal);
    attemptedAt = clock.elapsed();
    log.connecting();
    let made: Connection | null = null;
    try {
      made = new Connection(options, clock, dial, countRequest, log, spoken);
      await made.ready(signal);
    } catch (error) {
      made?.close();
      log.failed();
      throw error;
    }
    log.connected();
    connection = made;
    return made;
  };

  return {
    get requests() {
      return requests;
    },
    get link() {
      return log.state;
    },
    get isOpen() {
      return log.isOpen;
    },
    get recycles() {
      return log.recycles;
    },
    get askedToLeaveAt() {
      return log.askedToLeaveAt;
    },
    takeEvents: () => log.takeEvents(),

    open(signal) {
      if (connection?.isReady() && log.state.state === "READY") return Promise.resolve(connection);
      drop("reason not known");
      attempt ??= connect().finally(() => {
        attempt = null;
      });
      return unlessAborted(attempt, signal);
    },

    drop,

    close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", ""));
      connection?.close();
      connection = null;
    },
  };
}

/** Whether gRPC has been answered at this address, over whatever connection. */
interface Spoken {
  isLive: boolean;
}

class Connection implements GrpcConnection {
  readonly #link: Link;
  readonly #client: Client;
  readonly #options: GrpcCollectorOptions;
  readonly #clock: Clock;
  readonly #onRequest: () => void;
  readonly #own: OwnCalls;
  readonly #spoken: Spoken;

  constructor(
    options: GrpcCollectorOptions,
    clock: Clock,
    dial: Dial | null,
    onRequest: () => void,
    watcher: LinkWatcher,
    spoken: Spoken,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#own = new OwnCalls(clock);
    this.#spoken = spoken;
    this.#onRequest = onRequest;
    this.#link = new Link(watcher);
    const authority = dial?.authority ?? undefined;
    const servername = options.tls?.servername ?? authority?.replace(/:\d+$/, "");
    this.#client = new Client(dial?.to ?? options.target, this.#credentials(), {
      ...CHANNEL_OPTIONS,
      ...(authority !== undefined && { "grpc.default_authority": authority }),
      ...(servername !== undefined && { "grpc.ssl_target_name_override": servername }),
    });
  }

  #credentials(): LinkCredentials {
    try {
      return new LinkCredentials(this.#options.tls, this.#link);
    } catch (cause) {
      throw new CollectorError(
        "AUTH",
        "The certificates in the source's tls section cannot be read.",
        "Give PEM texts; cert and key belong together.",
        { cause },
      );
    }
  }

  /** grpc-js takes deadlines by the time of day. */
  #inMs(ms: number): EpochMs {
    return this.#clock.now() + ms;
  }

  isReady(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  /** Resolves when HTTP/2 is up. One attempt: the first failure is the answer. */
  async ready(signal: AbortSignal): Promise<void> {
    const { target, connectTimeoutMs } = this.#options;
    const channel = this.#client.getChannel();
    const deadline = this.#inMs(connectTimeoutMs);
    for (;;) {
      signal.throwIfAborted();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) {
        this.#link.attend();
        return;
      }
      if (state === connectivityState.TRANSIENT_FAILURE) {
        throw explainConnection(target, this.#link, await this.#whyNot(signal), this.#spoken.isLive);
      }
      const changed = await new Promise<boolean>((resolve) => {
        const onAbort = () => resolve(true);
        signal.addEventListener("abort", onAbort, { once: true });
        channel.watchConnectivityState(state, deadline, (error) => {
          signal.removeEventListener("abort", onAbort);
          resolve(error === undefined);
        });
      });
      if (!changed) throw explainSilence(target, this.#link);
    }
  }

  /** grpc-js tells why a connection failed only to the calls that wanted it. */
  async #whyNot(signal: AbortSignal): Promise<string> {
    const failure = await this.#unary(healthService.Check, { service: "" }, signal).then(
      () => null,
      (error: unknown) => error,
    );
    return (failure as Partial<CallFailure> | null)?.details ?? "";
  }

  async check(service: string, signal: AbortSignal): Promise<HealthAnswer> {
    await this.#own.admit(signal);
    const startedAt = this.#clock.elapsed();
    const answer = (state: HealthAnswer["state"]) => ({
      state,
      roundTripMs: this.#clock.elapsed() - startedAt,
    });
    this.#onRequest();
    try {
      return answer(servingStatusOf(await this.#unary(healthService.Check, { service }, signal)));
    } catch (error) {
      if (!isCallFailure(error)) throw error;
      if (error.code === Status.UNIMPLEMENTED) return answer("UNIMPLEMENTED");
      if (error.code === Status.NOT_FOUND) return answer("SERVICE_UNKNOWN");
      throw explainCall(this.#options.target, healthService.Check.path, error);
    }
  }

  /** Rejects with `CallFailure`, with `CollectorError` for what is not gRPC, or with the signal's reason. */
  #unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R> {
    const { requestTimeoutMs } = this.#options;
    const ended = this.#own.begin();
    let page: string | null = null;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        { deadline: this.#inMs(requestTimeoutMs) },
        (error, response) => {
          ended(error === null ? Status.OK : error.code);
          signal.removeEventListener("abort", onAbort);
          if (signal.aborted) reject(signal.reason);
          else if (error === null) {
            this.#spoken.isLive = true;
            resolve(response as R);
          } else reject(this.#failure(error, page));
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener("abort", onAbort, { once: true });
      call.on("metadata", (metadata) => {
        page = this.#pageIn(metadata, reject);
      });
    });
  }

  /** What is a page may never end; how it ends says which page it is. */
  #pageIn(metadata: Metadata, reject: (error: CollectorError) => void): string | null {
    const page = foreignType(metadata);
    if (page !== null) {
      const { target } = this.#options;
      this.#clock.after(PAGE_ENDS_MS, () => reject(notGrpc(target, page, null, this.#spoken.isLive)));
    }
    return page;
  }

  #failure(error: ServiceError, seen: string | null): ServiceError | CollectorError {
    const page = seen ?? foreignType(error.metadata);
    if (page !== null) return notGrpc(this.#options.target, page, error, this.#spoken.isLive);
    return error;
  }

  async unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R> {
    await this.#own.admit(signal);
    this.#onRequest();
    return this.#unary(method, request, signal);
  }

  alone<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    signal: AbortSignal,
    holds: boolean,
  ): Promise<{ answer: R; own: OwnCounts | null }> {
    this.#onRequest();
    return this.#own.alone(() => this.#unary(method, request, signal), signal, holds);
  }

  async exchange<Q, R>(
    method: MethodDefinition<Q, R>,
    requests: readonly Q[],
    signal: AbortSignal,
  ): Promise<R[]> {
    const { requestTimeoutMs } = this.#options;
    await this.#own.admit(signal);
    this.#onRequest();
    const ended = this.#own.begin();
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      new Metadata(),
      { deadline: this.#inMs(requestTimeoutMs) },
    );
    const responses: R[] = [];
    let page: string | null = null;
    return new Promise<R[]>((resolve, reject) => {
      call.on("data", (response: R) => {
        if (responses.length < requests.length) responses.push(response);
        else call.cancel(); // and so no server fills the memory
      });
      const onAbort = () => call.cancel();
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      call.on("metadata", (metadata) => {
        page = this.#pageIn(metadata, reject);
      });
      call.on("error", (error: ServiceError) => {
        if (signal.aborted) reject(signal.reason);
        else if (error.code === Status.CANCELLED && responses.length === requests.length) resolve(responses);
        else reject(this.#failure(error, page));
      });
      call.on("end", () => resolve(responses));
      call.on("status", ({ code }) => {
        ended(code);
        signal.removeEventListener("abort", onAbort);
      });
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  watch(
    request: WatchRequest,
    onResponse: (response: WatchResponse) => void,
    onEnd: (failure: CallFailure) => void,
  ): () => void {
    return this.follow(streamHealthDefinition.Watch, request, onResponse, onEnd);
  }

  follow<Q, R>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
    request: Q,
    onResponse: (response: R) => void,
    onEnd: (failure: CallFailure) => void,
  ): () => void {
    this.#onRequest();
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
    );
    const count = this.#own.begin(true);
    let ended = false;
    call.on("data", (response: R) => {
      this.#spoken.isLive = true;
      if (!ended) onResponse(response);
    });
    // Every end comes as a status, failures as an error too, which must have a listener.
    call.on("error", () => {});
    call.on("status", ({ code, details }) => {
      count(code);
      if (ended) return;
      ended = true;
      onEnd({ code, details });
    });
    return () => {
      ended = true;
      call.cancel();
    };
  }

  get localAddress(): string | null {
    return this.#link.localAddress;
  }

  close(): void {
    this.#client.close();
    this.#link.destroy();
  }
}

/** The type of a page, which a web server or a proxy that speaks HTTP/2 answers with; null: it is gRPC, or not told. */
function foreignType(metadata: Metadata | undefined): string | null {
  const [type] = metadata?.get("content-type") ?? [];
  if (type === undefined || String(type).startsWith("application/grpc")) return null;
  return String(type).slice(0, 100);
}
