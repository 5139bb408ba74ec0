import type { Http2Session } from "node:http2";
import { status } from "@grpc/grpc-js";
import { Closing } from "../closing.ts";
import type { CallSide, ClosedConnectionRow, ConnectionRow } from "../protocol.ts";
import { addressOf } from "./address.ts";
import { Pinger } from "./pinger.ts";

/** Bytes that have not moved for this long wait for something. */
export const heldAfterMs = 250;
const pingHeldAfterMs = 1000;
const pingSilentAfterMs = 10_000;

/** Parts of a socket that Node does not publish: the bytes that wait in it, and the one below a TLS socket. */
interface Wire {
  bytesRead: number;
  bytesWritten: number;
  _handle?: { writeQueueSize?: number } | null;
  _parent?: Wire | null;
}

/** What a connection needs of whoever keeps the connections. */
export interface ConnectionHome {
  readonly tick: number;
  now(): number;
  fault(error: unknown): void;
}

/** One HTTP/2 connection with calls on it. Between two looks it only counts the calls that come and go. */
export class Connection {
  readonly peer: string;
  readonly openedAt: number;
  liveCalls = 0;
  changedTick: number;
  bytesSent = 0;
  bytesReceived = 0;
  lastSentAt = Number.NaN;
  lastReceivedAt = Number.NaN;
  /** Undefined where Node does not tell. */
  sendWindow: number | undefined;
  unsentBytes: number | undefined;
  /** Since when the call on it that has been held up longest is; NaN: none is. Told anew by each look at the calls. */
  heldSince = Number.NaN;
  /** Live calls that are streams, told likewise. */
  streams = 0;
  readonly #closing: Closing;
  readonly #pinger: Pinger;
  #lostCalls = 0;
  #reportedCalls = 0;
  #goingAway = false;
  #firstLookAt = Number.NaN;
  /** The look at which the operating system was last seen to have taken a byte; the first look at first. */
  #takenAt = Number.NaN;
  #taken = 0;

  constructor(
    readonly home: ConnectionHome,
    readonly id: number,
    readonly side: CallSide,
    readonly session: Http2Session,
    onClose: () => void,
  ) {
    const { remoteAddress, remotePort } = session.socket;
    this.peer = addressOf(remoteAddress, remotePort);
    this.openedAt = home.now();
    this.changedTick = home.tick;
    this.#closing = new Closing(session, onClose);
    this.#pinger = new Pinger(
      (callback) => this.#closing.ping(callback),
      () => {
        this.#changed();
        return home.now();
      },
    );
  }

  /** Calls on it are held up, or the peer may be gone. */
  get inTrouble(): boolean {
    return !Number.isNaN(this.heldSince) || this.#pinger.unanswered > 0;
  }

  join(): void {
    this.liveCalls += 1;
  }

  /** `code` is how the call ended; absent for one that goes on elsewhere. */
  leave(code?: number): void {
    this.liveCalls -= 1;
    const { closed, destroyed } = this.session;
    // A connection that closes ends its calls before it says so.
    if (code !== undefined && (destroyed || (closed && code === status.UNAVAILABLE))) this.#lostCalls += 1;
  }

  /**
   * Reads what the connection says of itself now. `lookedAt` is when all connections were looked at before, NaN if they
   * have not been lately.
   */
  look(now: number, lookedAt: number): void {
    const { session } = this;
    const socket = session.socket as unknown as Wire;
    const first = Number.isNaN(this.#firstLookAt);
    if (first) this.#firstLookAt = now;
    // What was there at a late first look may have come at any time before.
    const since = first && !(this.openedAt >= lookedAt) ? Number.NaN : now;
    const wire = socket._parent ?? socket;
    const moved = this.#count(wire.bytesRead, wire.bytesWritten, since);
    const unsent = unsentIn(socket);
    const taken = this.bytesSent - (unsent ?? 0);
    if (first || taken !== this.#taken) this.#takenAt = now;
    this.#taken = taken;
    if (unsent !== this.unsentBytes) {
      this.unsentBytes = unsent;
      this.#changed();
    }
    const { goingAway } = this.#closing;
    if (this.liveCalls !== this.#reportedCalls || goingAway !== this.#goingAway) {
      this.#reportedCalls = this.liveCalls;
      this.#goingAway = goingAway;
      this.#changed();
    }
    // A window changes only when something is sent or received.
    if (moved || first) {
      const { remoteWindowSize } = session.state;
      this.sendWindow = remoteWindowSize === undefined ? undefined : Math.max(0, remoteWindowSize);
      this.#changed();
    }
  }

  /** Whether bytes wait in the socket and do not leave it. Undefined: they wait, and it is too early to tell. */
  socketHeld(now: number): boolean | undefined {
    if (!this.unsentBytes) return false;
    if (now - this.#takenAt >= heldAfterMs) return true;
    return this.#takenAt === now && this.#firstLookAt !== now ? false : undefined;
  }

  /** Asks whether the peer is there, where calls wait or nothing has come for long. */
  pingIfInDoubt(now: number): void {
    const held = now - this.heldSince >= pingHeldAfterMs;
    const heardAt = Number.isNaN(this.lastReceivedAt) ? this.#firstLookAt : this.lastReceivedAt;
    const silent = this.streams > 0 && now - heardAt >= pingSilentAfterMs;
    if ((held || silent) && this.#pinger.ping(now)) this.#changed();
  }

  row(): ConnectionRow {
    const { unanswered, firstUnansweredAt, roundTripMs, answeredAt } = this.#pinger;
    const row: ConnectionRow = {
      id: this.id,
      side: this.side,
      peer: this.peer,
      openedAtMs: this.openedAt,
      liveCalls: this.liveCalls,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      goingAway: this.#goingAway,
    };
    if (!Number.isNaN(this.lastReceivedAt)) row.lastReceivedAtMs = this.lastReceivedAt;
    if (!Number.isNaN(this.lastSentAt)) row.lastSentAtMs = this.lastSentAt;
    if (this.sendWindow !== undefined) row.sendWindow = this.sendWindow;
    if (this.unsentBytes !== undefined) row.unsentBytes = this.unsentBytes;
    if (unanswered > 0 || answeredAt !== undefined) row.unansweredPings = unanswered;
    if (firstUnansweredAt !== undefined) row.firstUnansweredPingAtMs = firstUnansweredAt;
    if (roundTripMs !== undefined) row.roundTripMs = roundTripMs;
    if (answeredAt !== undefined) row.lastPingAnsweredAtMs = answeredAt;
    return row;
  }

  closedRow(): ClosedConnectionRow {
    return {
      id: this.id,
      closedAtMs: this.home.now(),
      reason: this.#closing.reason(),
      liveCalls: Math.max(0, this.liveCalls) + this.#lostCalls,
    };
  }

  /** Whether anything moved since the look before. */
  #count(received: number, sent: number, at: number): boolean {
    const moved = received > this.bytesReceived || sent > this.bytesSent;
    if (received > this.bytesReceived) {
      this.bytesReceived = received;
      this.lastReceivedAt = at;
    }
    if (sent > this.bytesSent) {
      this.bytesSent = sent;
      this.lastSentAt = at;
    }
    return moved;
  }

  #changed(): void {
    this.changedTick = this.home.tick;
  }
}

function unsentIn(socket: Wire): number | undefined {
  const own = socket._handle?.writeQueueSize;
  if (own === undefined) return undefined;
  return own + (socket._parent?._handle?.writeQueueSize ?? 0);
}
