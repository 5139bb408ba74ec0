import { formatAge, formatDuration } from "../../format/time.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceFact, SourceSection } from "../../model/source.ts";
import type { CollectorError } from "../contract.ts";
import { createSection } from "../section.ts";
import type { LinkState } from "./link-log.ts";

/** One address, as far as Streamside's own connection to it tells. */
export interface WatchedAddress {
  readonly name: string;
  readonly link: LinkState;
  /** Of the newest Check, ms; NaN: none was answered. */
  readonly roundTripMs: number;
  /** Why nothing is known of it now; null: something is. */
  readonly failure: CollectorError | null;
}

const FROM = "Streamside's own connection";

export function addressesSection(addresses: readonly WatchedAddress[], now: EpochMs): SourceSection {
  return createSection<WatchedAddress>({
    key: "addresses",
    title: "Addresses",
    note: "What the name of the target stands for. Each address is watched by itself, over one connection.",
    asOf: now,
    items: addresses,
    id: ({ name }) => name,
    trouble: ({ failure }) => failure?.message ?? null,
    columns: [
      { label: "Address", kind: "text", cell: ({ name }) => name },
      { label: "Connection", kind: "text", title: `State of ${FROM}`, cell: ({ link }) => link.state },
      { label: "For", kind: "duration", title: "In this state", cell: ({ link }) => now - link.since },
      {
        label: "Round trip",
        kind: "duration",
        title: `Health check on ${FROM}`,
        cell: ({ roundTripMs }) => roundTripMs,
      },
      {
        label: "Reconnects",
        kind: "count",
        title: `Times that ${FROM} was made again`,
        cell: ({ link }) => link.reconnects,
      },
      {
        label: "Last lost",
        kind: "text",
        title: `Why ${FROM} was lost the last time`,
        cell: ({ link }) => link.lastLoss?.reason ?? "",
      },
      { label: "Ago", kind: "duration", cell: ({ link }) => now - (link.lastLoss?.at ?? Number.NaN) },
    ],
  });
}

/** The same of a target that is one address. */
export function connectionFacts({ link, roundTripMs }: WatchedAddress, now: EpochMs): SourceFact[] {
  const { state, since, reconnects, lastLoss } = link;
  const times = reconnects === 0 ? "" : `, made again ${reconnects === 1 ? "once" : `${reconnects} times`}`;
  return [
    ...(Number.isNaN(roundTripMs)
      ? []
      : [
          {
            label: "Round trip",
            value: formatDuration(roundTripMs),
            title: `From health: request and answer of grpc.health.v1.Health/Check on ${FROM}`,
          },
        ]),
    {
      label: "Connection",
      value: `${state} for ${formatAge(now - since)}${times}`,
      title: `State of ${FROM}`,
    },
    ...(lastLoss === null
      ? []
      : [
          {
            label: "Last connection lost",
            value: `${formatAge(now - lastLoss.at)} ago: ${lastLoss.reason}`,
            title: FROM,
          },
        ]),
  ];
}
