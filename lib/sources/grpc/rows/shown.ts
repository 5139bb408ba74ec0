import type { CallKind, CallSide } from "../../../model/call.ts";
import type { ConsumerInfo } from "../../../sample/layout.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "../book/booked.ts";
import type { CallBook } from "../book/call-book.ts";
import type { Totals } from "../book/flow.ts";
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

/** Live calls, the oldest first: the same until one comes or goes, or is known to be on another connection. */
export interface CallRows {
  readonly made: readonly { readonly process: BookedProcess; readonly callsVersion: number }[];
  readonly calls: readonly BookedCall[];
  readonly key: readonly string[];
  readonly connection: Int32Array;
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
