import type { Readable, Writable } from "node:stream";
import type { CallProperties, ChannelInterface, ClientOptions } from "@grpc/grpc-js";
import type { CallRegistry } from "./call-registry.ts";
import { isConnecting, retriesOf, sessionOf, unaskedOf, watchFlushes } from "./client-transport.ts";
import { LiveCall } from "./live-call.ts";
import { kindOf } from "./server-call.ts";

/** Which call the stream of an application is. */
export type CallsByStream = WeakMap<object, LiveCall>;

type TransportCall = ReturnType<ChannelInterface["createCall"]>;

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
  let surface: CallProperties<unknown, unknown>["call"] | undefined = properties.call;
  return Object.assign(Object.create(channel) as ChannelInterface, {
    createCall: (...args: Parameters<ChannelInterface["createCall"]>) => {
      const call = channel.createCall(...args);
      observeCall(call, channel, properties, registry, surface, calls);
      // An interceptor that tries again makes another call, which the application does not write to itself.
      surface = undefined;
      return call;
    },
  });
}

function observeCall(
  call: TransportCall,
  channel: ChannelInterface,
  { methodDefinition, callOptions }: CallProperties<unknown, unknown>,
  registry: CallRegistry,
  surface: object | undefined,
  calls: CallsByStream,
): void {
  try {
    const { path, requestStream, responseStream } = methodDefinition;
    const method = registry.method("CLIENT", path, kindOf(requestStream, responseStream));
    const deadlineAt = callOptions.deadline === undefined ? Number.NaN : Number(callOptions.deadline);
    const live = new LiveCall(registry, method, {
      deadlineAt: Number.isFinite(deadlineAt) ? deadlineAt : undefined,
      peer: () => {
        const peer = call.getPeer();
        return peer === "unknown" ? "" : peer;
      },
      clientName: () => "",
      retries: () => retriesOf(call),
      session: () => sessionOf(call),
      target: () => channel.getTarget(),
      connecting: () => isConnecting(call),
      unasked: () => unaskedOf(call),
    });
    if (surface !== undefined && (requestStream || responseStream)) {
      live.observe(surface as Readable | Writable);
      calls.set(surface, live);
    }
    const start = call.start.bind(call);
    call.start = (metadata, listener) =>
      start(metadata, {
        onReceiveMetadata: (received) => listener.onReceiveMetadata(received),
        onReceiveMessage: (message: Buffer | null) => {
          if (message !== null) {
            live.deserialized(message.byteLength);
            live.received();
          }
          listener.onReceiveMessage(message);
        },
        onReceiveStatus: (received) => {
          live.end(received.code);
          listener.onReceiveStatus(received);
        },
      });
    let sent = 0;
    const flushed = (frame: Buffer | undefined): void => {
      live.flushed(sizeIn(frame) ?? live.unflushedBytes / sent);
      sent -= 1;
    };
    let flushesSeen = false;
    const send = call.sendMessageWithContext.bind(call);
    call.sendMessageWithContext = (context, message) => {
      live.sending();
      live.serialized(message.byteLength);
      sent += 1;
      if (flushesSeen) return send(context, message);
      const callback = (error?: Error | null): void => {
        // What grpc-js builds for the call is there now at the latest, and the transport has not answered yet.
        flushesSeen ||= watchFlushes(call, flushed);
        if (!flushesSeen) flushed(undefined);
        context.callback?.(error);
      };
      send({ ...context, callback }, message);
    };
    live.begin();
  } catch (error) {
    registry.fault(error);
  }
}

/** Of the message in a frame. Undefined for a compressed one: its size before is only known of all that wait together. */
function sizeIn(frame: Buffer | undefined): number | undefined {
  return frame?.[0] === 0 ? frame.byteLength - 5 : undefined;
}
