import type { CallColumns } from "../../../sample/calls.ts";
import { type BookedCall, localTime } from "../book/booked.ts";
import { known, waitedMs } from "../book/flow.ts";
import { callRowsOf, endedOfAll, placesOf } from "./call-rows.ts";
import type { Rows } from "./rows.ts";
import type { Sight } from "./sight.ts";

export function mapCalls(rows: Rows, sight: Sight): CallColumns {
  const { calls, key, connection, peer, clientName } = callRowsOf(rows);
  const { stream, consumer, position } = placesOf(rows);
  const count = calls.length;
  const column = () => new Float64Array(count).fill(Number.NaN);
  const columns = {
    startedAt: column(),
    deadlineAt: column(),
    sent: column(),
    received: column(),
    queued: column(),
    unread: column(),
    waitingMs: column(),
    lastSentAt: column(),
    lastReceivedAt: column(),
    flags: new Uint16Array(count),
  };
  for (let i = 0; i < count; i++) {
    const call = calls[i]!;
    const { row, process } = call;
    columns.startedAt[i] = localTime(process, row.startedAtMs);
    columns.deadlineAt[i] = deadlineOf(call);
    if (!sight.isConfirmed(process)) continue;
    columns.sent[i] = known(row.messagesFlushed);
    columns.received[i] = known(row.messagesReceived);
    columns.queued[i] = known(row.queuedWrites);
    columns.unread[i] = known(row.unreadMessages);
    columns.waitingMs[i] = waitingIn(call);
    columns.lastSentAt[i] = localTime(process, row.lastFlushedAtMs);
    columns.lastReceivedAt[i] = localTime(process, row.lastReceivedAtMs);
    columns.flags[i] = sight.flagsOf(call);
  }
  return {
    count,
    live: rows.processes.reduce((sum, { process }) => sum + (known(process.liveCalls) || 0), 0),
    ...{ key, connection, peer, clientName, stream, consumer, position },
    ...columns,
    ended: endedOfAll(rows),
  };
}

/** The only moment of a call that may lie ahead. */
function deadlineOf({ row, process: { receivedAt, serverTimeMs } }: BookedCall): number {
  const at = receivedAt + (known(row.deadlineAtMs) - serverTimeMs);
  return at > 0 ? at : Number.NaN;
}

/** Age of the oldest message that waits in either direction. */
function waitingIn({ row, process: { serverTimeMs } }: BookedCall): number {
  const queued = waitedMs(known(row.queuedWrites), known(row.oldestUnflushedAtMs), serverTimeMs);
  const unread = waitedMs(known(row.unreadMessages), known(row.unreadSinceMs), serverTimeMs);
  if (Number.isNaN(unread)) return queued;
  return Number.isNaN(queued) || unread > queued ? unread : queued;
}
