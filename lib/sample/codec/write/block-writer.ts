import { Block, MOST_IN_BLOCK } from "../form/list-blocks.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Puts elements of the same form into blocks. */
export class BlockWriter {
  readonly #out: ByteWriter;
  /** Where the reader's cursor will be. */
  #cursor = 0;
  /** Elements that are the same and not yet written. */
  #same = 0;
  /** Nothing but elements that are the same, in their order. */
  #isWhole = true;
  #form: Block = Block.SAME;
  /** Where the head of the open block stands; −1: none is open. */
  #head = -1;
  #count = 0;
  #undo = { at: 0, same: 0, isWhole: true, form: Block.SAME as Block, head: -1, count: 0 };

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  /** The next element is what was at `row`, changed or not. */
  moveTo(row: number): void {
    if (row !== this.#cursor) {
      this.#close();
      this.#out.varint(row * 4 + Block.MOVE);
      this.#isWhole = false;
    }
    this.#cursor = row + 1;
  }

  same(): void {
    this.#head = -1;
    this.#same++;
  }

  /** The value of an element follows. */
  begin(form: Block): void {
    this.#undo = {
      at: this.#out.at,
      same: this.#same,
      isWhole: this.#isWhole,
      form: this.#form,
      head: this.#head,
      count: this.#count,
    };
    if (this.#head < 0 || this.#form !== form || this.#count === MOST_IN_BLOCK) {
      this.#close();
      this.#form = form;
      this.#count = 0;
      this.#head = this.#out.hold(1);
    }
    this.#count++;
    this.#out.bytes[this.#head] = this.#count * 4 + form;
    this.#isWhole = false;
  }

  /** The element that was begun is the same after all. */
  undo(): void {
    const { at, same, isWhole, form, head, count } = this.#undo;
    this.#out.at = at;
    this.#same = same;
    this.#isWhole = isWhole;
    this.#form = form;
    this.#count = count;
    if (head >= 0) this.#out.bytes[head] = count * 4 + form;
    this.same();
  }

  /** True: every element was the same, in its place. */
  end(): boolean {
    this.#close();
    return this.#isWhole;
  }

  #close(): void {
    if (this.#same > 0) this.#out.varint(this.#same * 4 + Block.SAME);
    this.#same = 0;
    this.#head = -1;
  }
}
