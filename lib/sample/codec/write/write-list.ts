import { PLACE_BYTES } from "../form/limits.ts";
import { Block } from "../form/list-blocks.ts";
import { Tag } from "../form/tags.ts";
import { EMPTY, type Listed } from "../plain.ts";
import { BlockWriter } from "./block-writer.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { ListMatch } from "./list-match.ts";

/** Writes a value against another one; true: it is the same, which is all that was written. */
export type WriteValue = (next: unknown, previous: unknown) => boolean;

/** True: it is the same list, which is all that was written. */
export function writeList(out: ByteWriter, next: Listed, before: Listed, write: WriteValue): boolean {
  const at = out.at;
  const { values, keys } = next;
  const match = new ListMatch(next, before);
  const blocks = new BlockWriter(out);
  out.byte(keys === null ? Tag.LIST : Tag.MAP);
  out.varint(values.length);
  out.spend(values.length * PLACE_BYTES);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const was = match.rowOf(row);
    if (was < 0) {
      blocks.begin(Block.NEW);
      if (keys !== null) write(keys[row], row === 0 ? undefined : keys[row - 1]);
      write(value, row === 0 ? before.values.at(-1) : values[row - 1]);
      continue;
    }
    blocks.moveTo(was);
    if (Object.is(value, before.values[was])) {
      blocks.same();
      continue;
    }
    blocks.begin(Block.CHANGED);
    if (write(value, before.values[was])) blocks.undo();
  }
  if (!blocks.end() || values.length !== before.values.length || before === EMPTY) return false;
  out.at = at;
  out.byte(Tag.SAME);
  return true;
}
