import { SampleCodecError } from "../form/sample-codec-error.ts";

const FIRST_BYTES = 1 << 16;

/** One buffer that grows and is used again for the next sample. */
export class ByteWriter {
  bytes: Uint8Array;
  at = 0;
  /** What a reader will need for what was written, see `limits.ts`. */
  spent = 0;
  #view: DataView;

  constructor(firstBytes = FIRST_BYTES) {
    this.bytes = new Uint8Array(firstBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  reset(): void {
    this.at = 0;
    this.spent = 0;
  }

  spend(bytes: number): void {
    this.spent += bytes;
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.#grow(1);
    this.bytes[this.at++] = value;
  }

  /** Of an integer from 0 to 2^53 − 1: seven bits a byte, the lowest first. */
  varint(value: number): void {
    if (this.at + 8 > this.bytes.length) this.#grow(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** Of an integer from −(2^53 − 1) to 2^53 − 1: a varint with the sign in its lowest bit, so that −0 has a form too. */
  signed(value: number): void {
    const isNegative = value < 0 || (value === 0 && 1 / value < 0);
    const size = isNegative ? -value : value;
    if (size < 0x40) {
      this.byte((size << 1) | (isNegative ? 1 : 0));
      return;
    }
    if (size < 0x40000000) {
      this.varint(((size << 1) | (isNegative ? 1 : 0)) >>> 0);
      return;
    }
    // Twice the number may be more than a number can hold exactly.
    const low = ((size % 0x40) << 1) | (isNegative ? 1 : 0);
    this.byte(low | 0x80);
    this.varint(Math.floor(size / 0x40));
  }

  double(value: number): void {
    if (this.at + 8 > this.bytes.length) this.#grow(8);
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  uint32(value: number): void {
    if (this.at + 4 > this.bytes.length) this.#grow(4);
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** Room for something that is written in a moment, zeroed; where it is. */
  hold(count: number): number {
    if (this.at + count > this.bytes.length) this.#grow(count);
    const from = this.at;
    this.bytes.fill(0, from, from + count);
    this.at += count;
    return from;
  }

  append(bytes: Uint8Array): void {
    if (this.at + bytes.length > this.bytes.length) this.#grow(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  #grow(by: number): void {
    const length = Math.max(this.at + by, this.bytes.length * 2);
    if (length > 2 ** 32 - 1) throw new SampleCodecError("TOO_LARGE", "A sample of more than 4 GiB.");
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes.subarray(0, this.at));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
