import { Block } from "../form/list-blocks.ts";
import { corrupt } from "../form/sample-codec-error.ts";
import type { Listed } from "../plain.ts";
import type { ByteReader } from "./byte-reader.ts";

/** Reads a value against another one. */
export type ReadValue = (previous: unknown) => unknown;

/** What `writeList` wrote after its tag; `keys` are null unless `isMap`. */
export function readList(
  input: ByteReader,
  isMap: boolean,
  before: Listed,
  read: ReadValue,
): { values: unknown[]; keys: unknown[] | null } {
  const count = input.count(before.values.length + input.left, "elements");
  input.spendPlaces(count);
  const values: unknown[] = [];
  const keys: unknown[] = [];
  let cursor = 0;
  while (values.length < count) {
    const head = input.varint();
    const form = (head % 4) as Block;
    const many = Math.floor(head / 4);
    if (form === Block.MOVE) {
      cursor = many;
      continue;
    }
    if (many === 0 || many > count - values.length) throw corrupt("a block of a list has no such length");
    if (form === Block.NEW) {
      for (let at = 0; at < many; at++) {
        if (isMap) keys.push(read(keys.at(-1)));
        values.push(read(values.length === 0 ? before.values.at(-1) : values.at(-1)));
      }
      continue;
    }
    if (cursor + many > before.values.length) throw corrupt("a list goes on past the one before it");
    for (const to = cursor + many; cursor < to; cursor++) {
      const was = before.values[cursor];
      values.push(form === Block.SAME ? was : read(was));
      if (isMap) keys.push(before.keys?.[cursor]);
    }
  }
  return { values, keys: isMap ? keys : null };
}
