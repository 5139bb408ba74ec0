import { isColumn } from "../form/column-kinds.ts";
import { MOST_DIGITS, POWERS, takeStep } from "../form/column-steps.ts";
import { DEEPEST } from "../form/limits.ts";
import { corrupt } from "../form/sample-codec-error.ts";
import { Tag } from "../form/tags.ts";
import { type Fields, fieldOf, isFields, listedBefore, setField } from "../plain.ts";
import type { ByteReader } from "./byte-reader.ts";
import { ColumnReader } from "./read-column.ts";
import { readList } from "./read-list.ts";

/** Reads what `ValueWriter` writes, against the same values. What is the same keeps its identity. */
export class ValueReader {
  readonly #input: ByteReader;
  readonly #strings: readonly string[];
  readonly #columns = new ColumnReader();
  readonly #shapes: (readonly string[])[] = [];
  #depth = 0;

  constructor(input: ByteReader, strings: readonly string[]) {
    this.#input = input;
    this.#strings = strings;
  }

  readonly read = (previous: unknown): unknown => {
    const tag = this.#input.byte();
    if (tag >= Tag.MORE) return numberBefore(previous) + (tag - Tag.MORE + 1);
    if (tag >= Tag.SMALL) return tag - Tag.SMALL;
    switch (tag) {
      case Tag.SAME:
        return previous;
      case Tag.UNDEFINED:
        return undefined;
      case Tag.NULL:
        return null;
      case Tag.FALSE:
        return false;
      case Tag.TRUE:
        return true;
      case Tag.STRING:
        return this.#string();
      case Tag.COLUMN:
        return this.#columns.whole(this.#input);
      case Tag.COLUMN_PATCH:
        if (!isColumn(previous)) throw corrupt("a column changed where there was none");
        return this.#columns.changed(this.#input, previous);
      case Tag.OBJECT:
      case Tag.OBJECT_PATCH:
      case Tag.LIST:
      case Tag.MAP:
        return this.#within(tag, previous);
      default:
        return readNumber(this.#input, tag, previous);
    }
  };

  #within(tag: number, previous: unknown): unknown {
    if (++this.#depth > DEEPEST) throw corrupt(`it is more than ${DEEPEST} levels deep`);
    const value = this.#withParts(tag, previous);
    this.#depth--;
    return value;
  }

  #withParts(tag: number, previous: unknown): unknown {
    if (tag === Tag.OBJECT) return this.#fields(previous);
    if (tag === Tag.OBJECT_PATCH) return this.#patch(previous);
    const isMap = tag === Tag.MAP;
    const { values, keys } = readList(this.#input, isMap, listedBefore(isMap, previous), this.read);
    return keys === null ? values : new Map(keys.map((key, at) => [key, values[at]]));
  }

  #patch(previous: unknown): Fields {
    if (!isFields(previous)) throw corrupt("an object changed where there was none");
    const keys = Object.keys(previous);
    this.#input.spendPlaces(keys.length);
    const bitmap = this.#input.slice(Math.ceil(keys.length / 8));
    const fields: Fields = { ...previous };
    for (let at = 0; at < keys.length; at++) {
      if ((bitmap[at >>> 3]! & (1 << (at & 7))) === 0) continue;
      setField(fields, keys[at]!, this.read(previous[keys[at]!]));
    }
    return fields;
  }

  #fields(previous: unknown): Fields {
    const fields: Fields = {};
    const keys = this.#shape();
    this.#input.spendPlaces(keys.length);
    for (const key of keys) setField(fields, key, this.read(fieldOf(previous, key)));
    return fields;
  }

  #shape(): readonly string[] {
    const number = this.#input.varint();
    if (number > 0) {
      const shape = this.#shapes[number - 1];
      if (shape === undefined) throw corrupt("an object has unknown keys");
      return shape;
    }
    const count = this.#input.count(this.#input.left, "keys");
    this.#input.spendPlaces(count);
    const keys = Array.from({ length: count }, () => this.#string());
    this.#shapes.push(keys);
    return keys;
  }

  #string(): string {
    const text = this.#strings[this.#input.varint()];
    if (text === undefined) throw corrupt("a string is not in the dictionary");
    return text;
  }
}

function readNumber(input: ByteReader, tag: number, previous: unknown): number {
  switch (tag) {
    case Tag.NAN:
      return Number.NaN;
    case Tag.INFINITY:
      return Number.POSITIVE_INFINITY;
    case Tag.MINUS_INFINITY:
      return Number.NEGATIVE_INFINITY;
    case Tag.INTEGER:
      return input.signed();
    case Tag.DELTA:
      return takeStep(numberBefore(previous), input.signed(), 1);
    case Tag.DECIMAL: {
      const digits = input.byte();
      if (digits > MOST_DIGITS) throw corrupt(`a number with ${digits} digits`);
      return input.signed() / POWERS[digits]!;
    }
    case Tag.DOUBLE:
      return input.double();
    default:
      throw corrupt(`a value of an unknown form ${tag}`);
  }
}

function numberBefore(previous: unknown): number {
  if (typeof previous !== "number") throw corrupt("a number moved where there was none");
  return previous;
}
