import type { Sample } from "../../../sample/sample.ts";
import type { BookedMethod } from "../book/booked.ts";
import { methodTotals } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { mapCalls } from "./call-columns.ts";
import { type GrpcDetails, mapDetails } from "./details.ts";
import { mapEnded, mapFailing } from "./failing.ts";
import { mapLanes } from "./lane-columns.ts";
import { mapMethodTotals } from "./method-totals.ts";
import { liveIn } from "./pool.ts";
import type { Rows } from "./rows.ts";
import { sameItems } from "./same-items.ts";
import { createSight, type Sight } from "./sight.ts";
import { takeSums } from "./sums.ts";

export { mapRows, type Rows, takeMetricsEvents } from "./rows.ts";

export type Columns = Pick<Sample, "lanes" | "positions" | "streams" | "consumers" | "calls" | "members"> & {
  readonly details: GrpcDetails;
};

/**
 * The numbers of all addresses, row for row with `rows.layout`.
 * @param before those of the sample before: what did not change is shared
 */
export function mapColumns(
  rows: Rows,
  backends: readonly BackendFindings[],
  before: Columns | null,
): Columns {
  takeSums(rows);
  const { methods } = rows;
  const sight = createSight(rows, backends);
  const peerNumbers = mapPeerNumbers(rows, sight);
  const { head, positions, gone } = mapLanes(rows, peerNumbers, sight);
  const ended = mapEnded(rows, backends);
  const totalsBefore = before?.streams.calls;
  return {
    lanes: {
      head,
      floor: new Float64Array(head.length).fill(Number.NaN),
      asOf: positions.asOf,
      messageBytes: null,
      replicas: null,
      inSync: null,
    },
    positions,
    streams: {
      inTotal: Float64Array.from(methods, ({ parts, sum }) =>
        parts.some(({ process }) => sight.isConfirmed(process)) ? sum.due : Number.NaN,
      ),
      // Derived from the consumers, whose totals add up to the method's.
      outTotal: null,
      // It keeps no messages.
      retentionMs: null,
      retentionBytes: null,
      retentionMessages: null,
      calls: sameItems(
        totalsBefore,
        methods.map((method, row) => mapMethodTotals(method, sight, totalsBefore?.[row])),
      ),
      counting: rows.processes.flatMap(({ process }) =>
        sight.isConfirmed(process) ? [process.info.instanceId] : [],
      ),
    },
    consumers: {
      readers: peerNumbers.live.map((live, row) => live - gone[row]!),
      dueTotal: peerNumbers.due,
      outTotal: peerNumbers.out,
      flags: mapFailing(rows, ended),
    },
    calls: mapCalls(rows, sight),
    members: rows.members,
    details: mapDetails(rows, sight, ended, before?.details),
  };
}

/** Sums and live calls of each peer; NaN where no process counts them, and where one that has some does not tell now. */
function mapPeerNumbers({ peers, methods }: Rows, sight: Sight) {
  const counted = new Map<BookedMethod, { readonly due: boolean; readonly out: boolean }>();
  for (const { parts } of methods) {
    for (const { method, process } of parts) {
      const { due, out } = methodTotals(method.flow, method.row, 0);
      const isConfirmed = sight.isConfirmed(process);
      counted.set(method, {
        due: isConfirmed && !Number.isNaN(due),
        out: isConfirmed && !Number.isNaN(out),
      });
    }
  }
  const numbers = {
    due: new Float64Array(peers.length).fill(Number.NaN),
    out: new Float64Array(peers.length).fill(Number.NaN),
    live: new Float64Array(peers.length),
  };
  for (let row = 0; row < peers.length; row++) {
    const { parts, sum } = peers[row]!;
    for (const { peer, process } of parts) {
      const of = counted.get(peer.method);
      if (of?.due) numbers.due[row] = sum.due;
      if (of?.out) numbers.out[row] = sum.out;
      numbers.live[row]! += sight.isConfirmed(process) ? liveIn(peer) : Number.NaN;
    }
  }
  return numbers;
}
