import type { Http2Session } from "node:http2";
import type { CallSide, ClosedConnectionRow } from "../protocol.ts";
import { Ring } from "../ring.ts";
import { Connection, type ConnectionHome } from "./connection.ts";

const mostClosed = 1000;

/** The connections of all counted calls, each known from its first such call on. */
export class Connections {
  readonly live = new Map<number, Connection>();
  readonly #bySession = new WeakMap<Http2Session, Connection>();
  readonly #home: ConnectionHome;
  /** The last that closed. */
  readonly closed = new Ring<ClosedConnectionRow>(mostClosed);
  #lastId = 0;

  constructor(home: ConnectionHome) {
    this.#home = home;
  }

  /** Undefined for a session that is over. */
  of(session: Http2Session, side: CallSide): Connection | undefined {
    const known = this.#bySession.get(session);
    if (known !== undefined) return known;
    if (session.destroyed) return undefined;
    const id = this.#lastId + 1;
    const connection: Connection = new Connection(this.#home, id, side, session, () =>
      this.#close(connection),
    );
    this.#lastId = id;
    this.#bySession.set(session, connection);
    this.live.set(id, connection);
    return connection;
  }

  /** Before the calls tell what they wait for. */
  beginLook(): void {
    for (const connection of this.live.values()) {
      connection.heldSince = Number.NaN;
      connection.streams = 0;
    }
  }

  look(now: number, lookedAt: number, pings: boolean): void {
    for (const connection of this.live.values()) {
      try {
        // A client's session whose peer is gone may never emit `close`.
        if (connection.session.destroyed) {
          this.#close(connection);
          continue;
        }
        connection.look(now, lookedAt);
        if (pings && connection.side === "SERVER") connection.pingIfInDoubt(now);
      } catch (error) {
        this.#home.fault(error);
      }
    }
  }

  #close(connection: Connection): void {
    if (!this.live.delete(connection.id)) return;
    this.closed.push(connection.closedRow());
  }
}
