import { PLACE_BYTES, tooLarge } from "../form/limits.ts";
import { corrupt } from "../form/sample-codec-error.ts";

/** Reads what `ByteWriter` writes, and nothing past its end. */
export class ByteReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #allowed: number;

  /** `allowed`: bytes that may be made of it, see `limits.ts`. */
  constructor(bytes: Uint8Array, allowed: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#allowed = allowed;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Before anything of that size is made. */
  spend(bytes: number): void {
    this.#allowed -= bytes;
    if (this.#allowed < 0) throw tooLarge("it stands for much more than its bytes can hold");
  }

  spendPlaces(count: number): void {
    this.spend(count * PLACE_BYTES);
  }

  byte(): number {
    if (this.at >= this.#bytes.length) throw corrupt("it ends within a value");
    return this.#bytes[this.at++]!;
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      unit *= 0x80;
    }
    throw corrupt("an integer is longer than any that is written");
  }

  signed(): number {
    const low = this.byte();
    const high = low < 0x80 ? 0 : this.varint();
    const size = high * 0x40 + ((low & 0x7f) >>> 1);
    if (size > Number.MAX_SAFE_INTEGER) throw corrupt("an integer is larger than any that is written");
    return (low & 1) === 0 ? size : -size;
  }

  double(): number {
    const at = this.#take(8);
    return this.#view.getFloat64(at, true);
  }

  /** A varint that counts something of which there are at most so many. */
  count(most: number, what: string): number {
    const count = this.varint();
    if (count > most) throw corrupt(`${count} ${what}, where there are at most ${most}`);
    return count;
  }

  slice(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(length: number): number {
    if (length > this.left) throw corrupt("it ends within a value");
    const at = this.at;
    this.at += length;
    return at;
  }
}
