import type { CallKind, CallSide } from "../../../model/call.ts";
import type { EndedCall } from "../../../sample/calls.ts";
import type { ConsumerInfo } from "../../../sample/layout.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "../book/booked.ts";
import type { CallBook } from "../book/call-book.ts";
import type { Flow, Totals } from "../book/flow.ts";
import type { MethodCatalogue } from "../ways/ways.ts";

/** One process that counts, at one address. */
export interface ProcessPart {
  readonly address: string;
  readonly book: CallBook;
  readonly process: BookedProcess;
}

export interface MethodPart extends ProcessPart {
  readonly method: BookedMethod;
}

export interface PeerPart extends ProcessPart {
  readonly peer: BookedPeer;
}

/** A stream: one method in all processes that serve it, or call it. */
export interface ShownMethod {
  readonly key: string;
  readonly path: string;
  readonly side: CallSide;
  kind: CallKind;
  readonly parts: MethodPart[];
  /** What metrics tell of it beside StreamHealth, by address: it only fills in. */
  readonly fills: Map<string, MethodPart>;
  /** What metrics tell of all its processes together, where those tell themselves. */
  readonly beside: MethodPart[];
  /** Addresses whose reflection names it. */
  readonly named: string[];
  /** Messages that went through since it was first seen, from what its processes had counted then; NaN: not known yet. */
  readonly sum: { due: number };
}

/** A consumer: one host at one method, whatever addresses its calls go to: which replica serves it is chance. */
export interface ShownPeer {
  readonly key: string;
  readonly name: string;
  /** Null: a pool. */
  readonly host: string | null;
  method: ShownMethod;
  readonly parts: PeerPart[];
  /** Since it was first seen, in whatever processes. */
  readonly sum: Totals;
  /** Of its lane for when it has no live call. */
  number: number;
  /** As of the last layout. */
  info: ConsumerInfo | null;
}

export type Lane = BookedCall | ShownPeer;

export function isCall(lane: Lane): lane is BookedCall {
  return "peer" in lane;
}

/** Live calls, the oldest first: the same until one comes or goes, or has another connection, peer or name. */
export interface CallRows {
  readonly made: readonly { readonly process: BookedProcess; readonly callsVersion: number }[];
  readonly calls: readonly BookedCall[];
  readonly key: readonly string[];
  readonly peer: readonly string[];
  readonly clientName: readonly (string | null)[];
  readonly flow: readonly Flow[];
  /** Row of `Rows.processes`. */
  readonly process: Int32Array;
  /** Row of `connections`; -1: not told. */
  readonly connection: Int32Array;
  /** The connections that carry them. */
  readonly connections: readonly { readonly process: BookedProcess; readonly id: number }[];
}

/** Where live calls are in the layout; -1: nowhere. */
export interface CallPlaces {
  readonly rows: CallRows;
  readonly stream: Int32Array;
  readonly consumer: Int32Array;
  readonly position: Int32Array;
  /** By position: row of the call. */
  readonly ofPosition: Int32Array;
}

/** Calls that ended lately in all processes together. */
export interface EndedRows {
  readonly made: readonly ReadonlyMap<string, EndedCall>[];
  readonly all: ReadonlyMap<string, EndedCall>;
}

/** What was seen of one address when the rows were made. */
export interface Seen {
  readonly address: string;
  readonly shared: boolean;
  readonly book: CallBook | null;
  readonly version: number;
  readonly metrics: CallBook | null;
  readonly metricsVersion: number;
  readonly catalogue: MethodCatalogue | null;
}
