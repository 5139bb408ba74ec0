import type { ClosedConnectionRow, ConnectionRow } from "../protocol.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** What one reader has been told of the connections. */
export class ConnectionCursor {
  readonly #connections: Connections;
  readonly #max: number;
  readonly #reported = new Set<number>();
  #closedSeen: number;

  constructor(connections: Connections, max: number) {
    this.#connections = connections;
    this.#max = max;
    this.#closedSeen = connections.closed.pushed;
  }

  /** Rows that are new or changed after tick `since`, and those reported before that are gone. */
  next(
    since: number,
    now: number,
  ): { connections: ConnectionRow[]; closedConnections: ClosedConnectionRow[] } {
    const { live, closed } = this.#connections;
    const closedConnections = closed.after(this.#closedSeen).filter(({ id }) => this.#reported.delete(id));
    this.#closedSeen = closed.pushed;
    for (const id of this.#reported) {
      if (live.has(id)) continue;
      this.#reported.delete(id);
      // So many closed at once that the reason is forgotten.
      closedConnections.push({ id, closedAtMs: now, reason: "", liveCalls: 0 });
    }
    const connections: ConnectionRow[] = [];
    for (const connection of live.values()) {
      if (this.#tells(connection, since)) connections.push(connection.row());
    }
    return { connections, closedConnections };
  }

  /** A limit holds for those that are fine; the others are why one looks. */
  #tells(connection: Connection, since: number): boolean {
    if (this.#reported.has(connection.id)) return connection.changedTick > since;
    if (this.#reported.size >= this.#max && !connection.inTrouble) return false;
    this.#reported.add(connection.id);
    return true;
  }
}
