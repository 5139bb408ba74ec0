import type { CallRow } from "../protocol.ts";
import type { LiveCall } from "./live-call.ts";

export function mapCall(call: LiveCall): CallRow {
  const row: CallRow = {
    id: call.id,
    methodId: call.method.id,
    peer: call.origin.peer(),
    startedAtMs: call.startedAt,
    messagesWritten: call.messagesWritten,
    messagesFlushed: call.messagesFlushed,
    messagesReceived: call.messagesReceived,
    queuedWrites: call.queuedWrites,
    clientName: call.origin.clientName(),
    heldBy: call.heldBy ?? "HELD_BY_UNSPECIFIED",
  };
  if (call.bytesKnown) {
    row.bytesFlushed = call.bytesFlushed;
    row.bytesReceived = call.bytesReceived;
  }
  const { deadlineAt } = call.origin;
  if (deadlineAt !== undefined) row.deadlineAtMs = deadlineAt;
  if (!Number.isNaN(call.lastWrittenAt)) row.lastWrittenAtMs = call.lastWrittenAt;
  if (!Number.isNaN(call.lastFlushedAt)) row.lastFlushedAtMs = call.lastFlushedAt;
  if (!Number.isNaN(call.lastReceivedAt)) row.lastReceivedAtMs = call.lastReceivedAt;
  if (call.oldestUnflushedAt !== undefined) row.oldestUnflushedAtMs = call.oldestUnflushedAt;
  if (call.unreadMessages !== undefined) row.unreadMessages = call.unreadMessages;
  if (!Number.isNaN(call.unreadSince)) row.unreadSinceMs = call.unreadSince;
  if (call.connection !== undefined) row.connectionId = call.connection.id;
  const retries = call.origin.retries();
  if (retries !== undefined) row.retries = retries;
  if (call.openRequests !== undefined) {
    row.openRequests = call.openRequests.count;
    const oldestAt = call.openRequests.oldestAt();
    if (oldestAt !== undefined) row.oldestOpenRequestAtMs = oldestAt;
  }
  return row;
}
