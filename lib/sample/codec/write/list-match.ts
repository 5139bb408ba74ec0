/**
 * Which element of the list before each element was, so that a list that slid, or a row that came, went or rose, is told in
 * a few bytes. A wrong guess costs bytes and nothing else.
 */
import { isFields, type Listed } from "../plain.ts";

/** Elements that are looked at ahead. */
const AHEAD = 8;
/** What tells elements of a list apart where they have it, as the model names them. */
const NAMES = ["id", "key", "name", "label"] as const;

export class ListMatch {
  readonly #next: Listed;
  readonly #before: Listed;
  /** Elements of the list before that were found again; null: all up to the cursor, and no others. */
  #used: Uint8Array | null = null;
  #rowOf: Map<unknown, number> | null = null;
  #cursor = 0;

  constructor(next: Listed, before: Listed) {
    this.#next = next;
    this.#before = before;
  }

  /** Of the next element, asked for from the first to the last, each once; −1: it is new. No row is told twice. */
  rowOf(at: number): number {
    const row = this.#find(at);
    if (row < 0) return row;
    if (row !== this.#cursor) this.#use();
    if (this.#used !== null) this.#used[row] = 1;
    this.#cursor = row + 1;
    return row;
  }

  #find(at: number): number {
    const cursor = this.#cursor;
    if (this.#isLike(at, cursor)) return this.#isNumber(at) ? this.#findNumber(at) : cursor;
    if (this.#before.values.length === 0) return -1;
    for (let row = cursor + 1; row <= cursor + AHEAD; row++) if (this.#isLike(at, row)) return row;
    const known = this.#lookUp(at);
    if (known >= 0) return known;
    if (!this.#isFree(cursor) || this.#isNamed(at)) return -1;
    // What stands here comes later: this one was put in before it.
    for (let later = at + 1; later <= at + AHEAD; later++) if (this.#isLike(later, cursor)) return -1;
    return cursor;
  }

  #isNumber(at: number): boolean {
    return this.#next.keys === null && typeof this.#next.values[at] === "number";
  }

  /**
   * A number is like any other. It took the place of the one at the cursor, unless more of what follows agrees when it, and
   * some after it, were put in, or some were taken out before it: the buckets of a histogram come one by one.
   */
  #findNumber(at: number): number {
    const cursor = this.#cursor;
    const before = this.#before.values;
    if (Object.is(this.#next.values[at], before[cursor])) return cursor;
    let row = cursor;
    // One that agrees by chance is not enough to tell another place for all that follow.
    let most = this.#agreeing(at + 1, cursor + 1) + 1;
    for (let shift = 1; shift <= AHEAD; shift++) {
      const put = this.#agreeing(at + shift, cursor);
      if (put > most) [most, row] = [put, -1];
      const taken = this.#agreeing(at, cursor + shift);
      if (taken > most && this.#isFree(cursor + shift)) [most, row] = [taken, cursor + shift];
    }
    return row;
  }

  /** How many of the next few elements are the same, from these on. */
  #agreeing(at: number, row: number): number {
    const next = this.#next.values;
    const before = this.#before.values;
    let same = 0;
    for (let ahead = 0; ahead < AHEAD; ahead++) {
      if (
        at + ahead < next.length &&
        row + ahead < before.length &&
        Object.is(next[at + ahead], before[row + ahead])
      ) {
        same++;
      }
    }
    return same;
  }

  #isLike(at: number, row: number): boolean {
    if (at >= this.#next.values.length || !this.#isFree(row)) return false;
    const { keys } = this.#next;
    return keys === null
      ? isAlike(this.#next.values[at], this.#before.values[row])
      : keys[at] === this.#before.keys?.[row];
  }

  #isFree(row: number): boolean {
    return row < this.#before.values.length && (this.#used === null || this.#used[row] === 0);
  }

  #isNamed(at: number): boolean {
    return this.#next.keys !== null || nameOf(this.#next.values[at]) !== undefined;
  }

  /** Where it is out of order: by its name, or as the same object. */
  #lookUp(at: number): number {
    const name = this.#next.keys === null ? identityOf(this.#next.values[at]) : this.#next.keys[at];
    if (name === undefined) return -1;
    this.#rowOf ??= this.#index();
    const row = this.#rowOf.get(name) ?? -1;
    return row >= 0 && this.#isFree(row) ? row : -1;
  }

  #index(): Map<unknown, number> {
    this.#use();
    const rows = new Map<unknown, number>();
    const { keys, values } = this.#before;
    for (let row = values.length - 1; row >= 0; row--) {
      const name = keys === null ? identityOf(values[row]) : keys[row];
      if (name !== undefined && this.#isFree(row)) rows.set(name, row);
    }
    return rows;
  }

  #use(): void {
    this.#used ??= new Uint8Array(this.#before.values.length).fill(1, 0, this.#cursor);
  }
}

function isAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== typeof b || a === null || b === null) return false;
  if (!isFields(a) || !isFields(b))
    return typeof a === "number" || (typeof a === "object" && Array.isArray(a) === Array.isArray(b));
  const name = nameOf(a);
  return name === undefined ? hasSameScalars(a, b) : name === nameOf(b);
}

function hasSameScalars(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key in a) {
    const value = a[key];
    if (typeof value !== "object" && !Object.is(value, b[key])) return false;
  }
  return true;
}

function nameOf(value: unknown): string | undefined {
  if (!isFields(value)) return undefined;
  for (const key of NAMES) {
    const name = value[key];
    if (typeof name === "string") return name;
  }
  return undefined;
}

/** Numbers have none: where they stand says more. */
function identityOf(value: unknown): unknown {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? (nameOf(value) ?? value) : undefined;
}
