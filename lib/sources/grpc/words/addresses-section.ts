import type { EpochMs } from "../../../model/reading.ts";
import type { SourceFact, SourceSection } from "../../../model/source.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import { createSection } from "../../../sample/section.ts";
import type { LinkState } from "../connection/link-log.ts";
import { utcText } from "./time-text.ts";

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
      { label: "Since", kind: "text", title: "In this state", cell: ({ link }) => utcText(link.since) },
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
      {
        label: "Lost at",
        kind: "text",
        cell: ({ link }) => (link.lastLoss === null ? "" : utcText(link.lastLoss.at)),
      },
    ],
  });
}

/**
 * The same of a target that is one address.
 * @param isSilent nothing is known of it now
 */
export function connectionFacts(
  { link, roundTripMs }: Omit<WatchedAddress, "name" | "failure">,
  isSilent = false,
): SourceFact[] {
  const { state, since, reconnects, lastLoss } = link;
  const times = reconnects === 0 ? "" : `, made again ${reconnects === 1 ? "once" : `${reconnects} times`}`;
  const silent = isSilent && state === "READY" ? ", and nothing is answered on it" : "";
  return [
    ...(Number.isNaN(roundTripMs)
      ? []
      : [
          {
            label: "Round trip",
            value: { kind: "duration" as const, value: roundTripMs },
            title: `From health: request and answer of grpc.health.v1.Health/Check on ${FROM}`,
          },
        ]),
    {
      label: "Connection",
      value: `${state} since ${utcText(since)}${times}${silent}`,
      title: `State of ${FROM}`,
    },
    ...(lastLoss === null
      ? []
      : [
          {
            label: "Last connection lost",
            value: `${utcText(lastLoss.at)}: ${lastLoss.reason}`,
            title: FROM,
          },
        ]),
  ];
}
