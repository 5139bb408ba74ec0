import type { CallRow, MethodRow, ProcessRow } from "@streamside/grpc-health";
import type { EpochMs } from "../../model/reading.ts";
import type { Flow, Totals } from "./flow.ts";

export interface BookedMethod {
  row: MethodRow;
  readonly flow: Flow;
  /** By host. */
  readonly peers: Map<string, BookedPeer>;
  /**
   * Who made the calls that no row ever told of: all unary calls, and streams shorter than the Watch interval or
   * beyond its limit. Null until there are some.
   */
  pool: BookedPeer | null;
  /** What the method had counted when it was first seen, and what its peers have been given of the growth since. */
  readonly base: Totals;
  readonly given: Totals;
}

export interface BookedPeer {
  readonly key: string;
  readonly name: string;
  /** Null: a pool. */
  readonly host: string | null;
  readonly method: BookedMethod;
  /** Lane for when it has no live call. */
  readonly number: number;
  /** Since it was first seen, ended calls included. */
  readonly totals: Totals;
  readonly calls: Map<number, BookedCall>;
  /** Since when it has had no live call. */
  quietSince: EpochMs;
}

export interface BookedCall {
  row: CallRow;
  totals: Totals;
  readonly number: number;
  readonly peer: BookedPeer;
}

/** The process as far as its Watch has told, and since when. */
export interface BookedProcess {
  readonly info: ProcessRow;
  readonly methods: Map<number, BookedMethod>;
  serverTimeMs: number;
  receivedAt: EpochMs;
  liveCalls: number;
  faults: number;
  /** Methods of calls that the process makes itself; not mapped yet. */
  readonly clientMethods: Set<number>;
}
