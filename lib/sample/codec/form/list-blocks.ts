/**
 * The elements of a list or map, in blocks against those of the one before: a varint `count << 2 | form` each, in which a
 * cursor goes through the list before.
 */
export const Block = {
  /** So many elements are those at the cursor. */
  SAME: 0,
  /** So many elements follow, each against the one at the cursor. */
  CHANGED: 1,
  /** So many elements follow, each against the element that goes before it in the new list; of maps after its key. */
  NEW: 2,
  /** No elements: the count is where the cursor goes. */
  MOVE: 3,
} as const;
export type Block = (typeof Block)[keyof typeof Block];

/** A block of values is begun before its count is known, so that has to fit a byte. */
export const MOST_IN_BLOCK = 31;
