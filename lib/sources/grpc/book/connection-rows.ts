import type { WatchResponse } from "@streamside/grpc-health";
import { exactCount } from "../../../format/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { nameText } from "../../event-text.ts";
import type { BookedProcess } from "./booked.ts";
import type { EventTally, Tallied } from "./event-tally.ts";

/** Of one process. */
const MOST_CONNECTIONS = 20_000;

/** Takes in what a response tells of connections. Calls have been told of their ends before. */
export function takeConnections(
  { connections: held }: BookedProcess,
  { snapshot, connections, closedConnections }: WatchResponse,
  closed: EventTally<Closing>,
): void {
  for (const row of connections) {
    if (held.size < MOST_CONNECTIONS || held.has(row.id)) held.set(row.id, row);
  }
  if (snapshot) {
    const listed = new Set(connections.map(({ id }) => id));
    for (const id of held.keys()) if (!listed.has(id)) held.delete(id);
  }
  for (const { id, reason, liveCalls } of closedConnections) {
    const peer = held.get(id)?.peer ?? "";
    held.delete(id);
    if (liveCalls > 0) closed.add(reason, { peer, reason }, liveCalls);
  }
}

/** A connection that closed with calls alive on it. */
export interface Closing {
  readonly peer: string;
  readonly reason: string;
  readonly consumerKey?: never;
}

export function describeClosings({ first, count, amount }: Tallied<Closing>): Omit<SourceEvent, "at"> {
  const which =
    count === 1
      ? `The connection of ${nameText(first.peer) || "an unknown peer"} was closed`
      : `${exactCount(count)} connections were closed`;
  const calls = amount === 1 ? "1 call" : `${exactCount(amount)} calls`;
  return {
    kind: "connection closed",
    title: `${which}${first.reason === "" ? "" : ` (${nameText(first.reason)})`}; ${calls} went with ${count === 1 ? "it" : "them"}`,
  };
}
