import type { CallColumns, CallDetail } from "../../../sample/calls.ts";
import { type BookedCall, localTime } from "../book/booked.ts";
import { known, waitedMs } from "../book/flow.ts";
import { explainWaiting } from "../words/call-text.ts";
import { callFacts } from "./row-facts.ts";
import type { Rows } from "./rows.ts";
import type { CallRows } from "./shown.ts";
import type { Sight } from "./sight.ts";

export function mapCalls(rows: Rows, sight: Sight): CallColumns {
  const { calls, key, connection } = callRowsOf(rows);
  const count = calls.length;
  const column = () => new Float64Array(count).fill(Number.NaN);
  const columns = {
    stream: new Int32Array(count),
    consumer: new Int32Array(count),
    position: new Int32Array(count),
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
  const { consumers } = rows.layout;
  for (let i = 0; i < count; i++) {
    const call = calls[i]!;
    const { row, process, peer } = call;
    columns.stream[i] = consumers[peer.consumer]!.streams[0]!;
    columns.consumer[i] = peer.consumer;
    columns.position[i] = call.position;
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
    key,
    connection,
    ...columns,
    peer: (i) => calls[i]?.row.peer ?? "",
    clientName: (i) => calls[i]?.row.clientName || null,
    detail: (i) => detailOf(rows, calls[i]!, sight),
    ended: (one) => {
      for (const { book } of rows.processes) {
        const ended = book.endedCall(one);
        if (ended) return ended;
      }
      return null;
    },
  };
}

function callRowsOf(rows: Rows): CallRows {
  const made = rows.processes.map(({ process, book }) => ({ process, callsVersion: book.callsVersion }));
  const held = rows.calls;
  const isSame =
    held !== null &&
    held.made.length === made.length &&
    made.every(
      ({ process, callsVersion }, i) =>
        held.made[i]!.process === process && held.made[i]!.callsVersion === callsVersion,
    );
  if (isSame) return held;
  const calls = rows.processes.flatMap(({ process }) => [...process.calls.values()]);
  calls.sort((a, b) => startOf(a) - startOf(b));
  const numbers = new Map(made.map(({ process }) => [process, new Map<number, number>()]));
  let connections = 0;
  const connection = Int32Array.from(calls, ({ process, row: { connectionId } }) => {
    if (connectionId === undefined) return -1;
    const ofProcess = numbers.get(process)!;
    const number = ofProcess.get(connectionId) ?? connections++;
    ofProcess.set(connectionId, number);
    return number;
  });
  rows.calls = { made, calls, key: calls.map(({ key }) => key), connection };
  return rows.calls;
}

/** On Streamside's clock, whatever is absurd last. */
function startOf({ process, row }: BookedCall): number {
  return process.receivedAt - process.serverTimeMs + known(row.startedAtMs) || Number.MAX_SAFE_INTEGER;
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

function detailOf({ processes }: Rows, call: BookedCall, sight: Sight): CallDetail {
  const { row, process } = call;
  return {
    bytesSent: known(row.bytesFlushed),
    bytesReceived: known(row.bytesReceived),
    written: known(row.messagesWritten),
    lastWrittenAt: localTime(process, row.lastWrittenAtMs),
    connection: nameOfConnection(call, processes.length > 1),
    backend: processes.find((part) => part.process === process)?.address ?? "",
    heldBy: explainWaiting(call, sight.channelzOf(process)),
    retries: known(row.retries),
    facts: callFacts(call),
  };
}

/** Its other end; numbers are those of one process. */
function nameOfConnection({ row, process }: BookedCall, areSeveral: boolean): string | null {
  if (row.connectionId === undefined) return null;
  const peer = process.connections.get(row.connectionId)?.peer || row.peer;
  const name = peer === "" ? `connection ${row.connectionId}` : `connection ${row.connectionId} of ${peer}`;
  return areSeveral ? `${name} in process ${process.info.instanceId.slice(0, 8)}` : name;
}
