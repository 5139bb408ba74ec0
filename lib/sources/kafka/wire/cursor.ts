/** The bytes do not say what the protocol says they should. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code = "WIRE";
}

/**
 * Reads Kafka's flexible encoding from one contiguous answer. Every read is bounds-checked: bytes that are cut short or
 * lie about a size end in a WireError, never in a wrong number, an endless loop or a huge allocation.
 */
export class Cursor {
  position = 0;
  readonly bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Moves past `size` bytes and returns where they began. */
  skip(size: number): number {
    const start = this.position;
    if (size < 0 || size > this.bytes.length - start) {
      throw new WireError(`answer cut short: ${size} bytes wanted at ${start} of ${this.bytes.length}`);
    }
    this.position = start + size;
    return start;
  }

  int8(): number {
    return this.#view.getInt8(this.skip(1));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.#view.getInt16(this.skip(2));
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4));
  }

  /** As a double: exact up to 2^53, which no offset reaches. */
  int64(): number {
    const start = this.skip(8);
    return this.#view.getInt32(start) * 4_294_967_296 + this.#view.getUint32(start + 4);
  }

  uvarint(): number {
    const bytes = this.bytes;
    let byte = bytes[this.position];
    if (byte !== undefined && byte < 0x80) {
      this.position++;
      return byte;
    }
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      byte = bytes[this.skip(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError(`a number longer than 32 bits at ${this.position}`);
  }

  /** Size of a compact string, bytes or array; -1 for null. */
  compactSize(): number {
    return this.uvarint() - 1;
  }

  /** Length of a compact array (null is 0) whose items take at least `itemBytes` each. */
  array(itemBytes: number): number {
    return this.#checkedLength(this.compactSize(), itemBytes);
  }

  /** Length of an old-style array with a 32-bit size. */
  array32(itemBytes: number): number {
    return this.#checkedLength(this.int32(), itemBytes);
  }

  #checkedLength(length: number, itemBytes: number): number {
    if (length <= 0) {
      if (length < -1) throw new WireError(`an array of ${length} items at ${this.position}`);
      return 0;
    }
    if (length * itemBytes > this.remaining) {
      throw new WireError(`an array of ${length} items in ${this.remaining} bytes at ${this.position}`);
    }
    return length;
  }

  string(): string {
    return this.nullableString() ?? "";
  }

  nullableString(): string | null {
    const size = this.compactSize();
    return size < 0 ? null : this.#text(size);
  }

  /** An old-style string with a 16-bit size. */
  string16(): string {
    const size = this.int16();
    return size < 0 ? "" : this.#text(size);
  }

  #text(size: number): string {
    const start = this.skip(size);
    return this.bytes.toString("utf8", start, start + size);
  }

  skipString(): void {
    const size = this.compactSize();
    if (size > 0) this.skip(size);
  }

  /** A view, not a copy. */
  data(): Buffer {
    const size = this.compactSize();
    if (size <= 0) return this.bytes.subarray(0, 0);
    const start = this.skip(size);
    return this.bytes.subarray(start, start + size);
  }

  /** The last tags, and nothing after them: an answer of another form than expected is not half understood. */
  end(): void {
    this.skipTags();
    if (this.remaining > 0) throw new WireError(`${this.remaining} bytes more than expected`);
  }

  skipTags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }
}
