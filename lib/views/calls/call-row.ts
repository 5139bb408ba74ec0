import type { CallView } from "../../model/call.ts";
import type { Status } from "../../model/status.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import { type CallColumns, statusOfCall } from "../../sample/calls.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { callId } from "./call-id.ts";

/** The status of one live call as it is shown. */
export function shownStatusOfCall(
  source: SourceSnapshot,
  sampled: Sampled,
  calls: CallColumns,
  row: number,
): Status {
  return source.isCurrent ? statusOfCall(sampled, calls, row) : "unknown";
}

/** One live call as an object: made only for rows that someone looks at. */
export function viewCall(
  source: SourceSnapshot,
  sampled: Sampled,
  calls: CallColumns,
  row: number,
): CallView {
  const { layout, streamIds, consumerIds } = sampled;
  const stream = layout.streams[calls.stream[row]!]!;
  const rate = (counter: "sent" | "received") => known(source.table.calls.rate(row, counter));
  return {
    id: callId(source.identity.id, calls.key[row]!),
    source: source.identity.id,
    method: stream.name,
    streamId: streamIds[calls.stream[row]!]!,
    consumerId: consumerIds[calls.consumer[row]!] ?? null,
    kind: stream.calls?.kind ?? "unknown",
    side: stream.calls?.side ?? "server",
    peer: calls.peer[row]!,
    clientName: calls.clientName[row]!,
    status: shownStatusOfCall(source, sampled, calls, row),
    startedAt: known(calls.startedAt[row]!),
    deadlineAt: known(calls.deadlineAt[row]!),
    sent: known(calls.sent[row]!),
    received: known(calls.received[row]!),
    sentPerSecond: rate("sent"),
    receivedPerSecond: rate("received"),
    queued: known(calls.queued[row]!),
    unread: known(calls.unread[row]!),
    waitingMs: known(calls.waitingMs[row]!),
    lastSentAt: known(calls.lastSentAt[row]!),
    lastReceivedAt: known(calls.lastReceivedAt[row]!),
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
