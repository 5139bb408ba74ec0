import type { BookedProcess } from "../book/booked.ts";
import type { ShownMethod, ShownPeer } from "./shown.ts";

/** What words need of the rows: the same as long as the layout does. */
export interface RowDetails {
  /** By stream. */
  readonly methods: readonly SeenAt[];
  /** By consumer: the host that it is; null: a pool. */
  readonly hosts: readonly (string | null)[];
  /** By consumer: 1 where nothing but metrics tells of it. */
  readonly fromMetrics: Uint8Array;
}

/** The addresses at which each way tells of a method. */
export interface SeenAt {
  readonly instrumented: readonly string[];
  readonly metrics: readonly string[];
  readonly reflection: readonly string[];
}

export function mapRowDetails(methods: readonly ShownMethod[], peers: readonly ShownPeer[]): RowDetails {
  return {
    methods: methods.map(seenAt),
    hosts: peers.map(({ host }) => host),
    fromMetrics: Uint8Array.from(peers, ({ parts }) =>
      Number(parts.every(({ process }) => process.from === "metrics")),
    ),
  };
}

function seenAt({ parts, fills, beside, named }: ShownMethod): SeenAt {
  const at = (from: BookedProcess["from"]) =>
    [...parts, ...fills.values(), ...beside]
      .filter(({ process }) => process.from === from)
      .map(({ address }) => address);
  return { instrumented: at("instrumented"), metrics: at("metrics"), reflection: named };
}
