import { formatAge, formatBytes } from "../../../format/index.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { Sample } from "../../../sample/sample.ts";
import { countOf, nameText } from "../../event-text.ts";
import { known } from "../book/flow.ts";
import { ageOf, neighboursOf, type ToldCall } from "./told-call.ts";

/** What moved so lately flows. */
const FLOWS_MS = 2_000;
/**
 * A reader that took something so lately reads, if slowly. Shorter than what `stalled` takes, by as much as state may be
 * old: the sentence may not say otherwise than the status.
 */
const READS_MS = 400;

/** `call 17 from 10.0.0.7:51234 (grpc-node-js/1.14.7)`. */
export function nameOfCall({ row, side, clientName }: ToldCall): string {
  const where = side === "client" ? "to" : "from";
  const who = clientName === null ? "" : ` (${nameText(clientName)})`;
  return `call ${row.id} ${where} ${nameText(row.peer || "an unknown peer")}${who}`;
}

/** `4.8 s ago`. */
function agoText(call: ToldCall, atMs: number | undefined): string {
  const age = ageOf(call, atMs);
  return Number.isNaN(age) ? "at a time not known" : `${formatAge(age)} ago`;
}

/**
 * What the messages of a call wait for, as a sentence with its evidence; null: none waits, or nothing is known. Where
 * messages wait in both directions, of the one whose backlog it is.
 */
export function explainWaiting(sample: Sample, call: ToldCall): string | null {
  const { row, flow, process } = call;
  if (!process.isConfirmed) return null;
  const isUnread = known(row.unreadMessages) > 0;
  const isQueued = known(row.queuedWrites) > 0;
  if (flow === "received" ? isUnread : isUnread && !isQueued) return explainUnread(call);
  return isQueued ? explainQueued(sample, call) : null;
}

function explainUnread(call: ToldCall): string {
  const { row, side } = call;
  const who = side === "client" ? "the application that made the call" : "its handler";
  return `${sentenceCase(nameOfCall(call))}: ${countOf(known(row.unreadMessages), "message")} received and not read, the first of them ${agoText(call, row.unreadSinceMs)}: ${who} does not read.`;
}

function explainQueued(sample: Sample, call: ToldCall): string {
  const queued = countOf(known(call.row.queuedWrites), "message");
  return `${sentenceCase(nameOfCall(call))}: ${queued} written and not flushed, ${lastFlush(call)}; ${holdOf(sample, call)}.`;
}

function lastFlush(call: ToldCall): string {
  const { lastFlushedAtMs, messagesFlushed } = call.row;
  if (lastFlushedAtMs !== undefined) return `the last flush ${agoText(call, lastFlushedAtMs)}`;
  return messagesFlushed === 0 ? "none was ever flushed" : "when it last flushed is not told";
}

/** What holds its queue, with what is known of its connection. */
function holdOf(sample: Sample, call: ToldCall): string {
  const { row, connection, flags } = call;
  if ((flags & ConsumerFlag.gone) !== 0) return explainGone(call);
  if (row.heldBy === "CONNECTING") return "it has no connection yet";
  const others = neighboursOf(sample, call);
  if ((flags & ConsumerFlag.blocked) !== 0) {
    const waiting = others.filter((other) => known(other.row.queuedWrites) > 0).length;
    return `the window of its connection is shut${
      connection === null ? " (channelz)" : ""
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
export function readsStill(call: ToldCall): boolean {
  return ageOf(call, call.row.lastFlushedAtMs) < READS_MS;
}

/** As words about the connection of a call; null: nothing is told of it. */
function isAlive(call: ToldCall): string | null {
  if (call.connection === null) return null;
  const { lastPingAnsweredAtMs, lastReceivedAtMs, unansweredPings } = call.connection;
  if (known(unansweredPings) > 0) {
    return `its connection has not answered ${countOf(known(unansweredPings), "ping")} yet`;
  }
  if (lastPingAnsweredAtMs !== undefined) {
    return `its connection is alive (answered a ping ${agoText(call, lastPingAnsweredAtMs)})`;
  }
  if (lastReceivedAtMs !== undefined) {
    return `its connection is alive (something came ${agoText(call, lastReceivedAtMs)})`;
  }
  return null;
}

/** Why the other end of a call is as good as not there. */
export function explainGone(call: ToldCall): string {
  const pings = known(call.connection?.unansweredPings);
  const since = formatAge(ageOf(call, call.connection?.firstUnansweredPingAtMs));
  const self = call.side === "client" ? "the client" : "the server";
  return `its connection has answered none of ${countOf(pings, "ping")} since ${since}, and nothing else has come: the peer is gone, and ${self} will not notice before its keepalive, or the operating system, gives the connection up`;
}

function flows(call: ToldCall): boolean {
  const { lastFlushedAtMs, lastReceivedAtMs } = call.row;
  return ageOf(call, lastFlushedAtMs) < FLOWS_MS || ageOf(call, lastReceivedAtMs) < FLOWS_MS;
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
