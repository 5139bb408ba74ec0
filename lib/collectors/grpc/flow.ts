import type { CallRow, MethodRow } from "@streamside/grpc-health";

/**
 * Which messages of a method are counted, and so what its backlog is. A kind that is not reported counts as responses.
 *
 * | kind                  | flow        | in                  | out                             | backlog                |
 * | --------------------- | ----------- | ------------------- | ------------------------------- | ---------------------- |
 * | server stream, bidi   | `responses` | written by server   | flushed to the peer             | written, not flushed   |
 * | client stream         | `requests`  | received from peer  | read by the server's handler    | received, not read     |
 * | unary                 | `calls`     | requests received   | requests answered               | responses not flushed  |
 *
 * So `in − out` is the growth of the backlog; for unary calls, of the calls under way, which are no backlog: a slow
 * answer is the server's work, not a queue.
 */
export type Flow = "responses" | "requests" | "calls";

/** Totals; NaN is "not known". */
export interface Totals {
  due: number;
  out: number;
}

export function flowOf({ kind }: Pick<MethodRow, "kind">): Flow {
  switch (kind) {
    case "UNARY":
      return "calls";
    case "CLIENT_STREAM":
      return "requests";
    case "SERVER_STREAM":
    case "BIDI":
    case "KIND_UNSPECIFIED":
      return "responses";
  }
}

/** For people. */
export function kindText({ kind }: Pick<MethodRow, "kind">): string {
  switch (kind) {
    case "UNARY":
      return "unary";
    case "CLIENT_STREAM":
      return "client stream";
    case "SERVER_STREAM":
      return "server stream";
    case "BIDI":
      return "bidirectional stream";
    case "KIND_UNSPECIFIED":
      return "call kind not reported";
  }
}

/** A number from the wire: beyond 2^53 and below 0 nothing is meant; absent is not known. */
export function known(value: number | undefined): number {
  return value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/** @param unread messages that wait unread in the method's live calls */
export function methodTotals(row: MethodRow, unread: number): Totals {
  switch (flowOf(row)) {
    case "calls":
      return { due: known(row.started), out: known(row.completed) };
    case "requests":
      return { due: known(row.messagesReceived), out: known(row.messagesReceived) - unread };
    case "responses":
      return { due: known(row.messagesWritten), out: known(row.messagesFlushed) };
  }
}

export function callTotals(flow: Flow, row: CallRow): Totals {
  if (flow === "requests") {
    // Where unread messages cannot be seen, a received message is as far as anybody can follow it.
    return {
      due: known(row.messagesReceived),
      out: known(row.messagesReceived) - (known(row.unreadMessages) || 0),
    };
  }
  return { due: known(row.messagesWritten), out: known(row.messagesFlushed) };
}

/** Messages that wait in one call. */
export function callBacklog(flow: Flow, row: CallRow): number {
  return flow === "requests" ? known(row.unreadMessages) : known(row.queuedWrites);
}

/** Age in ms of the oldest of them, 0 when none waits. When an unread message came is not reported. */
export function backlogAge(
  flow: Flow,
  backlog: number,
  oldestUnflushedAtMs: number | undefined,
  serverTimeMs: number,
): number {
  if (backlog === 0) return 0;
  if (flow === "requests" || oldestUnflushedAtMs === undefined || !(backlog > 0)) return Number.NaN;
  return Math.max(0, serverTimeMs - oldestUnflushedAtMs);
}
