import type { Http2Session } from "node:http2";
import type { Duplex, Readable, Writable } from "node:stream";
import { status } from "@grpc/grpc-js";
import { type Connection, heldAfterMs } from "../connections/connection.ts";
import type { Connections } from "../connections/connections.ts";
import type { HeldBy } from "../protocol.ts";
import { TimeQueue } from "../time-queue.ts";
import type { WatchedStreams } from "../watched-streams.ts";
import type { MethodStats, Traffic } from "./method-stats.ts";
import { OpenRequests, type RoundTrips } from "./round-trips.ts";

/** What a call can tell about itself, asked for only when someone looks. */
export interface CallOrigin {
  peer(): string;
  /** Epoch milliseconds; `undefined` without a deadline. */
  deadlineAt: number | undefined;
  /** The name of the other end; empty when not known. */
  clientName(): string;
  /** Attempts before this one; `undefined` when not known. */
  retries(): number | undefined;
  /** Of the connection it is on; `undefined` when it has none (yet) or does not tell. */
  session(): Http2Session | undefined;
  /** Waits for a connection. */
  connecting(): boolean;
  /** What the channel of a client's call leads to; empty on a server. */
  target(): string;
  /** Messages that have come and that the application's stream has not asked for; absent where they cannot be seen. */
  unasked?(): number;
}

/** As Node's `Writable.write`, whose last arguments may be left out. */
type Write = (this: unknown, chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
const refused: Write = () => false;

/** What a call needs of whoever keeps the calls. */
export interface CallHome {
  readonly live: { add(call: LiveCall): void; remove(call: LiveCall): void };
  readonly connections: Connections;
  readonly streams: WatchedStreams;
  readonly tick: number;
  nextCallId(): number;
  now(): number;
  /** The time of the message that is being handed to the application; NaN: none is. */
  receivingAt: number;
  fault(error: unknown): void;
  /** A call begins, and its method has counted it. */
  begun(call: LiveCall): void;
  /** A call is over, and its method has counted it. */
  ended(call: LiveCall, code: number, now: number): void;
}

/**
 * One call while it lives. The hooks are called from inside a user's call, so none of them throws; those of a message do
 * nothing that could. Written is counted where the application writes (`observe`), flushed where the transport says it
 * took the message; between the two a stream buffers, and that is the backlog.
 */
export class LiveCall implements Traffic {
  // What each message touches comes first and together. With many live calls, what the processor's cache held of this one
  // is gone when its next message comes, and fetching a line of it takes longer than what is then done with it.
  readonly registry: CallHome;
  readonly method: MethodStats;
  messagesReceived = 0;
  bytesReceived = 0;
  messagesWritten = 0;
  messagesFlushed = 0;
  bytesFlushed = 0;
  /** Serialized and not yet flushed. */
  unflushedBytes = 0;
  queuedWrites = 0;
  /** The application's stream is watched: what it writes is counted there. */
  writesObserved = false;
  // NaN: never. `undefined` would make V8 allocate a number for each message.
  lastReceivedAt = Number.NaN;
  lastWrittenAt = Number.NaN;
  lastFlushedAt = Number.NaN;
  /** When the oldest of the queued messages was written; the others' times are behind it. */
  #oldestAt = Number.NaN;
  #others: TimeQueue | undefined;
  #write: Write = refused;
  readonly id: number;
  readonly startedAt: number;
  readonly origin: CallOrigin;
  bytesKnown = true;
  changedTick = 0;
  connection: Connection | undefined;
  /** What its queued messages waited for at the last look. */
  heldBy: HeldBy | undefined;
  /** Since when messages are unread, NaN while none is, as of the last look. */
  unreadSince = Number.NaN;
  #readable: Readable | undefined;
  #unread: number | undefined;
  #receivedBefore = 0;
  /** Messages written, flushed and received as of the last look. */
  #movedBefore = 0;
  #openRequests: OpenRequests | undefined;
  /** Its neighbours in the list of live calls. */
  before: LiveCall | undefined;
  after: LiveCall | undefined;
  isLive = false;

  constructor(registry: CallHome, method: MethodStats, origin: CallOrigin) {
    this.registry = registry;
    this.method = method;
    this.origin = origin;
    this.id = registry.nextCallId();
    this.startedAt = registry.now();
  }

  get oldestUnflushedAt(): number | undefined {
    return this.queuedWrites === 0 ? undefined : this.#oldestAt;
  }

  /** Messages received and not yet read by the application, as of the last `refresh`. */
  get unreadMessages(): number | undefined {
    return this.#unread;
  }

  /** Marked and without a reply; `undefined` where the application marks none. */
  get openRequests(): OpenRequests | undefined {
    return this.#openRequests;
  }

  begin(): void {
    try {
      this.isLive = true;
      this.registry.live.add(this);
      this.method.started += 1;
      if (!this.bytesKnown) this.method.bytesKnown = false;
      this.#join();
      if (this.method.side === "SERVER" && this.origin.retries()) this.method.retries += 1;
      this.#touch();
      this.registry.begun(this);
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /**
   * Watches the stream the application writes to and reads from. Its `write` is the only place where queued messages
   * are visible: grpc-js hands an interceptor one message at a time.
   */
  observe(stream: Readable | Writable | Duplex): void {
    try {
      if ("read" in stream) this.#readable = stream;
      if (!("write" in stream)) return;
      this.#write = stream.write as Write;
      this.registry.streams.watch(stream, this);
      this.writesObserved = true;
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /** In place of the stream's own `write`. */
  write(stream: Writable, chunk: unknown, encoding: unknown, callback: unknown): boolean {
    // Node refuses the others without queueing them.
    if (chunk !== null && stream.writable) this.#wrote();
    return this.#write.call(stream, chunk, encoding, callback);
  }

  /** A message is on its way to the transport. */
  sending(): void {
    if (!this.writesObserved) this.#wrote();
  }

  serialized(bytes: number): void {
    this.unflushedBytes += bytes;
  }

  deserialized(bytes: number): void {
    this.bytesReceived += bytes;
  }

  /** The transport took the oldest unflushed message, of so many bytes: all that was serialized, if nothing else is known. */
  flushed(bytes = this.unflushedBytes): void {
    const now = this.registry.now();
    this.messagesFlushed += 1;
    this.bytesFlushed += bytes;
    this.unflushedBytes -= bytes;
    if (this.queuedWrites > 0) {
      this.queuedWrites -= 1;
      if (this.queuedWrites > 0) this.#oldestAt = this.#others?.shift() ?? now;
    }
    if (this.method.timesWrites) this.method.recordResponse(this.startedAt, this.lastFlushedAt, now);
    this.lastFlushedAt = now;
  }

  /**
   * Until `handled`, the application is at it. What it writes meanwhile takes the time from here, because reading a clock
   * is most of what is done for a message.
   */
  received(): void {
    const now = this.registry.now();
    this.registry.receivingAt = now;
    this.messagesReceived += 1;
    if (this.method.timesReads) this.method.recordResponse(this.startedAt, this.lastReceivedAt, now);
    this.lastReceivedAt = now;
  }

  handled(): void {
    this.registry.receivingAt = Number.NaN;
  }

  roundTrips(): RoundTrips {
    this.#openRequests ??= new OpenRequests();
    const open = this.#openRequests;
    const mark = (step: () => void): void => {
      try {
        if (!this.isLive) return;
        step();
        this.#touch();
      } catch (error) {
        this.registry.fault(error);
      }
    };
    return {
      request: (key) => mark(() => open.open(key, this.registry.now())),
      reply: (key) =>
        mark(() => {
          const at = open.close(key);
          if (at !== undefined) this.method.recordRoundTrip(this.registry.now() - at);
        }),
    };
  }

  /** May be called more than once; only the first one counts. */
  end(told: number): void {
    try {
      if (!this.isLive) return;
      // Whatever the peer sends: a code that gRPC does not know is UNKNOWN.
      const code = status[told] === undefined ? status.UNKNOWN : told;
      this.isLive = false;
      this.registry.live.remove(this);
      this.#touch();
      this.connection?.leave(code);
      if (this.method.side === "CLIENT") this.method.retries += this.origin.retries() ?? Number.NaN;
      const now = this.registry.now();
      this.method.recordEnd(this, code, now - this.startedAt);
      this.registry.ended(this, code, now);
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /**
   * What makes no event is looked up before rows are made: what is unread, and on a client the connection. `lookedAt` is
   * when all calls were looked at before, NaN if they have not been lately. Tells whether the call is held up.
   */
  look(now: number, lookedAt: number): boolean {
    if (this.method.side === "CLIENT") this.#join();
    const moved = this.messagesWritten + this.messagesFlushed + this.messagesReceived;
    if (moved !== this.#movedBefore) this.#touch();
    this.#movedBefore = moved;
    this.lookAtUnread(lookedAt);
    const { connection } = this;
    if (connection !== undefined && this.method.kind !== "UNARY") connection.streams += 1;
    const since = this.queuedWrites > 0 ? this.#stillSince() : Number.NaN;
    const held = now - since >= heldAfterMs;
    if (held && connection !== undefined && !(connection.heldSince <= since)) connection.heldSince = since;
    if (!held) this.hold(undefined);
    return held;
  }

  /** Says what a call that is held up waits for. */
  hold(by: HeldBy | undefined): void {
    if (by === this.heldBy) return;
    this.heldBy = by;
    this.changedTick = this.registry.tick;
  }

  /** Since when messages are queued and none was flushed. */
  #stillSince(): number {
    const oldest = this.oldestUnflushedAt ?? Number.NaN;
    // Never flushed is NaN, which Math.max would return.
    return Math.max(this.lastFlushedAt || 0, oldest);
  }

  /** A retry may take a client's call to another connection. */
  #join(): void {
    const session = this.origin.session();
    if (session === undefined || session === this.connection?.session) return;
    const connection = this.registry.connections.of(session, this.method.side);
    if (connection === undefined) return;
    this.connection?.leave();
    this.connection = connection;
    connection.join();
    this.changedTick = this.registry.tick;
  }

  /** Reading makes no event. `lookedAt` as for `look`. */
  lookAtUnread(lookedAt: number): void {
    const inStream = this.#readable?.readableLength;
    const unasked = inStream === undefined ? 0 : (this.origin.unasked?.() ?? 0);
    const unread = inStream === undefined ? undefined : inStream + unasked;
    const received = this.messagesReceived + unasked;
    const lastReceivedAt = this.lastReceivedAt || this.startedAt;
    let since = this.unreadSince;
    if (!unread) since = Number.NaN;
    else if (Number.isNaN(lookedAt)) since = Number.isNaN(since) ? lastReceivedAt : since;
    // All that was there at the look before has been read: what is unread came after it.
    else if (received - unread >= this.#receivedBefore) since = Math.max(lookedAt, this.startedAt);
    else if (Number.isNaN(since)) since = lastReceivedAt;
    this.#receivedBefore = received;
    if (unread === this.#unread && Object.is(since, this.unreadSince)) return;
    this.#unread = unread;
    this.unreadSince = since;
    this.changedTick = this.registry.tick;
  }

  #wrote(): void {
    const { receivingAt } = this.registry;
    const now = Number.isNaN(receivingAt) ? this.registry.now() : receivingAt;
    this.messagesWritten += 1;
    this.lastWrittenAt = now;
    if (this.queuedWrites === 0) this.#oldestAt = now;
    else {
      this.#others ??= new TimeQueue();
      this.#others.push(now);
    }
    this.queuedWrites += 1;
  }

  #touch(): void {
    this.changedTick = this.method.changedTick = this.registry.tick;
  }
}
