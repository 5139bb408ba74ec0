import type { LiveCall } from "./live-call.ts";

/**
 * The live calls, oldest first. A list through the calls themselves: a `Map` makes a new table for every few calls that
 * come and go, and each old table keeps all that hangs on its calls from dying young.
 */
export class CallList implements Iterable<LiveCall> {
  size = 0;
  #first: LiveCall | undefined;
  #last: LiveCall | undefined;

  add(call: LiveCall): void {
    const last = this.#last;
    call.before = last;
    if (last === undefined) this.#first = call;
    else last.after = call;
    this.#last = call;
    this.size += 1;
  }

  /** Of a call that is in the list. */
  remove(call: LiveCall): void {
    const { before, after } = call;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // A dead call must not keep its neighbours.
    call.before = undefined;
    call.after = undefined;
    this.size -= 1;
  }

  *[Symbol.iterator](): Iterator<LiveCall> {
    for (let call = this.#first; call !== undefined; call = call.after) yield call;
  }
}
