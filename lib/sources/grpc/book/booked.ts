import type { CallRow, ConnectionRow, MethodRow, ProcessRow } from "@streamside/grpc-health";
import type { CallSide } from "../../../model/call.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { Flow, Totals } from "./flow.ts";
import type { StatusWindow } from "./status-window.ts";

export interface BookedMethod {
  row: MethodRow;
  /** Of its stream: the same at every address of the target. */
  readonly key: string;
  readonly side: CallSide;
  readonly flow: Flow;
  /** Whether its calls are told one by one, as lanes. */
  readonly isListed: boolean;
  /** By host. */
  readonly peers: Map<string, BookedPeer>;
  /**
   * Who made the calls that no row ever told of: all unary calls, streams shorter than the Watch interval or beyond
   * its limit, and everything that metrics tell. Null until there are some.
   */
  pool: BookedPeer | null;
  /** What the method had counted when it was first seen, and what its peers have been given of the growth since. */
  readonly base: Totals;
  readonly given: Totals;
  readonly ended: StatusWindow;
  /** Calls that ended with a connection that was closed as planned, by code. */
  readonly planned: Map<number, number>;
  /** How much of `due` the sum of its stream has taken in, from `base.due` on; NaN: nothing yet. */
  taken: number;
}

export interface BookedPeer {
  /** Of its consumer: the same at every address of the target. */
  readonly key: string;
  /** Null: a pool. */
  readonly host: string | null;
  readonly method: BookedMethod;
  /** Since it was first seen, ended calls included. */
  readonly totals: Totals;
  /** How much of them the sum of its consumer has taken in. */
  readonly taken: Totals;
  /** Calls that are lanes. */
  readonly calls: Map<number, BookedCall>;
  /** Since when it has had no live call. */
  quietSince: EpochMs;
  /** When a call of it was last seen to have ended in an error of the server. */
  failedAt: EpochMs;
}

export interface BookedCall {
  readonly process: BookedProcess;
  /** As it came last: another object each time, none of which is changed. */
  row: CallRow;
  totals: Totals;
  /** Unique within the source. */
  readonly key: string;
  /** Of a unary call: its method's pool. */
  peer: BookedPeer;
  /** When `totals.out` was last seen to grow, or the call was first seen; on the process's clock. */
  movedAtMs: number;
}

/** The process as far as its Watch has told, and since when. */
export interface BookedProcess {
  readonly info: ProcessRow;
  /** When it started, as it said first: one instant for as long as it lives. NaN: it did not say. */
  readonly startedAt: EpochMs;
  /** What told of it. */
  readonly from: "instrumented" | "metrics";
  readonly methods: Map<number, BookedMethod>;
  /** All live calls that were listed, unary ones too. */
  readonly calls: Map<number, BookedCall>;
  readonly connections: Map<number, ConnectionRow>;
  /** NaN: it did not say. */
  serverTimeMs: number;
  receivedAt: EpochMs;
  liveCalls: number;
  faults: number;
}

/** A moment of the process's past on Streamside's clock; NaN: not told, or none that can be meant. */
export function localTime(
  { receivedAt, serverTimeMs }: Pick<BookedProcess, "receivedAt" | "serverTimeMs">,
  atMs: number | undefined,
): EpochMs {
  // Not told is 0 where the field is not optional.
  if (atMs === undefined || !(atMs > 0)) return Number.NaN;
  const at = receivedAt - (serverTimeMs - atMs);
  if (!(at > 0)) return Number.NaN;
  return at < receivedAt ? at : receivedAt;
}
