import type { CallRow, MethodRow } from "@streamside/grpc-health";
import type { CallKind, CallSide } from "../../../model/call.ts";

/**
 * Which messages of a method are counted, and so what its backlog is: those that stream. A kind that is not reported
 * counts as one whose process sends.
 *
 * | kind          | process | flow       | in                      | out                          | backlog               |
 * | ------------- | ------- | ---------- | ----------------------- | ---------------------------- | --------------------- |
 * | server stream | server  | `sent`     | responses written       | flushed to the client        | written, not flushed  |
 * | server stream | client  | `received` | responses received      | read by its application      | received, not read    |
 * | client stream | server  | `received` | requests received       | read by its handler          | received, not read    |
 * | client stream | client  | `sent`     | requests written        | flushed to the server        | written, not flushed  |
 * | bidi          | either  | `sent`     | what it writes itself   | flushed to the other end     | written, not flushed  |
 * | unary         | server  | `calls`    | requests received       | requests answered            | responses not flushed |
 * | unary         | client  | `calls`    | requests made           | requests answered            | requests not flushed  |
 *
 * So `in − out` is the growth of the backlog; for unary calls, of the calls under way, which are no backlog: a slow
 * answer is the server's work, not a queue.
 */
export type Flow = "sent" | "received" | "calls";

/** Totals; NaN is "not known". */
export interface Totals {
  due: number;
  out: number;
}

export function flowOf({ kind, side }: Pick<MethodRow, "kind" | "side">): Flow {
  if (kind === "UNARY") return "calls";
  const receives = side === "CLIENT" ? "SERVER_STREAM" : "CLIENT_STREAM";
  return kind === receives ? "received" : "sent";
}

/** In the words of the model; a kind this version does not know is unknown too. */
export function kindOf({ kind }: Pick<MethodRow, "kind">): CallKind {
  return KINDS.get(kind) ?? "unknown";
}

const KINDS: ReadonlyMap<string, CallKind> = new Map([
  ["UNARY", "unary"],
  ["CLIENT_STREAM", "client stream"],
  ["SERVER_STREAM", "server stream"],
  ["BIDI", "bidirectional stream"],
]);

/** An end that is not reported is the server's: who is asked about its calls mostly serves them. */
export function sideOf({ side }: Pick<MethodRow, "side">): CallSide {
  return side === "CLIENT" ? "client" : "server";
}

/** For people. */
export function kindText(kind: CallKind, side: CallSide): string {
  const text = kind === "unknown" ? "call kind not reported" : kind;
  return side === "client" ? `${text}, called by the target` : text;
}

/** A number from the wire: beyond 2^53 and below 0 nothing is meant; absent is not known. */
export function known(value: number | undefined): number {
  return value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/** @param unread messages that wait unread in the method's live calls */
export function methodTotals(flow: Flow, row: MethodRow, unread: number): Totals {
  switch (flow) {
    case "calls":
      return { due: known(row.started), out: known(row.completed) };
    case "received":
      return { due: known(row.messagesReceived), out: known(row.messagesReceived) - unread };
    case "sent":
      return { due: known(row.messagesWritten), out: known(row.messagesFlushed) };
  }
}

export function callTotals(flow: Flow, row: CallRow): Totals {
  if (flow !== "received") return { due: known(row.messagesWritten), out: known(row.messagesFlushed) };
  const received = known(row.messagesReceived);
  // Where unread messages cannot be seen, a received message is as far as anybody can follow it.
  return { due: received, out: Math.max(0, received - (known(row.unreadMessages) || 0)) };
}

/** Messages that wait in one call. */
export function callBacklog(flow: Flow, row: CallRow): number {
  return known(flow === "received" ? row.unreadMessages : row.queuedWrites);
}

/** When the oldest of them was written, or came at the earliest; on the process's clock. */
export function oldestWaitingAt(flow: Flow, row: CallRow): number {
  return known(flow === "received" ? row.unreadSinceMs : row.oldestUnflushedAtMs);
}

/** Age in ms of the oldest waiting message, 0 when none waits. */
export function waitedMs(backlog: number, oldestAtMs: number, serverTimeMs: number): number {
  if (backlog === 0) return 0;
  return backlog > 0 ? Math.max(0, serverTimeMs - oldestAtMs) : Number.NaN;
}
