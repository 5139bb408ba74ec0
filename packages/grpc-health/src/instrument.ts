import type { Duplex, Readable, Writable } from "node:stream";
import type { Server, ServerInterceptor } from "@grpc/grpc-js";
import type { CallRegistry } from "./calls/call-registry.ts";
import { callOf } from "./calls/server-call.ts";

/** This version of grpc-js keeps its interceptors or handlers elsewhere: the server runs, uninstrumented. */
export class UnsupportedServerError extends Error {
  readonly code = "unsupported_server";
}

type StreamHandler = (call: Readable | Writable | Duplex, ...rest: unknown[]) => unknown;
type Register = (
  path: string,
  handler: StreamHandler,
  serialize: unknown,
  deserialize: unknown,
  type: string,
) => boolean;

/** What grpc-js takes only as constructor options, seen from outside a server that exists already. */
interface ServerParts {
  interceptors: ServerInterceptor[];
  handlers: Map<string, { func: StreamHandler; type: string }>;
  register: Register;
}

/**
 * Adds the interceptor next to the transport, and lets every streaming handler, registered before or after, show its
 * stream to the call that the interceptor sees.
 */
export function instrument(server: Server, interceptor: ServerInterceptor, registry: CallRegistry): void {
  const parts = server as unknown as ServerParts;
  if (!Array.isArray(parts.interceptors) || !(parts.handlers instanceof Map)) {
    throw new UnsupportedServerError("this version of @grpc/grpc-js cannot be instrumented");
  }
  // A new array: this one may be the user's, shared by other servers.
  parts.interceptors = [interceptor, ...parts.interceptors];
  for (const handler of parts.handlers.values())
    handler.func = observing(handler.func, handler.type, registry);
  const register = parts.register.bind(server);
  parts.register = (path, handler, serialize, deserialize, type) =>
    register(path, observing(handler, type, registry), serialize, deserialize, type);
}

function observing(handler: StreamHandler, type: string, registry: CallRegistry): StreamHandler {
  if (type === "unary") return handler;
  return (call, ...rest) => {
    callOf(call, registry)?.observe(call);
    return handler(call, ...rest);
  };
}
