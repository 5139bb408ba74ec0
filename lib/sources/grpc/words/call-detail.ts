import type { CallDetail } from "../../../sample/calls.ts";
import type { Sample } from "../../../sample/sample.ts";
import { localTime } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import { callFacts } from "./call-facts.ts";
import { explainWaiting } from "./call-text.ts";
import { callAt, detailsOf, type ToldCall } from "./told-call.ts";

export function describeCall(sample: Sample, row: number): CallDetail {
  const call = callAt(sample, row);
  const { row: told, process } = call;
  return {
    bytesSent: known(told.bytesFlushed),
    bytesReceived: known(told.bytesReceived),
    written: known(told.messagesWritten),
    lastWrittenAt: localTime(process, told.lastWrittenAtMs),
    connection: nameOfConnection(call, detailsOf(sample).processes.length > 1),
    backend: process.address,
    heldBy: explainWaiting(sample, call),
    retries: known(told.retries),
    facts: callFacts(sample, call),
  };
}

/** Its other end; numbers are those of one process. */
function nameOfConnection({ row, connection, process }: ToldCall, areSeveral: boolean): string | null {
  if (row.connectionId === undefined) return null;
  const peer = connection?.peer || row.peer;
  const name = peer === "" ? `connection ${row.connectionId}` : `connection ${row.connectionId} of ${peer}`;
  return areSeveral ? `${name} in process ${process.instanceId.slice(0, 8)}` : name;
}
