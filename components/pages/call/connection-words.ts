import { exactCount } from "@/lib/format";
import type { CallView } from "@/lib/model/call";
import { severityOf } from "@/lib/model/status";

/**
 * What the calls that share a connection say about this one. They share its window and its socket: where one waits and others
 * flow, the connection is not what it waits for.
 */
export function connectionSentence(call: CallView, others: readonly CallView[]): string {
  if (others.length === 0) return "No other call is on its connection now.";
  const waiting = others.filter(isHeldUp).length;
  const flowing = others.filter((other) => !isHeldUp(other) && flows(other)).length;
  if (isHeldUp(call)) {
    if (flowing > 0) {
      return `This call waits while ${counted(flowing, "other")} on the same connection ${flowing === 1 ? "flows" : "flow"}: its own reader is slow, not the connection.`;
    }
    if (waiting === others.length) {
      return `Every call on this connection waits${waiting === 1 ? "" : `, all ${exactCount(waiting + 1)} of them`}: the connection, or whoever reads it, holds them up.`;
    }
    return "This call waits; nothing flows in the others on its connection, which have nothing to send.";
  }
  if (waiting === 0) return "None of the calls on this connection waits.";
  return `This call does not wait; ${counted(waiting, "other")} on the same connection ${waiting === 1 ? "does" : "do"}.`;
}

/** Its messages wait longer than they should. */
function isHeldUp({ status, waitingMs }: CallView): boolean {
  return severityOf(status) === "critical" && (waitingMs ?? 0) > 0;
}

function flows({ sentPerSecond, receivedPerSecond }: CallView): boolean {
  return (sentPerSecond ?? 0) > 0 || (receivedPerSecond ?? 0) > 0;
}

function counted(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${exactCount(n)} ${noun}s`;
}
