import type { ByteReader } from "../read/byte-reader.ts";
import type { ByteWriter } from "../write/byte-writer.ts";
import { PLACE_BYTES } from "./limits.ts";
import { corrupt } from "./sample-codec-error.ts";

/**
 * Each string of a message once, in the order of first use: how many UTF-16 units it shares with the one before it, then
 * the others with their count: one byte each where all of them fit (`length << 1`), two otherwise (`length << 1 | 1`).
 * UTF-16, as JavaScript has it, keeps also what is no valid text.
 */
export class DictionaryWriter {
  readonly #numbers = new Map<string, number>();

  reset(): void {
    this.#numbers.clear();
  }

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  write(out: ByteWriter): void {
    out.varint(this.#numbers.size);
    out.spend(this.#numbers.size * PLACE_BYTES);
    let before = "";
    for (const text of this.#numbers.keys()) {
      const shared = sharedUnits(before, text);
      writeUnits(out, shared, text.slice(shared));
      out.spend(text.length * 2);
      before = text;
    }
  }
}

export function readDictionary(input: ByteReader): string[] {
  const count = input.count(input.left, "strings");
  input.spendPlaces(count);
  const strings: string[] = [];
  let before = "";
  for (let number = 0; number < count; number++) {
    const shared = input.varint();
    if (shared > before.length) throw corrupt("a string begins as one that is shorter");
    const form = input.varint();
    const isWide = form % 2 === 1;
    const units = Math.floor(form / 2);
    input.spend((shared + units) * 2);
    const bytes = input.slice(isWide ? units * 2 : units);
    const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(
      isWide ? "utf16le" : "latin1",
    );
    before = before.slice(0, shared) + rest;
    strings.push(before);
  }
  return strings;
}

function writeUnits(out: ByteWriter, shared: number, rest: string): void {
  out.varint(shared);
  const isWide = hasWideUnit(rest);
  out.varint(rest.length * 2 + (isWide ? 1 : 0));
  const length = isWide ? rest.length * 2 : rest.length;
  const at = out.hold(length);
  const target = Buffer.from(out.bytes.buffer, at, length);
  target.write(rest, isWide ? "utf16le" : "latin1");
}

function sharedUnits(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < most && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  return shared;
}

function hasWideUnit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return true;
  return false;
}
