import type { SourceFact } from "../../../model/source.ts";
import type { Sample } from "../../../sample/sample.ts";
import { namesText } from "../../event-text.ts";
import { kindText } from "../book/flow.ts";
import { FROM_INSTRUMENTED } from "./origin.ts";
import { callsOf, detailsOf, sideOf } from "./told-call.ts";

/** Where a method is seen. */
export function methodFacts(sample: Sample, stream: number): SourceFact[] {
  const calls = sample.layout.streams[stream]?.calls;
  const seen = detailsOf(sample).methods[stream];
  if (calls === undefined || seen === undefined) return [];
  return [
    {
      label: "Kind",
      value: kindText(calls.kind, calls.side),
      title: "Which end of its calls sends many messages",
    },
    ...seenFact("Instrumented", seen.instrumented, FROM_INSTRUMENTED),
    ...seenFact("Metrics", seen.metrics, "From metrics: the target's Prometheus endpoint"),
    ...seenFact(
      "Reflection",
      seen.reflection,
      "From reflection: it is served there, whether or not it was ever called",
    ),
  ];
}

function seenFact(label: string, addresses: readonly string[], title: string): SourceFact[] {
  return addresses.length === 0 ? [] : [{ label, value: `at ${namesText(addresses)}`, title }];
}

/** Who a peer says it is, and what its calls are on. */
export function peerFacts(sample: Sample, consumer: number): SourceFact[] {
  const host = detailsOf(sample).hosts[consumer] ?? null;
  if (host === null) return [];
  const { layout, calls: columns } = sample;
  const calls = callsOf(sample, consumer);
  const names = new Set(calls.map(({ clientName }) => clientName).filter((name) => name !== null));
  const connections = new Set(calls.map(({ at }) => columns!.connection[at]!).filter((at) => at >= 0));
  const addresses = new Set(calls.map(({ process }) => process.address));
  const side = sideOf(sample, layout.consumers[consumer]!.streams[0]!);
  return [
    {
      label: side === "client" ? "Server" : "Host",
      value: host,
      title: `${FROM_INSTRUMENTED}: all its ports together`,
    },
    ...(names.size === 0
      ? []
      : [
          {
            label: "Client",
            value: namesText([...names]),
            title: `${FROM_INSTRUMENTED}: who it says it is`,
          },
        ]),
    { label: "Live calls", value: { kind: "count", value: calls.length }, title: FROM_INSTRUMENTED },
    ...(connections.size === 0
      ? []
      : [
          {
            label: "Connections",
            value: { kind: "count" as const, value: connections.size },
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
