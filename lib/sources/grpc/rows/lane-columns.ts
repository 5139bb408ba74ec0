import type { PositionColumns } from "../../../sample/columns.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { type BookedCall, localTime } from "../book/booked.ts";
import { callBacklog, oldestWaitingAt, waitedMs } from "../book/flow.ts";
import { waitingInPools } from "./pool.ts";
import type { Rows } from "./rows.ts";
import { isCall, type ShownPeer } from "./shown.ts";
import type { Sight } from "./sight.ts";

export interface LaneNumbers {
  readonly head: Float64Array;
  readonly positions: PositionColumns;
  /** By consumer: how many of its calls are on a connection on which nobody answers. */
  readonly gone: Float64Array;
}

/** Where each call stands, and each peer as a whole where it has no call of its own. Every lane has one position. */
export function mapLanes(
  rows: Rows,
  sums: { due: Float64Array; out: Float64Array },
  sight: Sight,
): LaneNumbers {
  const { lanes, layout, peers, memberOf } = rows;
  const consumerOf = layout.positions.consumer;
  const unknown = () => new Float64Array(lanes.length).fill(Number.NaN);
  const head = unknown();
  const positions = {
    position: unknown(),
    backlog: unknown(),
    inFlight: null,
    lost: null,
    latencyMs: unknown(),
    unreadSince: null,
    stillSince: unknown(),
    asOf: unknown(),
    member: memberOf,
    flags: new Uint16Array(lanes.length),
  };
  const gone = new Float64Array(peers.length);
  for (let row = 0; row < lanes.length; row++) {
    const lane = lanes[row]!;
    if (isCall(lane)) {
      const { process } = lane;
      if (!sight.isConfirmed(process)) continue;
      const { flow } = lane.peer.method;
      const backlog = callBacklog(flow, lane.row);
      head[row] = lane.totals.due;
      positions.position[row] = lane.totals.out;
      positions.backlog[row] = backlog;
      positions.latencyMs[row] = waitedMs(backlog, oldestWaitingAt(flow, lane.row), process.serverTimeMs);
      positions.stillSince[row] = stillSince(lane, backlog);
      positions.asOf[row] = process.receivedAt;
      const flags = sight.flagsOf(lane);
      positions.flags[row] = flags;
      if ((flags & ConsumerFlag.gone) !== 0) gone[consumerOf[row]!]!++;
    } else {
      if (!lane.parts.every(({ process }) => sight.isConfirmed(process))) continue;
      const { backlog, ageMs } = waitingInPools(lane);
      head[row] = sums.due[consumerOf[row]!]!;
      positions.position[row] = sums.out[consumerOf[row]!]!;
      positions.backlog[row] = backlog;
      positions.latencyMs[row] = ageMs;
      positions.asOf[row] = asOfPeer(lane);
    }
  }
  return { head, positions, gone };
}

/** Since when messages have waited in a call and none was finished; NaN: none waits, or it is not known. */
function stillSince({ row, peer, process, movedAtMs }: BookedCall, backlog: number): number {
  if (!(backlog > 0)) return Number.NaN;
  const { flow } = peer.method;
  const oldest = oldestWaitingAt(flow, row);
  if (flow === "received") return localTime(process, Math.max(oldest, movedAtMs));
  const neverFlushed = row.messagesFlushed === 0;
  const flushedAt = row.lastFlushedAtMs ?? (neverFlushed ? oldest : movedAtMs);
  return localTime(process, Math.max(oldest, flushedAt));
}

function asOfPeer({ parts }: ShownPeer): number {
  let asOf = Number.NEGATIVE_INFINITY;
  for (const { process } of parts) asOf = Math.max(asOf, process.receivedAt);
  return asOf;
}
