import type { Duplex, Readable, Writable } from "node:stream";
import type { MethodStats, Traffic } from "./method-stats.ts";
import { TimeQueue } from "./time-queue.ts";

/** What a call can tell about itself, asked for only when someone looks. */
export interface CallOrigin {
  peer(): string;
  /** Epoch milliseconds; `undefined` without a deadline. */
  deadlineAt: number | undefined;
}

/** What a call needs of whoever keeps the calls. */
export interface CallHome {
  readonly live: Map<number, LiveCall>;
  readonly tick: number;
  nextCallId(): number;
  now(): number;
  fault(error: unknown): void;
}

/**
 * One call while it lives. The hooks are called from inside a user's call, so none of them throws. Written is counted
 * where the application writes (`observe`), flushed where the transport says it took the message; between the two a
 * stream buffers, and that is the backlog.
 */
export class LiveCall implements Traffic {
  readonly id: number;
  readonly startedAt: number;
  messagesWritten = 0;
  messagesFlushed = 0;
  messagesReceived = 0;
  bytesFlushed = 0;
  bytesReceived = 0;
  bytesKnown = true;
  // NaN: never. `undefined` would make V8 allocate a number for each message.
  lastWrittenAt = Number.NaN;
  lastFlushedAt = Number.NaN;
  lastReceivedAt = Number.NaN;
  changedTick = 0;
  readonly #unflushed = new TimeQueue();
  #unflushedBytes = 0;
  #writesObserved = false;
  #readable: Readable | undefined;
  #unread: number | undefined;
  #live = false;

  constructor(
    readonly registry: CallHome,
    readonly method: MethodStats,
    readonly origin: CallOrigin,
  ) {
    this.id = registry.nextCallId();
    this.startedAt = registry.now();
  }

  get queuedWrites(): number {
    return this.#unflushed.size;
  }

  get oldestUnflushedAt(): number | undefined {
    return this.#unflushed.oldest();
  }

  /** Messages received and not yet read by the application, as of the last `refresh`. */
  get unreadMessages(): number | undefined {
    return this.#unread;
  }

  begin(): void {
    try {
      this.#live = true;
      this.registry.live.set(this.id, this);
      this.method.started += 1;
      if (!this.bytesKnown) this.method.bytesKnown = false;
      this.#touch();
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
      const write = stream.write as (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
      stream.write = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
        // Node refuses the others without queueing them.
        if (chunk !== null && stream.writable) this.#wrote();
        return write.call(stream, chunk, encoding, callback);
      };
      this.#writesObserved = true;
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /** A message is on its way to the transport. */
  sending(): void {
    if (!this.#writesObserved) this.#wrote();
  }

  serialized(bytes: number): void {
    this.#unflushedBytes += bytes;
  }

  deserialized(bytes: number): void {
    this.bytesReceived += bytes;
  }

  /** The transport took the oldest unflushed message. */
  flushed(): void {
    try {
      const now = this.registry.now();
      this.#unflushed.shift();
      this.messagesFlushed += 1;
      this.bytesFlushed += this.#unflushedBytes;
      this.#unflushedBytes = 0;
      if (this.method.side === "SERVER") this.method.recordResponse(this.startedAt, this.lastFlushedAt, now);
      this.lastFlushedAt = now;
      this.#touch();
    } catch (error) {
      this.registry.fault(error);
    }
  }

  received(): void {
    try {
      const now = this.registry.now();
      this.messagesReceived += 1;
      if (this.method.side === "CLIENT") this.method.recordResponse(this.startedAt, this.lastReceivedAt, now);
      this.lastReceivedAt = now;
      this.#touch();
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /** May be called more than once; only the first one counts. */
  end(code: number): void {
    try {
      if (!this.#live) return;
      this.#live = false;
      this.registry.live.delete(this.id);
      this.#touch();
      this.method.recordEnd(this, code, this.registry.now() - this.startedAt);
    } catch (error) {
      this.registry.fault(error);
    }
  }

  /** Reading makes no event, so what is unread is looked up before rows are made. */
  refresh(): void {
    const unread = this.#readable?.readableLength;
    if (unread === this.#unread) return;
    this.#unread = unread;
    this.changedTick = this.registry.tick;
  }

  #wrote(): void {
    try {
      const now = this.registry.now();
      this.messagesWritten += 1;
      this.lastWrittenAt = now;
      this.#unflushed.push(now);
      this.#touch();
    } catch (error) {
      this.registry.fault(error);
    }
  }

  #touch(): void {
    this.changedTick = this.method.changedTick = this.registry.tick;
  }
}
