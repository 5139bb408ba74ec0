import { exactCount, formatAge, formatBytes, formatDuration } from "../../../format/index.ts";
import type { SourceFact } from "../../../model/source.ts";
import { countOf, namesText } from "../../event-text.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { kindText, known } from "../book/flow.ts";
import { agoText, neighboursOf } from "../words/call-text.ts";
import type { ShownMethod, ShownPeer } from "./shown.ts";

const FROM_INSTRUMENTED = "From instrumented: streamside.health.v1.StreamHealth/Watch";

/** Where a method is seen, and how its calls ended lately. */
export function methodFacts({ kind, side, parts, fills, beside, named }: ShownMethod): SourceFact[] {
  const at = (from: BookedProcess["from"]) =>
    [...parts, ...fills.values(), ...beside]
      .filter(({ process }) => process.from === from)
      .map(({ address }) => address);
  return [
    { label: "Kind", value: kindText(kind, side), title: "Which end of its calls sends many messages" },
    ...seenFact("Instrumented", at("instrumented"), FROM_INSTRUMENTED),
    ...seenFact("Metrics", at("metrics"), "From metrics: the target's Prometheus endpoint"),
    ...seenFact(
      "Reflection",
      named,
      "From reflection: it is served there, whether or not it was ever called",
    ),
  ];
}

function seenFact(label: string, addresses: readonly string[], title: string): SourceFact[] {
  return addresses.length === 0 ? [] : [{ label, value: `at ${namesText(addresses)}`, title }];
}

/** Who a peer says it is, and what its calls are on. */
export function peerFacts({ host, method, parts }: ShownPeer): SourceFact[] {
  if (host === null) return [];
  const calls = parts.flatMap(({ peer }) => [...peer.calls.values()]);
  const names = [...new Set(calls.map(({ row }) => row.clientName).filter((name) => name !== ""))];
  const connections = new Set(
    calls.flatMap(({ row, process }) =>
      row.connectionId === undefined ? [] : [`${process.info.instanceId} ${row.connectionId}`],
    ),
  );
  const addresses = new Set(parts.filter(({ peer }) => peer.calls.size > 0).map(({ address }) => address));
  return [
    {
      label: method.side === "client" ? "Server" : "Host",
      value: host,
      title: `${FROM_INSTRUMENTED}: all its ports together`,
    },
    ...(names.length === 0
      ? []
      : [{ label: "Client", value: namesText(names), title: `${FROM_INSTRUMENTED}: who it says it is` }]),
    { label: "Live calls", value: exactCount(calls.length), title: FROM_INSTRUMENTED },
    ...(connections.size === 0
      ? []
      : [
          {
            label: "Connections",
            value: exactCount(connections.size),
            title: `${FROM_INSTRUMENTED}: that carry them`,
          },
        ]),
    ...(addresses.size === 0
      ? []
      : [
          {
            label: "Addresses",
            value: namesText([...addresses]),
            title: "Which addresses of the target its calls are at",
          },
        ]),
  ];
}

/** What is told of one call besides its columns. */
export function callFacts(call: BookedCall): SourceFact[] {
  const { row, process } = call;
  const others = neighboursOf(call).length;
  const open = known(row.openRequests);
  const facts: SourceFact[] = [
    { label: "Call", value: String(row.id), title: `${FROM_INSTRUMENTED}: its number in its process` },
    {
      label: "Process",
      value: process.info.instanceId.slice(0, 8) || "not named",
      title: `${FROM_INSTRUMENTED}, instance ${process.info.instanceId}`,
    },
  ];
  if (open > 0) {
    facts.push({
      label: "Open requests",
      value: `${exactCount(open)}, the oldest ${agoText(process, row.oldestOpenRequestAtMs)}`,
      title: `${FROM_INSTRUMENTED}: requests that the application marked and that have no reply yet`,
    });
  }
  return [...facts, ...connectionFacts(call, others)];
}

function connectionFacts({ row, process }: BookedCall, others: number): SourceFact[] {
  if (row.connectionId === undefined) return [];
  const shared = {
    label: "Shares its connection with",
    value: countOf(others, "other call"),
    title: `${FROM_INSTRUMENTED}: listed calls of the same process on the same connection`,
  };
  const connection = process.connections.get(row.connectionId);
  if (connection === undefined) return [shared];
  const { sendWindow, unsentBytes, roundTripMs, unansweredPings, lastReceivedAtMs, goingAway } = connection;
  const facts: SourceFact[] = [shared];
  const add = (label: string, value: number, text: string, title: string) => {
    if (!Number.isNaN(value)) facts.push({ label, value: text, title: `${FROM_INSTRUMENTED}: ${title}` });
  };
  add(
    "Window",
    known(sendWindow),
    sendWindow === 0 ? "shut" : formatBytes(known(sendWindow)),
    "bytes the peer would still take on the connection as a whole",
  );
  add(
    "Unsent",
    known(unsentBytes),
    formatBytes(known(unsentBytes)),
    "bytes of the connection that the operating system has not taken",
  );
  add(
    "Round trip",
    known(roundTripMs),
    formatDuration(known(roundTripMs)),
    "of the last ping that was answered on the connection",
  );
  if (known(unansweredPings) > 0) {
    add("Unanswered pings", known(unansweredPings), exactCount(known(unansweredPings)), "on the connection");
  }
  add(
    "Silent for",
    known(lastReceivedAtMs),
    formatAge(process.serverTimeMs - known(lastReceivedAtMs)),
    "since a byte last came on the connection",
  );
  if (goingAway) {
    facts.push({
      label: "Going away",
      value: "yes",
      title: `${FROM_INSTRUMENTED}: a GOAWAY was sent or received, no new calls begin on the connection`,
    });
  }
  return facts;
}
