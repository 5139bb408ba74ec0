import type { EpochMs } from "../../../model/reading.ts";
import type { AccountStatz, Connz, Gatewayz, JszAccounts, Leafz, Routez, Varz } from "./monitoring-types.ts";

/** Something a server told, and when. */
export interface Told<T> {
  readonly value: T;
  readonly asOf: EpochMs;
}

/** What one server last told of itself. Null: not told, or there is no such thing on it. */
export interface ServerReport {
  /** Another one after every start. */
  readonly id: string;
  /** The same over restarts; the id where the server has no name of its own. */
  readonly name: string;
  /** Empty: it is none of a cluster. */
  readonly cluster: string;
  readonly varz: Told<Varz>;
  /** From the question for `varz` to its answer. */
  readonly tookMs: number;
  /** Rounds in a row in which it did not answer. */
  readonly missed: number;
  /** The connections with the most bytes waiting. */
  readonly connz: Told<Connz> | null;
  /** Connections with their subscriptions: all of them, or the oldest where `total` is more. */
  readonly subscriptions: Told<Connz> | null;
  /** Connections that were closed, the newest first; told once slow ones were among them. */
  readonly closed: Told<Connz> | null;
  readonly routez: Told<Routez> | null;
  readonly gatewayz: Told<Gatewayz> | null;
  readonly leafz: Told<Leafz> | null;
  readonly accounts: Told<AccountStatz> | null;
  readonly jszAccounts: Told<JszAccounts> | null;
}

/** The parts of a server that has told nothing but `varz`. */
export const NOTHING_TOLD = {
  connz: null,
  subscriptions: null,
  closed: null,
  routez: null,
  gatewayz: null,
  leafz: null,
  accounts: null,
  jszAccounts: null,
};

/** Rounds without an answer after which a server counts as gone. */
const GONE_AFTER = 3;

export function isGone({ missed }: ServerReport): boolean {
  return missed >= GONE_AFTER;
}
