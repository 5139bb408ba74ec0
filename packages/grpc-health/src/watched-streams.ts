import type { Duplex, Readable, Writable } from "node:stream";

/** A call that sees what is written to its stream. */
interface WritingCall {
  write(stream: Writable, chunk: unknown, encoding: unknown, callback: unknown): boolean;
}

type Watched = Record<symbol, WritingCall> & { write: Writable["write"] };

/**
 * Streams whose `write` is seen by the call they belong to. One function serves them all and finds the call at the stream
 * itself: a closure for each stream would be two more objects that every message touches.
 */
export class WatchedStreams {
  readonly #callAt = Symbol("call");
  readonly #write: Writable["write"];

  constructor() {
    const callAt = this.#callAt;
    this.#write = function write(
      this: Watched,
      chunk: unknown,
      encoding?: unknown,
      callback?: unknown,
    ): boolean {
      return (this[callAt] as WritingCall).write(this as unknown as Writable, chunk, encoding, callback);
    };
  }

  watch(stream: Readable | Writable | Duplex, call: WritingCall): void {
    const watched = stream as unknown as Watched;
    watched[this.#callAt] = call;
    watched.write = this.#write;
  }
}
