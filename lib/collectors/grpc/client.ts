import { performance } from "node:perf_hooks";
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
import { CollectorError } from "../contract.ts";
import type { GrpcCollectorOptions } from "./config.ts";
import { type CallFailure, explainCall, explainConnection, explainSilence, notGrpc } from "./failure.ts";
import { healthCheckMethod, type ServingStatus } from "./health/health-definition.ts";
import { Link, LinkCredentials } from "./link.ts";
import { pause } from "./waiting.ts";

/** One connection to one address, made again when it is asked for and gone. */
export interface GrpcClient {
  /** The open connection, or a new one: never more than one attempt a second. Throws `CollectorError`. */
  open(signal: AbortSignal): Promise<GrpcConnection>;
  /** Lets go of a connection that no longer answers. */
  drop(): void;
  close(): void;
  /** Requests sent so far. */
  readonly requests: number;
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
  /** Sends all requests, and resolves with all responses of a call that ended well. Rejects as `unary`. */
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

export function createGrpcClient(options: GrpcCollectorOptions): GrpcClient {
  let connection: Connection | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  let requests = 0;
  const drop = () => {
    connection?.close();
    connection = null;
  };
  return {
    get requests() {
      return requests;
    },

    async open(signal) {
      if (connection?.isReady()) return connection;
      drop();
      await pause(attemptedAt + ATTEMPT_SPACING_MS - performance.now(), signal);
      attemptedAt = performance.now();
      const made = new Connection(options, () => {
        requests++;
      });
      try {
        await made.ready(signal);
        if (closed) throw new CollectorError("INTERNAL", "The collector was closed.", "");
      } catch (error) {
        made.close();
        throw error;
      }
      connection = made;
      return made;
    },

    drop,

    close() {
      closed = true;
      drop();
    },
  };
}

class Connection implements GrpcConnection {
  readonly #link = new Link();
  readonly #client: Client;
  readonly #options: GrpcCollectorOptions;
  readonly #onRequest: () => void;

  constructor(options: GrpcCollectorOptions, onRequest: () => void) {
    this.#options = options;
    this.#onRequest = onRequest;
    const { servername } = options.tls ?? {};
    this.#client = new Client(options.target, this.#credentials(), {
      ...CHANNEL_OPTIONS,
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

  isReady(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  /** Resolves when HTTP/2 is up. One attempt: the first failure is the answer. */
  async ready(signal: AbortSignal): Promise<void> {
    const { target, connectTimeoutMs } = this.#options;
    const channel = this.#client.getChannel();
    const deadline = Date.now() + connectTimeoutMs;
    for (;;) {
      signal.throwIfAborted();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return;
      if (state === connectivityState.TRANSIENT_FAILURE) {
        throw explainConnection(target, this.#link, await this.#whyNot(signal));
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
    const failure = await this.#unary(healthCheckMethod, { service: "" }, signal).then(
      () => null,
      (error: unknown) => error,
    );
    return (failure as Partial<CallFailure> | null)?.details ?? "";
  }

  async check(service: string, signal: AbortSignal): Promise<HealthAnswer> {
    const startedAt = performance.now();
    const answer = (state: HealthAnswer["state"]) => ({ state, roundTripMs: performance.now() - startedAt });
    this.#onRequest();
    try {
      return answer((await this.#unary(healthCheckMethod, { service }, signal)).status);
    } catch (error) {
      if (!isCallFailure(error)) throw error;
      if (error.code === Status.UNIMPLEMENTED) return answer("UNIMPLEMENTED");
      if (error.code === Status.NOT_FOUND) return answer("SERVICE_UNKNOWN");
      throw explainCall(this.#options.target, healthCheckMethod.path, error);
    }
  }

  /** Rejects with `CallFailure`, with `CollectorError` for what is not gRPC, or with the signal's reason. */
  #unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R> {
    const { target, requestTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + requestTimeoutMs },
        (error, response) => {
          signal.removeEventListener("abort", onAbort);
          if (signal.aborted) reject(signal.reason);
          else if (error === null) resolve(response as R);
          else reject(foreignType(error.metadata, target) ?? error);
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener("abort", onAbort, { once: true });
      call.on("metadata", (metadata) => {
        const foreign = foreignType(metadata, target);
        if (foreign) reject(foreign);
      });
    });
  }

  unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R> {
    this.#onRequest();
    return this.#unary(method, request, signal);
  }

  exchange<Q, R>(method: MethodDefinition<Q, R>, requests: readonly Q[], signal: AbortSignal): Promise<R[]> {
    const { target, requestTimeoutMs } = this.#options;
    this.#onRequest();
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      new Metadata(),
      { deadline: Date.now() + requestTimeoutMs },
    );
    const responses: R[] = [];
    call.on("data", (response: R) => responses.push(response));
    return new Promise<R[]>((resolve, reject) => {
      const onAbort = () => call.cancel();
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      call.on("metadata", (metadata) => {
        const foreign = foreignType(metadata, target);
        if (foreign) reject(foreign);
      });
      call.on("error", (error: ServiceError) => reject(signal.aborted ? signal.reason : error));
      call.on("end", () => resolve(responses));
      call.on("status", () => signal.removeEventListener("abort", onAbort));
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
    let ended = false;
    call.on("data", (response: R) => {
      if (!ended) onResponse(response);
    });
    // Every end comes as a status, failures as an error too, which must have a listener.
    call.on("error", () => {});
    call.on("status", ({ code, details }) => {
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

function isCallFailure(error: unknown): error is CallFailure {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "number";
}

/** A web server that speaks HTTP/2 answers with a page. */
function foreignType(metadata: Metadata | undefined, target: string): CollectorError | undefined {
  const [type] = metadata?.get("content-type") ?? [];
  if (type === undefined || String(type).startsWith("application/grpc")) return undefined;
  return notGrpc(target, String(type).slice(0, 100));
}
