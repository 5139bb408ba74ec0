import { formatAge, formatBytes } from "../../../format/index.ts";
import { countOf, nameText } from "../../event-text.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import type { ChannelzFindings } from "../ways/ways.ts";
import { isBlocked, isGone, socketOf } from "./connection-state.ts";

/** What moved so lately flows. */
const FLOWS_MS = 2_000;
/**
 * A reader that took something so lately reads, if slowly. Shorter than what `stalled` takes, by as much as state may be
 * old: the sentence may not say otherwise than the status.
 */
const READS_MS = 400;

/** `call 17 from 10.0.0.7:51234 (grpc-node-js/1.14.7)`. */
export function nameOfCall({ row, peer }: BookedCall): string {
  const where = peer.method.side === "client" ? "to" : "from";
  const who = row.clientName === "" ? "" : ` (${nameText(row.clientName)})`;
  return `call ${row.id} ${where} ${nameText(row.peer || "an unknown peer")}${who}`;
}

/** `4.8 s ago`, on the process's clock. */
export function agoText(
  { serverTimeMs }: Pick<BookedProcess, "serverTimeMs">,
  atMs: number | undefined,
): string {
  const age = serverTimeMs - known(atMs);
  return Number.isNaN(age) ? "at a time not known" : `${formatAge(age)} ago`;
}

/**
 * What the messages of a call wait for, as a sentence with its evidence; null: none waits, or nothing is known. Where
 * messages wait in both directions, of the one whose backlog it is.
 */
export function explainWaiting(call: BookedCall, channelz: ChannelzFindings | null): string | null {
  const { row, peer } = call;
  const isUnread = known(row.unreadMessages) > 0;
  const isQueued = known(row.queuedWrites) > 0;
  if (peer.method.flow === "received" ? isUnread : isUnread && !isQueued) return explainUnread(call);
  return isQueued ? explainQueued(call, channelz) : null;
}

function explainUnread(call: BookedCall): string {
  const { row, peer, process } = call;
  const who = peer.method.side === "client" ? "the application that made the call" : "its handler";
  return `${sentenceCase(nameOfCall(call))}: ${countOf(known(row.unreadMessages), "message")} received and not read, the first of them ${agoText(process, row.unreadSinceMs)}: ${who} does not read.`;
}

function explainQueued(call: BookedCall, channelz: ChannelzFindings | null): string {
  const queued = countOf(known(call.row.queuedWrites), "message");
  return `${sentenceCase(nameOfCall(call))}: ${queued} written and not flushed, ${lastFlush(call)}; ${holdOf(call, channelz)}.`;
}

function lastFlush({ row, process }: BookedCall): string {
  if (row.lastFlushedAtMs !== undefined) return `the last flush ${agoText(process, row.lastFlushedAtMs)}`;
  return row.messagesFlushed === 0 ? "none was ever flushed" : "when it last flushed is not told";
}

/** What holds its queue, with what is known of its connection. */
function holdOf(call: BookedCall, channelz: ChannelzFindings | null): string {
  const { row, process } = call;
  const connection = process.connections.get(row.connectionId ?? -1);
  if (connection !== undefined && isGone(connection, process)) return explainGone(call);
  if (row.heldBy === "CONNECTING") return "it has no connection yet";
  const others = neighboursOf(call);
  if (isBlocked(row, connection, socketOf(channelz, row.peer))) {
    const waiting = others.filter((other) => known(other.row.queuedWrites) > 0).length;
    return `the window of its connection is shut${
      connection === undefined ? " (channelz)" : ""
    }: ${others.length === 0 ? "the peer takes nothing" : `${countOf(waiting, "other call")} on it ${waiting === 1 ? "waits" : "wait"} too`}`;
  }
  const unsent = known(connection?.unsentBytes);
  if (row.heldBy === "SOCKET") {
    return `${unsent > 0 ? `${formatBytes(unsent)} wait` : "bytes wait"} for the network: the other machine does not take them, or the way there is slow`;
  }
  const flowing = others.filter(flows).length;
  const evidence = [
    isAlive(call),
    flowing > 0 ? `${countOf(flowing, "other call")} on it ${flowing === 1 ? "flows" : "flow"}` : null,
  ].filter((part) => part !== null);
  // Only a window of its own can hold a call whose connection takes more.
  const isStream = row.heldBy === "STREAM_WINDOW" || flowing > 0;
  const verdict = readsStill(call)
    ? "the reader of this call takes them more slowly than they are written"
    : isStream
      ? "the reader of this call does not read"
      : "what holds it is not told";
  return evidence.length === 0 ? verdict : `${evidence.join(" and ")}: ${verdict}`;
}

/** Whether its reader took something a moment ago. */
export function readsStill({ row, process: { serverTimeMs } }: BookedCall): boolean {
  return serverTimeMs - known(row.lastFlushedAtMs) < READS_MS;
}

/** As words about the connection of a call; null: nothing is told of it. */
function isAlive({ row, process }: BookedCall): string | null {
  const connection = process.connections.get(row.connectionId ?? -1);
  if (connection === undefined) return null;
  const { lastPingAnsweredAtMs, lastReceivedAtMs, unansweredPings } = connection;
  if (known(unansweredPings) > 0) {
    return `its connection has not answered ${countOf(known(unansweredPings), "ping")} yet`;
  }
  if (lastPingAnsweredAtMs !== undefined) {
    return `its connection is alive (answered a ping ${agoText(process, lastPingAnsweredAtMs)})`;
  }
  if (lastReceivedAtMs !== undefined) {
    return `its connection is alive (something came ${agoText(process, lastReceivedAtMs)})`;
  }
  return null;
}

/** Why the other end of a call is as good as not there. */
export function explainGone({ row, process, peer }: BookedCall): string {
  const connection = process.connections.get(row.connectionId ?? -1);
  const pings = known(connection?.unansweredPings);
  const since = known(connection?.firstUnansweredPingAtMs);
  const self = peer.method.side === "client" ? "the client" : "the server";
  return `its connection has answered none of ${countOf(pings, "ping")} since ${formatAge(
    process.serverTimeMs - since,
  )}, and nothing else has come: the peer is gone, and ${self} will not notice before its keepalive, or the operating system, gives the connection up`;
}

/** Other calls on the same connection. */
export function neighboursOf({ row, process }: BookedCall): BookedCall[] {
  const { connectionId, id } = row;
  if (connectionId === undefined) return [];
  return [...process.calls.values()].filter(
    (other) => other.row.connectionId === connectionId && other.row.id !== id,
  );
}

function flows({ row, process: { serverTimeMs } }: BookedCall): boolean {
  const isLate = (atMs: number | undefined) => serverTimeMs - known(atMs) < FLOWS_MS;
  return isLate(row.lastFlushedAtMs) || isLate(row.lastReceivedAtMs);
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
