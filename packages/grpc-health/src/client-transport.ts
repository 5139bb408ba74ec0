import type { Http2Session } from "node:http2";

/**
 * What grpc-js builds below a client's call, which it does not publish: resolving call → retrying call (left out with
 * `grpc.enable_retries: 0`) → load balancing call → HTTP/2 call. Any part may be missing, because it is not made yet or
 * because this grpc-js is another one; then less is known.
 */
interface ResolvingCall {
  child?: (RetryingCall & LoadBalancingCall) | null;
}

interface RetryingCall {
  attempts?: number;
  committedCallIndex?: number | null;
  underlyingCalls?: { call?: LoadBalancingCall }[];
}

interface LoadBalancingCall {
  child?: { transport?: { session?: Http2Session } } | null;
}

/** Attempts beyond the first; `undefined` when not known. */
export function retriesOf(call: object): number | undefined {
  const { child } = call as ResolvingCall;
  if (child === undefined) return undefined;
  return child === null || child.underlyingCalls === undefined ? 0 : Math.max(0, (child.attempts ?? 1) - 1);
}

export function sessionOf(call: object): Http2Session | undefined {
  return attemptOf(call)?.child?.transport?.session;
}

/** Waits for a name to be resolved or for a connection. */
export function isConnecting(call: object): boolean {
  const { child } = call as ResolvingCall;
  return child === null || attemptOf(call)?.child === null;
}

/** The attempt that counts: the one that was chosen, else the last. */
function attemptOf(call: object): LoadBalancingCall | undefined {
  const { child } = call as ResolvingCall;
  if (child === null || child === undefined) return undefined;
  const { underlyingCalls, committedCallIndex } = child;
  if (underlyingCalls === undefined) return child;
  return underlyingCalls[committedCallIndex ?? underlyingCalls.length - 1]?.call;
}
