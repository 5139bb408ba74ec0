import type { Http2Session } from "node:http2";
import type { Readable, Writable } from "node:stream";
import type { CallProperties, ChannelInterface, ClientOptions } from "@grpc/grpc-js";
import {
  isConnecting,
  retriesOf,
  sessionOf,
  unaskedOf,
  watchFlushes,
} from "../connections/client-transport.ts";
import type { CallRegistry } from "./call-registry.ts";
import { type CallOrigin, LiveCall } from "./live-call.ts";
import type { MethodStats } from "./method-stats.ts";
import { kindOf } from "./server-call.ts";

/** Which call the stream of an application is. */
export type CallsByStream = WeakMap<object, LiveCall>;

type TransportCall = ReturnType<ChannelInterface["createCall"]>;
type TransportListener = Parameters<TransportCall["start"]>[1];

/**
 * Observes each call of a client where it meets its channel, below every interceptor: there messages are bytes already,
 * and neither interceptors of the client nor of a single call change what is seen.
 */
export function instrumentedClientOptions(
  options: ClientOptions,
  registry: CallRegistry,
  isExcluded: (path: string) => boolean,
  calls: CallsByStream,
): ClientOptions {
  const { callInvocationTransformer } = options;
  return {
    ...options,
    callInvocationTransformer: (properties) => {
      const final = callInvocationTransformer?.(properties) ?? properties;
      try {
        if (isExcluded(final.methodDefinition.path)) return final;
        return { ...final, channel: observedChannel(final, registry, calls) };
      } catch (error) {
        registry.fault(error);
        return final;
      }
    },
  };
}

/** The channel as one call sees it. */
function observedChannel(
  properties: CallProperties<unknown, unknown>,
  registry: CallRegistry,
  calls: CallsByStream,
): ChannelInterface {
  const { channel } = properties;
  let surface: object | undefined = properties.call;
  // V8 makes a function that is written as the value of a property one of its old objects, which keep what they know of
  // a call until old garbage is collected. One that has a name first dies young.
  const createCall = (...args: Parameters<ChannelInterface["createCall"]>): TransportCall => {
    const call = channel.createCall(...args);
    observeCall(call, properties, registry, surface, calls);
    // An interceptor that tries again makes another call, which the application does not write to itself.
    surface = undefined;
    return call;
  };
  const observed = Object.create(channel) as ChannelInterface;
  observed.createCall = createCall;
  return observed;
}

function observeCall(
  call: TransportCall,
  properties: CallProperties<unknown, unknown>,
  registry: CallRegistry,
  surface: object | undefined,
  calls: CallsByStream,
): void {
  try {
    const { path, requestStream, responseStream } = properties.methodDefinition;
    const method = registry.method("CLIENT", path, kindOf(requestStream, responseStream));
    const { live } = new ObservedClientCall(call, properties, registry, method);
    if (surface !== undefined && (requestStream || responseStream)) {
      live.observe(surface as Readable | Writable);
      calls.set(surface, live);
    }
    live.begin();
  } catch (error) {
    registry.fault(error);
  }
}

/** Stands in for two methods of one call, and for the listener of what comes back. */
class ObservedClientCall implements CallOrigin, TransportListener {
  readonly live: LiveCall;
  readonly #call: TransportCall;
  readonly #channel: ChannelInterface;
  readonly #deadline: CallProperties<unknown, unknown>["callOptions"]["deadline"];
  readonly #send: TransportCall["sendMessageWithContext"];
  #listener: TransportListener | undefined;
  #unflushed = 0;
  #flushesSeen = false;

  constructor(
    call: TransportCall,
    { channel, callOptions }: CallProperties<unknown, unknown>,
    registry: CallRegistry,
    method: MethodStats,
  ) {
    this.#call = call;
    this.#channel = channel;
    this.#deadline = callOptions.deadline;
    this.live = new LiveCall(registry, method, this);
    const { start, sendMessageWithContext } = call;
    const observedStart: TransportCall["start"] = (metadata, listener) => {
      this.#listener = listener;
      start.call(call, metadata, this);
    };
    const observedSend: TransportCall["sendMessageWithContext"] = (context, message) =>
      this.#sending(context, message);
    this.#send = sendMessageWithContext;
    call.start = observedStart;
    call.sendMessageWithContext = observedSend;
  }

  onReceiveMetadata(received: Parameters<TransportListener["onReceiveMetadata"]>[0]): void {
    this.#listener?.onReceiveMetadata(received);
  }

  onReceiveMessage(message: Buffer | null): void {
    if (message === null) {
      this.#listener?.onReceiveMessage(message);
      return;
    }
    this.live.deserialized(message.byteLength);
    this.live.received();
    try {
      this.#listener?.onReceiveMessage(message);
    } finally {
      this.live.handled();
    }
  }

  onReceiveStatus(received: Parameters<TransportListener["onReceiveStatus"]>[0]): void {
    this.live.end(received.code);
    this.#listener?.onReceiveStatus(received);
  }

  #sending(context: Parameters<TransportCall["sendMessageWithContext"]>[0], message: Buffer): void {
    this.live.sending();
    this.live.serialized(message.byteLength);
    this.#unflushed += 1;
    if (this.#flushesSeen) {
      this.#send.call(this.#call, context, message);
      return;
    }
    const callback = (error?: Error | null): void => {
      // What grpc-js builds for the call is there now at the latest, and the transport has not answered yet.
      if (!this.#flushesSeen) this.#flushesSeen = watchFlushes(this.#call, (frame) => this.#flushed(frame));
      if (!this.#flushesSeen) this.#flushed(undefined);
      context.callback?.(error);
    };
    this.#send.call(this.#call, { ...context, callback }, message);
  }

  #flushed(frame: Buffer | undefined): void {
    this.live.flushed(sizeIn(frame) ?? this.live.unflushedBytes / this.#unflushed);
    this.#unflushed -= 1;
  }

  get deadlineAt(): number | undefined {
    const deadlineAt = this.#deadline === undefined ? Number.NaN : Number(this.#deadline);
    return Number.isFinite(deadlineAt) ? deadlineAt : undefined;
  }

  peer(): string {
    const peer = this.#call.getPeer();
    return peer === "unknown" ? "" : peer;
  }

  clientName(): string {
    return "";
  }

  retries(): number | undefined {
    return retriesOf(this.#call);
  }

  session(): Http2Session | undefined {
    return sessionOf(this.#call);
  }

  target(): string {
    return this.#channel.getTarget();
  }

  connecting(): boolean {
    return isConnecting(this.#call);
  }

  unasked(): number {
    return unaskedOf(this.#call);
  }
}

/** Of the message in a frame. Undefined for a compressed one: its size before is only known of all that wait together. */
function sizeIn(frame: Buffer | undefined): number | undefined {
  return frame?.[0] === 0 ? frame.byteLength - 5 : undefined;
}
