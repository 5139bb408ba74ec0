import type { FactCell, SourceFact } from "../../../model/source.ts";
import type { Sample } from "../../../sample/sample.ts";
import { localTime } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import { FROM_INSTRUMENTED } from "./origin.ts";
import { neighboursOf, type ToldCall } from "./told-call.ts";

/** What is told of one call besides its columns. */
export function callFacts(sample: Sample, call: ToldCall): SourceFact[] {
  const { row, process } = call;
  return [
    { label: "Call", value: String(row.id), title: `${FROM_INSTRUMENTED}: its number in its process` },
    {
      label: "Process",
      value: process.instanceId.slice(0, 8) || "not named",
      title: `${FROM_INSTRUMENTED}, instance ${process.instanceId}`,
    },
    ...(known(row.openRequests) > 0 ? openFacts(call) : []),
    ...(row.connectionId === undefined ? [] : connectionFacts(sample, call)),
  ];
}

function openFacts({ row, process }: ToldCall): SourceFact[] {
  return [
    ...numberFact(
      "Open requests",
      { kind: "count", value: known(row.openRequests) },
      "requests that the application marked and that have no reply yet",
    ),
    ...numberFact(
      "Oldest open request",
      { kind: "ago", value: localTime(process, row.oldestOpenRequestAtMs) },
      "when the oldest of them was marked",
    ),
  ];
}

function connectionFacts(sample: Sample, call: ToldCall): SourceFact[] {
  const { connection, process } = call;
  const others = neighboursOf(sample, call).length;
  const shared = numberFact(
    "Shares its connection with",
    { kind: "count", value: others, of: others === 1 ? "{} other call" : "{} other calls" },
    "listed calls of the same process on the same connection",
  );
  if (connection === null) return shared;
  const { sendWindow, unsentBytes, roundTripMs, unansweredPings, lastReceivedAtMs, goingAway } = connection;
  const pings = known(unansweredPings);
  return [
    ...shared,
    ...windowFact(known(sendWindow)),
    ...numberFact(
      "Unsent",
      { kind: "bytes", value: known(unsentBytes) },
      "bytes of the connection that the operating system has not taken",
    ),
    ...numberFact(
      "Round trip",
      { kind: "duration", value: known(roundTripMs) },
      "of the last ping that was answered on the connection",
    ),
    ...(pings > 0
      ? numberFact("Unanswered pings", { kind: "count", value: pings }, "on the connection")
      : []),
    ...numberFact(
      "Last heard of",
      { kind: "ago", value: localTime(process, lastReceivedAtMs) },
      "when a byte last came on the connection",
    ),
    ...(goingAway
      ? [
          {
            label: "Going away",
            value: "yes",
            title: `${FROM_INSTRUMENTED}: a GOAWAY was sent or received, no new calls begin on the connection`,
          },
        ]
      : []),
  ];
}

function windowFact(bytes: number): SourceFact[] {
  const title = "bytes the peer would still take on the connection as a whole";
  return bytes === 0
    ? [{ label: "Window", value: "shut", title: `${FROM_INSTRUMENTED}: ${title}` }]
    : numberFact("Window", { kind: "bytes", value: bytes }, title);
}

/** None where the number is not known. */
function numberFact(label: string, value: FactCell, title: string): SourceFact[] {
  return Number.isNaN(value.value) ? [] : [{ label, value, title: `${FROM_INSTRUMENTED}: ${title}` }];
}
