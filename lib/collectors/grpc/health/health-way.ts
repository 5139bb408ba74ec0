import type { SourceEvent } from "../../../model/source.ts";
import type { GrpcConnection } from "../client.ts";
import type { HealthFindings, Way } from "../ways.ts";
import type { HealthBook } from "./health-book.ts";

export interface HealthWayOptions {
  readonly connection: GrpcConnection;
  readonly target: string;
  /** Services asked for, "" is the server as a whole. None: that, and those that `List` names where it is offered. */
  readonly services?: readonly string[] | undefined;
  /** What is remembered from connection to connection: one for each address of a target. */
  readonly book: HealthBook;
  readonly now: () => number;
}

export interface HealthWay extends Way<HealthFindings> {
  /** Changes of state since it was last asked. */
  takeEvents(): SourceEvent[];
}

export function createHealthWay({ book }: HealthWayOptions): HealthWay {
  return { read: async () => null, takeEvents: () => book.takeEvents(), close() {} };
}
