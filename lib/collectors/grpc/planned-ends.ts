import { status as Status } from "@grpc/grpc-js";
import type { EndedCallRow, StatusCount, WatchResponse } from "@streamside/grpc-health";
import type { EpochMs } from "../../model/reading.ts";
import type { BookedMethod, BookedProcess } from "./booked.ts";
import type { BackendFindings } from "./findings.ts";
import { known } from "./flow.ts";
import type { MethodPart } from "./shown.ts";
import { addEnded, type Ended, withoutCode } from "./status-window.ts";

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

/** What is known of an address from Streamside's own connection to it, and from its health. */
export interface PlannedStops {
  /** It ends connections at a certain age, over and over. */
  readonly recycles: boolean;
  /** When it last said that it goes down: NOT_SERVING, or a GOAWAY without an error; NaN: never. */
  readonly drainedAt: EpochMs;
}

const DRAINING_MS = 60_000;

/**
 * How the calls of a method ended lately. Metrics do not tell which connection a call was on: at an address that ends
 * connections at an age, streams that end with UNAVAILABLE are those; where it goes down in order, all calls are.
 */
export function endedOf(
  parts: readonly MethodPart[],
  backends: readonly BackendFindings[],
  now: EpochMs,
): Ended {
  return addEnded(
    parts.map(({ address, process, method }) => {
      const ended = method.ended.ended();
      const { stops } = backends.find((backend) => backend.address === address) ?? {};
      if (stops === undefined || process.connections.size > 0) return ended;
      const isPlanned = (stops.recycles && method.flow !== "calls") || now - stops.drainedAt < DRAINING_MS;
      return isPlanned ? withoutCode(ended, Status.UNAVAILABLE) : ended;
    }),
  );
}
