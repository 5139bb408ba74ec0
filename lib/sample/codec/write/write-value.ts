import type { DictionaryWriter } from "../form/dictionary.ts";
import { DEEPEST, PLACE_BYTES } from "../form/limits.ts";
import { Tag } from "../form/tags.ts";
import { checkFields, type Fields, fieldOf, isFields, listedBefore, listedMap, notPlain } from "../plain.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { ColumnWriter } from "./write-column.ts";
import { writeList } from "./write-list.ts";
import { writeNumber } from "./write-number.ts";

/** Writes plain data of any shape, each value against the one that was at its place. */
export class ValueWriter {
  readonly #out: ByteWriter;
  readonly #strings: DictionaryWriter;
  readonly #columns: ColumnWriter;
  /** Keys of objects, by all of them. */
  readonly #shapes = new Map<string, number>();
  #depth = 0;

  constructor(out: ByteWriter, strings: DictionaryWriter, columns: ColumnWriter) {
    this.#out = out;
    this.#strings = strings;
    this.#columns = columns;
  }

  reset(): void {
    this.#shapes.clear();
    this.#depth = 0;
  }

  /** True: it is the same as `previous`, which is all that was written. */
  readonly write = (next: unknown, previous: unknown): boolean => {
    const out = this.#out;
    if (Object.is(next, previous)) {
      out.byte(Tag.SAME);
      return true;
    }
    switch (typeof next) {
      case "undefined":
        out.byte(Tag.UNDEFINED);
        return false;
      case "boolean":
        out.byte(next ? Tag.TRUE : Tag.FALSE);
        return false;
      case "number":
        writeNumber(out, next, previous);
        return false;
      case "string":
        out.byte(Tag.STRING);
        out.varint(this.#strings.numberOf(next));
        return false;
      case "object":
        return next === null ? this.#null() : this.#within(next, previous);
      default:
        throw notPlain(`a ${typeof next}`);
    }
  };

  #null(): boolean {
    this.#out.byte(Tag.NULL);
    return false;
  }

  #within(next: object, previous: unknown): boolean {
    if (ArrayBuffer.isView(next)) return this.#columns.write(this.#out, next, previous);
    if (++this.#depth > DEEPEST) throw notPlain(`data more than ${DEEPEST} levels deep, or a circle`);
    const isSame = this.#withParts(next, previous);
    this.#depth--;
    return isSame;
  }

  #withParts(next: object, previous: unknown): boolean {
    const isMap = next instanceof Map;
    if (isMap || Array.isArray(next)) {
      const listed = isMap ? listedMap(next) : { values: next as unknown[], keys: null };
      return writeList(this.#out, listed, listedBefore(isMap, previous), this.write);
    }
    checkFields(next);
    const keys = Object.keys(next);
    this.#out.spend(keys.length * PLACE_BYTES);
    if (isFields(previous) && hasKeys(previous, keys)) return this.#patch(next as Fields, keys, previous);
    this.#fields(next as Fields, keys, previous);
    return false;
  }

  #patch(next: Fields, keys: readonly string[], previous: Fields): boolean {
    const out = this.#out;
    const from = out.at;
    out.byte(Tag.OBJECT_PATCH);
    const bitmap = out.hold(Math.ceil(keys.length / 8));
    let isSame = true;
    for (let at = 0; at < keys.length; at++) {
      const value = next[keys[at]!];
      const before = previous[keys[at]!];
      if (Object.is(value, before)) continue;
      const undo = out.at;
      if (this.write(value, before)) {
        out.at = undo;
        continue;
      }
      out.bytes[bitmap + (at >>> 3)]! |= 1 << (at & 7);
      isSame = false;
    }
    if (!isSame) return false;
    out.at = from;
    out.byte(Tag.SAME);
    return true;
  }

  #fields(next: Fields, keys: readonly string[], previous: unknown): void {
    this.#out.byte(Tag.OBJECT);
    this.#shape(keys);
    for (const key of keys) this.write(next[key], fieldOf(previous, key));
  }

  #shape(keys: readonly string[]): void {
    const out = this.#out;
    const name = JSON.stringify(keys);
    const known = this.#shapes.get(name);
    if (known !== undefined) {
      out.varint(known + 1);
      return;
    }
    this.#shapes.set(name, this.#shapes.size);
    out.varint(0);
    out.varint(keys.length);
    out.spend(keys.length * PLACE_BYTES);
    for (const key of keys) out.varint(this.#strings.numberOf(key));
  }
}

/** Exactly those, in that order. */
function hasKeys(fields: Fields, keys: readonly string[]): boolean {
  const others = Object.keys(fields);
  if (others.length !== keys.length) return false;
  for (let at = 0; at < keys.length; at++) if (others[at] !== keys[at]) return false;
  return true;
}
