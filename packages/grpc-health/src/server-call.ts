import type { Http2Session } from "node:http2";
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { addressOf } from "./address.ts";
import type { CallRegistry } from "./call-registry.ts";
import { type CallOrigin, LiveCall } from "./live-call.ts";
import type { MethodStats } from "./method-stats.ts";
import type { CallKind } from "./protocol.ts";

type ServerListener = Parameters<ServerInterceptingCallInterface["start"]>[0];
type SentStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * The parts of grpc-js's `BaseServerInterceptingCall` that it does not publish. Each one may be missing: without the
 * stream the status is what the handler sent rather than what went out, without the handler bytes are unknown.
 */
interface BaseCall {
  stream?: {
    session?: Http2Session;
    sentHeaders?: Record<string, unknown>;
    sentTrailers?: Record<string, unknown>;
  };
  handler?: MessageCodec;
  nextCall?: BaseCall;
}

interface MessageCodec {
  path: string;
  serialize(message: unknown): Buffer;
  deserialize(bytes: Buffer): unknown;
}

/**
 * A client cancels at its own deadline, which the server sees a moment before the deadline it computed for itself on
 * arrival. A cancellation this close to the deadline is the deadline.
 */
const deadlineSlackMs = 50;

export function createServerInterceptor(
  registry: CallRegistry,
  isExcluded: (path: string) => boolean,
  clientName: (metadata: Metadata) => string,
): ServerInterceptor {
  /** By path; null for one that is not counted. */
  const methods = new Map<string, MethodStats | null>();
  const methodOf = (path: string, requestStream: boolean, responseStream: boolean): MethodStats | null =>
    isExcluded(path) ? null : registry.method("SERVER", path, kindOf(requestStream, responseStream));
  return ({ path, requestStream, responseStream }, next) => {
    try {
      let method = methods.get(path);
      if (method === undefined) {
        method = methodOf(path, requestStream, responseStream);
        methods.set(path, method);
      }
      if (method !== null) return new ObservedServerCall(next, registry, method, clientName);
    } catch (error) {
      registry.fault(error);
    }
    // grpc-js only ever uses the interface; its type asks for the class.
    return next as ServerInterceptingCall;
  };
}

/**
 * Sits next to the transport and passes everything on unchanged. It implements both directions itself instead of using
 * grpc-js's builders, which would allocate for each message and for each hook.
 */
class ObservedServerCall extends ServerInterceptingCall implements ServerListener, CallOrigin {
  readonly #next: ServerInterceptingCallInterface;
  readonly #base: BaseCall;
  live: LiveCall | undefined;
  #codec: MessageCodec | undefined;
  readonly #nameOf: (metadata: Metadata) => string;
  #listener: ServerListener | undefined;
  #sentCode: number | undefined;
  #metadata: Metadata | undefined;
  #clientName: string | undefined;

  constructor(
    next: ServerInterceptingCallInterface,
    registry: CallRegistry,
    method: MethodStats,
    clientName: (metadata: Metadata) => string,
  ) {
    super(next);
    this.#next = next;
    this.#nameOf = clientName;
    const live = new LiveCall(registry, method, this);
    this.live = live;
    this.#base = findBase(next as unknown as BaseCall);
    const { handler } = this.#base;
    if (isCodec(handler)) {
      this.#codec = handler;
      this.#base.handler = new MeasuredCodec(handler, live);
    } else live.bytesKnown = false;
  }

  override start(listener: ServerListener): void {
    this.#listener = listener;
    this.#next.start(this);
  }

  /** The first event of every call. A call cancelled before it has none, and never begins. */
  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.live?.begin();
    this.#listener?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    const { live } = this;
    live?.received();
    try {
      this.#listener?.onReceiveMessage(message);
    } finally {
      live?.handled();
    }
  }

  onReceiveHalfClose(): void {
    this.#listener?.onReceiveHalfClose();
  }

  /** The last event of every call, however it ended: grpc-js cancels completed calls too. */
  onCancel(): void {
    this.live?.end(this.#endCode());
    this.#letGo();
    this.#listener?.onCancel();
  }

  /**
   * Node and grpc-js keep parts of a call for some time after its end. What is let go here dies young, and collecting
   * what does not is most of what being watched could cost a short call.
   */
  #letGo(): void {
    if (this.#codec !== undefined) this.#base.handler = this.#codec;
    this.#codec = undefined;
    this.#metadata = undefined;
    this.live = undefined;
  }

  override sendMetadata(metadata: Metadata): void {
    this.#next.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.live?.sending();
    this.#next.sendMessage(message, () => {
      this.live?.flushed();
      callback();
    });
  }

  override sendStatus(sent: SentStatus): void {
    this.#sentCode = sent.code ?? status.UNKNOWN;
    this.#next.sendStatus(sent);
  }

  override startRead(): void {
    this.#next.startRead();
  }

  peer(): string {
    const { remoteAddress, remotePort } = this.#next.getConnectionInfo();
    return addressOf(remoteAddress, remotePort);
  }

  /** Asked for when a row is made, and of the application only once. */
  clientName(): string {
    if (this.#metadata !== undefined) this.#clientName ??= this.#nameOf(this.#metadata);
    return this.#clientName ?? "";
  }

  /** As the client tells; absurd numbers are none. */
  retries(): number {
    const told = Number(this.#metadata?.get("grpc-previous-rpc-attempts")[0] ?? 0);
    return Number.isInteger(told) && told > 0 && told < 2 ** 31 ? told : 0;
  }

  session(): Http2Session | undefined {
    return this.#base.stream?.session;
  }

  connecting(): boolean {
    return false;
  }

  target(): string {
    return "";
  }

  get deadlineAt(): number | undefined {
    const deadline = Number(this.#next.getDeadline());
    return Number.isFinite(deadline) ? deadline : undefined;
  }

  /** What went out on the wire: it includes statuses that grpc-js sends by itself and leaves out those it could not. */
  #endCode(): number {
    const { stream } = this.#base;
    const onWire = stream?.sentTrailers?.["grpc-status"] ?? stream?.sentHeaders?.["grpc-status"];
    if (onWire !== undefined) return Number(onWire);
    if (stream === undefined && this.#sentCode !== undefined) return this.#sentCode;
    const { deadlineAt } = this;
    // The deadline is on the wall clock of grpc-js, whatever clock the registry has.
    return deadlineAt !== undefined && Date.now() >= deadlineAt - deadlineSlackMs
      ? status.DEADLINE_EXCEEDED
      : status.CANCELLED;
  }
}

/** Stands in for the method's codec in one call, which makes sizes known without serializing twice. */
class MeasuredCodec implements MessageCodec {
  readonly path: string;
  readonly #codec: MessageCodec;
  readonly #live: LiveCall;

  constructor(codec: MessageCodec, live: LiveCall) {
    this.path = codec.path;
    this.#codec = codec;
    this.#live = live;
  }

  serialize(message: unknown): Buffer {
    const bytes = this.#codec.serialize(message);
    this.#live.serialized(bytes.byteLength);
    return bytes;
  }

  deserialize(bytes: Buffer): unknown {
    const message = this.#codec.deserialize(bytes);
    this.#live.deserialized(bytes.byteLength);
    return message;
  }
}

export function kindOf(requestStream: boolean, responseStream: boolean): CallKind {
  if (requestStream) return responseStream ? "BIDI" : "CLIENT_STREAM";
  return responseStream ? "SERVER_STREAM" : "UNARY";
}

/**
 * The call that a handler's stream belongs to. The interceptors of the application sit between the two. (Noting the
 * stream in a `WeakMap` would keep every call until old garbage is collected, with all that grpc-js made for it.)
 */
export function callOf(stream: object, registry: CallRegistry): LiveCall | undefined {
  let call: unknown = (stream as { call?: unknown }).call;
  while (typeof call === "object" && call !== null) {
    if (call instanceof ObservedServerCall && call.live?.registry === registry) return call.live;
    call = (call as BaseCall).nextCall;
  }
  return undefined;
}

/** Interceptors that came with the server credentials sit between. */
function findBase(call: BaseCall): BaseCall {
  let base = call;
  while (base.nextCall !== undefined) base = base.nextCall;
  return base;
}

function isCodec(handler: unknown): handler is MessageCodec {
  const codec = handler as Partial<MessageCodec> | undefined;
  return typeof codec?.serialize === "function" && typeof codec.deserialize === "function";
}
