import type { Http2Session } from "node:http2";
import {
  type Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { addressOf } from "../connections/address.ts";
import type { CallKind } from "../protocol.ts";
import type { CallRegistry } from "./call-registry.ts";
import { type CallOrigin, LiveCall } from "./live-call.ts";
import type { MethodStats } from "./method-stats.ts";

type ServerListener = Parameters<ServerInterceptingCallInterface["start"]>[0];
type SentStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * The parts of grpc-js's `BaseServerInterceptingCall` that it does not publish. Each one may be missing: without the
 * stream the status is what the handler sent rather than what went out, without handler or tracker bytes are unknown.
 */
interface BaseCall {
  stream?: {
    session?: Http2Session;
    sentHeaders?: Record<string, unknown>;
    sentTrailers?: Record<string, unknown>;
  };
  handler?: MessageCodec;
  callEventTracker?: CallTracker | null;
  nextCall?: BaseCall;
}

interface MessageCodec {
  path: string;
  serialize(message: unknown): Buffer;
  deserialize(bytes: Buffer): unknown;
}

/** Told by grpc-js of what a call does, for channelz. */
interface CallTracker {
  addMessageSent(): void;
  addMessageReceived(): void;
  onCallEnd(sent: SentStatus): void;
  onStreamEnd(success: boolean): void;
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
      if (method !== null) new ObservedServerCall(next, registry, method, clientName);
    } catch (error) {
      registry.fault(error);
    }
    // grpc-js only ever uses the interface; its type asks for the class.
    return next as ServerInterceptingCall;
  };
}

/**
 * Takes part in a call next to the transport and passes everything on unchanged. It takes the places of three parts of
 * grpc-js's own call object, instead of being another call around it: the listener, which is told of what comes; the
 * codec of the method, which makes sizes known without serializing twice; and the tracker of channelz, which is told what
 * the transport took. So nobody's callback has to be wrapped for a message, and one object knows all that it touches.
 */
class ObservedServerCall implements ServerListener, MessageCodec, CallTracker, CallOrigin {
  // What each message touches comes first, as in `LiveCall`.
  live: LiveCall | undefined;
  #codec: MessageCodec | undefined;
  #tracker: CallTracker | null | undefined;
  #listener: ServerListener | undefined;
  readonly path: string;
  readonly #base: BaseCall;
  readonly #next: ServerInterceptingCallInterface;
  readonly #nameOf: (metadata: Metadata) => string;
  #metadata: Metadata | undefined;
  #clientName: string | undefined;
  #sentCode: number | undefined;

  constructor(
    next: ServerInterceptingCallInterface,
    registry: CallRegistry,
    method: MethodStats,
    clientName: (metadata: Metadata) => string,
  ) {
    const live = new LiveCall(registry, method, this);
    const base = findBase(next as unknown as BaseCall);
    const { handler, callEventTracker } = base;
    this.live = live;
    this.#codec = handler;
    this.#tracker = callEventTracker;
    this.path = method.path;
    this.#base = base;
    this.#next = next;
    this.#nameOf = clientName;
    // In a version that has another tracker, or none, it is only what `observedIn` finds.
    base.callEventTracker = this;
    if (isCodec(handler) && isTracker(callEventTracker)) base.handler = this;
    else this.#observeSending();
    const start = next.start;
    // Have names first: see `LiveCall.observe`.
    const observedStart = (listener: ServerListener): void => {
      this.#listener = listener;
      start.call(next, this);
    };
    next.start = observedStart;
  }

  /** Without the parts that tell more. */
  #observeSending(): void {
    const { live } = this;
    const next = this.#next;
    const { sendMessage } = next;
    if (live !== undefined) live.bytesKnown = false;
    const observedSend = (message: unknown, callback: () => void): void => {
      live?.sending();
      sendMessage.call(next, message, () => {
        live?.flushed();
        callback();
      });
    };
    next.sendMessage = observedSend;
  }

  /** Of this registry, or of one that observes the same call. */
  liveIn(registry: CallRegistry): LiveCall | undefined {
    if (this.live?.registry === registry) return this.live;
    return this.#tracker instanceof ObservedServerCall ? this.#tracker.liveIn(registry) : undefined;
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
    const base = this.#base;
    if (base.handler === this) base.handler = this.#codec as MessageCodec;
    if (base.callEventTracker === this) base.callEventTracker = this.#tracker ?? null;
    this.#metadata = undefined;
    this.live = undefined;
  }

  serialize(message: unknown): Buffer {
    const { live } = this;
    live?.sending();
    const bytes = (this.#codec as MessageCodec).serialize(message);
    live?.serialized(bytes.byteLength);
    return bytes;
  }

  deserialize(bytes: Buffer): unknown {
    const message = (this.#codec as MessageCodec).deserialize(bytes);
    this.live?.deserialized(bytes.byteLength);
    return message;
  }

  addMessageSent(): void {
    this.live?.flushed();
    this.#tracker?.addMessageSent();
  }

  addMessageReceived(): void {
    this.#tracker?.addMessageReceived();
  }

  onCallEnd(sent: SentStatus): void {
    this.#sentCode = sent.code ?? status.UNKNOWN;
    this.#tracker?.onCallEnd(sent);
  }

  onStreamEnd(success: boolean): void {
    this.#tracker?.onStreamEnd(success);
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

export function kindOf(requestStream: boolean, responseStream: boolean): CallKind {
  if (requestStream) return responseStream ? "BIDI" : "CLIENT_STREAM";
  return responseStream ? "SERVER_STREAM" : "UNARY";
}

/**
 * The call that a handler's stream belongs to. The interceptors of the application sit between the two. (Noting the
 * stream in a `WeakMap` would keep every call until old garbage is collected, with all that grpc-js made for it.)
 */
export function callOf(stream: object, registry: CallRegistry): LiveCall | undefined {
  const { call } = stream as { call?: BaseCall };
  if (call === undefined) return undefined;
  const { callEventTracker } = findBase(call);
  return callEventTracker instanceof ObservedServerCall ? callEventTracker.liveIn(registry) : undefined;
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

function isTracker(tracker: unknown): boolean {
  // Null: channelz is off.
  return (
    tracker === null || typeof (tracker as Partial<CallTracker> | undefined)?.addMessageSent === "function"
  );
}
