import type { Http2Session } from "node:http2";

/**
 * What grpc-js builds below a client's call, which it does not publish: resolving call → retrying call → load balancing
 * call → HTTP/2 call. Any part may be missing, because it is not made yet or because this grpc-js is another one; then
 * less is known.
 */
interface ResolvingCall {
  child?: RetryingCall | null;
}

interface RetryingCall {
  attempts?: number;
  committedCallIndex?: number | null;
  underlyingCalls?: { call?: LoadBalancingCall; state?: string }[];
  handleChildWriteCompleted?: (childIndex: number, messageIndex: number) => void;
  getBufferEntry?: (messageIndex: number) => { allocated: boolean; message?: { message: Buffer } };
}

interface LoadBalancingCall {
  child?: { transport?: { session?: Http2Session }; unpushedReadMessages?: unknown[] } | null;
}

/** Attempts beyond the first; `undefined` when not known. */
export function retriesOf(call: object): number | undefined {
  const { child } = call as ResolvingCall;
  if (child === undefined) return undefined;
  if (child === null) return 0;
  return child.attempts === undefined ? undefined : Math.max(0, child.attempts - 1);
}

export function sessionOf(call: object): Http2Session | undefined {
  return attemptOf(call)?.child?.transport?.session;
}

/** To a stream that nobody has begun to read, grpc-js delivers nothing and goes on to receive all that comes. */
export function unaskedOf(call: object): number {
  return attemptOf(call)?.child?.unpushedReadMessages?.length ?? 0;
}

/** Waits for a name to be resolved or for a connection. */
export function isConnecting(call: object): boolean {
  const { child } = call as ResolvingCall;
  return child === null || attemptOf(call)?.child === null;
}

/** The attempt that counts: the one that was chosen, else the last; none where that is over and the next to come. */
function attemptOf(call: object): LoadBalancingCall | undefined {
  const { underlyingCalls, committedCallIndex } = (call as ResolvingCall).child ?? {};
  const attempt = underlyingCalls?.[committedCallIndex ?? underlyingCalls.length - 1];
  return attempt?.state === "COMPLETED" ? undefined : attempt?.call;
}

/**
 * Tells of each message that the transport takes, once and in order. To the layers above, grpc-js calls a message done
 * as soon as it is in the buffer for retries (up to 1 MiB a call), retries or not. To be called when it first does so.
 * False: this grpc-js does not show it.
 */
export function watchFlushes(call: object, onFlushed: (frame: Buffer | undefined) => void): boolean {
  const retrying = (call as ResolvingCall).child;
  const { handleChildWriteCompleted: completed, getBufferEntry: entryAt } = retrying ?? {};
  if (!retrying || completed === undefined || entryAt === undefined) return false;
  let next = 0;
  const first = entryAt.call(retrying, 0);
  // What found no room in the buffer is done when the transport has it: now.
  if (!first.allocated) {
    next = 1;
    onFlushed(first.message?.message);
  }
  const watched = (childIndex: number, messageIndex: number): void => {
    // A later attempt sends again what the one before has sent.
    if (messageIndex === next) {
      next += 1;
      onFlushed(entryAt.call(retrying, messageIndex).message?.message);
    }
    completed.call(retrying, childIndex, messageIndex);
  };
  retrying.handleChildWriteCompleted = watched;
  return true;
}
