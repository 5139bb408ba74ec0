import type { CallRow, ConnectionRow } from "@streamside/grpc-health";
import type { EpochMs } from "../../../model/reading.ts";
import type { Flow } from "../book/flow.ts";
import type { Ended } from "../book/status-window.ts";
import { callRowsOf, placesOf } from "./call-rows.ts";
import type { RowDetails } from "./row-details.ts";
import type { Rows } from "./rows.ts";
import { sameItems } from "./same-items.ts";
import type { Sight } from "./sight.ts";

/**
 * What words say of a sample is made from this: plain data of the instant it was taken. What books hold goes on; what
 * came from a process is never changed once it came, so samples share it.
 */
export interface GrpcDetails extends RowDetails {
  /** How the calls of a method ended within the last minute, by stream; absent: none in an error of the server. */
  readonly ended: ReadonlyMap<number, Ended>;
  readonly processes: readonly ProcessDetails[];
  readonly calls: CallDetails;
}

export interface ProcessDetails {
  readonly instanceId: string;
  readonly address: string;
  /** Whether it says so now: what waits in its calls is not known otherwise. */
  readonly isConfirmed: boolean;
  /** Its clock when it last told of itself, and when that came. */
  readonly serverTimeMs: number;
  readonly receivedAt: EpochMs;
}

/** Of the calls that are listed, by their rows. */
export interface CallDetails {
  /** As their processes told last. */
  readonly rows: readonly CallRow[];
  readonly flow: readonly Flow[];
  /** Row of `processes`. */
  readonly process: Int32Array;
  /** By the numbers in `CallColumns.connection`; null: nothing else is told of it. */
  readonly connections: readonly (ConnectionRow | null)[];
  /** By position: row of the call; -1: it is none. */
  readonly ofPosition: Int32Array;
}

/** @param before those of the sample before */
export function mapDetails(
  rows: Rows,
  sight: Sight,
  ended: ReadonlyMap<number, Ended>,
  before: GrpcDetails | undefined,
): GrpcDetails {
  const { calls, connections, flow, process } = callRowsOf(rows);
  return {
    ...rows.details,
    ended,
    processes: rows.processes.map(({ process, address }) => ({
      instanceId: process.info.instanceId,
      address,
      isConfirmed: sight.isConfirmed(process),
      serverTimeMs: process.serverTimeMs,
      receivedAt: process.receivedAt,
    })),
    calls: {
      rows: sameItems(
        before?.calls.rows,
        calls.map(({ row }) => row),
      ),
      flow,
      process,
      connections: sameItems(
        before?.calls.connections,
        connections.map(({ process, id }) => process.connections.get(id) ?? null),
      ),
      ofPosition: placesOf(rows).ofPosition,
    },
  };
}
