/** Finds the number of a name from its bytes in an answer, without making a string of them. */
export class NameIndex {
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  readonly #bytes: Buffer;
  readonly #ends: Int32Array;

  constructor(names: readonly string[]) {
    this.#bytes = Buffer.from(names.join(""), "utf8");
    this.#ends = new Int32Array(names.length + 1);
    this.#hashes = new Int32Array(names.length);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(names.length * 2 + 2))).fill(-1);
    const mask = this.#slots.length - 1;
    let end = 0;
    for (let id = 0; id < names.length; id++) {
      const start = end;
      end += Buffer.byteLength(names[id]!);
      this.#ends[id + 1] = end;
      const hash = hashOf(this.#bytes, start, end);
      this.#hashes[id] = hash;
      let slot = hash & mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
    }
  }

  /** The position of the name in the list this was made from; -1 for a name not in it. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id < 0 || (this.#hashes[id] === hash && this.#equals(id, bytes, start, end))) return id;
    }
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#ends[id]!;
    if (this.#ends[id + 1]! - from !== end - start) return false;
    for (let i = start, j = from; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
