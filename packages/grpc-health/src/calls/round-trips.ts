import { TimeQueue } from "../time-queue.ts";

/** Marks which messages of a bidirectional call are requests and which are their replies. */
export interface RoundTrips {
  /** A request is on its way. With a `key`, its reply is the one with the same key; without, replies come in order. */
  request(key?: string | number): void;
  /** A reply has come (client) or is on its way (server). One that answers no open request counts nothing. */
  reply(key?: string | number): void;
}

/** Of one call, each kind; more are open without being timed. */
const mostTimed = 10_000;

/** The requests of one call that have no reply yet. */
export class OpenRequests {
  readonly #inOrder = new TimeQueue();
  /** Without a key and beyond what is timed: they come after those that are. */
  #untimed = 0;
  #keyed: Map<string | number, number> | undefined;

  get count(): number {
    return this.#inOrder.size + this.#untimed + (this.#keyed?.size ?? 0);
  }

  oldestAt(): number | undefined {
    const inOrder = this.#inOrder.oldest();
    // A Map keeps insertion order.
    const keyed: number | undefined = this.#keyed?.values().next().value;
    if (inOrder === undefined || keyed === undefined) return inOrder ?? keyed;
    return Math.min(inOrder, keyed);
  }

  open(key: string | number | undefined, now: number): void {
    if (key === undefined) {
      if (this.#untimed > 0 || this.#inOrder.size >= mostTimed) this.#untimed += 1;
      else this.#inOrder.push(now);
      return;
    }
    this.#keyed ??= new Map();
    // A key asked for twice has waited since the first time.
    if (this.#keyed.size < mostTimed && !this.#keyed.has(key)) this.#keyed.set(key, now);
  }

  /** When the request was made; `undefined` where there is none, or it was not timed. */
  close(key: string | number | undefined): number | undefined {
    if (key !== undefined) {
      const at = this.#keyed?.get(key);
      this.#keyed?.delete(key);
      return at;
    }
    const at = this.#inOrder.oldest();
    if (at !== undefined) this.#inOrder.shift();
    else if (this.#untimed > 0) this.#untimed -= 1;
    return at;
  }
}

export const noRoundTrips: RoundTrips = { request() {}, reply() {} };
