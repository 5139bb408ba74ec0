import type { EndedCallRow, StatusCount, WatchResponse } from "@streamside/grpc-health";
import type { BookedMethod, BookedProcess } from "./booked.ts";
import { known } from "./flow.ts";

/** As a process tells why a connection of its own was closed. */
const PLANNED_CLOSING = /^GOAWAY (sent|received): NO_ERROR/;

/** Calls of one response that ended in one code, and those of them that ended as planned. */
interface Share {
  planned: number;
  all: number;
}

/**
 * Which calls ended because their connection did, as planned: it had reached its age, or its server goes down in order.
 * Whoever made them opens them again; nothing failed.
 */
export class PlannedEnds {
  readonly #closed: ReadonlyMap<number, string>;
  readonly #process: BookedProcess;
  readonly #shares = new Map<BookedMethod, Map<number, Share>>();

  constructor(process: BookedProcess, { closedConnections }: WatchResponse) {
    this.#process = process;
    this.#closed = new Map(closedConnections.map(({ id, reason }) => [id, reason]));
  }

  /** Takes in how a call ended. */
  note(method: BookedMethod, { call, code }: EndedCallRow): boolean {
    const isPlanned = this.#isPlanned(call?.connectionId);
    const shares = this.#shares.get(method) ?? new Map<number, Share>();
    const share = shares.get(code) ?? { planned: 0, all: 0 };
    this.#shares.set(method, shares.set(code, share));
    share.all++;
    if (isPlanned) share.planned++;
    return isPlanned;
  }

  /** Adds them up; where more ended than were told one by one, those are taken to be of the same kinds. */
  settle(before: ReadonlyMap<BookedMethod, readonly StatusCount[]>): void {
    for (const [method, shares] of this.#shares) {
      for (const [code, { planned, all }] of shares) {
        if (planned === 0) continue;
        const grown = countOf(method.row.statuses, code) - countOf(before.get(method) ?? [], code);
        const more = Math.max(planned, Math.round((Math.max(0, grown) * planned) / all));
        method.planned.set(code, (method.planned.get(code) ?? 0) + more);
      }
    }
  }

  #isPlanned(connectionId: number | undefined): boolean {
    if (connectionId === undefined) return false;
    const reason = this.#closed.get(connectionId);
    if (reason !== undefined) return PLANNED_CLOSING.test(reason);
    return this.#process.connections.get(connectionId)?.goingAway === true;
  }
}

function countOf(statuses: readonly StatusCount[], code: number): number {
  return known(statuses.find((status) => status.code === code)?.count) || 0;
}
