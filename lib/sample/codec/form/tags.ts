/** The first byte of each value. Once a version was released its tags keep their meaning. */
export const Tag = {
  /** What the sample before has at this place. */
  SAME: 0,
  UNDEFINED: 1,
  NULL: 2,
  FALSE: 3,
  TRUE: 4,
  NAN: 5,
  INFINITY: 6,
  MINUS_INFINITY: 7,
  /** Signed varint. */
  INTEGER: 8,
  /** Signed varint, to be added to the number before. */
  DELTA: 9,
  /** A byte, the power of ten to divide by, and a signed varint. */
  DECIMAL: 10,
  /** Eight bytes. */
  DOUBLE: 11,
  /** Number in the dictionary. */
  STRING: 12,
  /** Number of its keys (0: new ones follow), then a value for each. */
  OBJECT: 13,
  /** Same keys as before: a bitmap of the fields that changed, then those. */
  OBJECT_PATCH: 14,
  /** Count and blocks, see `list-blocks.ts`. */
  LIST: 15,
  MAP: 16,
  /** Kind, rows and values, see `value-forms.ts`. */
  COLUMN: 17,
  /** As many rows as before: which rows changed, then their values. */
  COLUMN_PATCH: 18,
  /** 0x40 to 0x7f: the integers 0 to 63. */
  SMALL: 0x40,
  /** 0x80 to 0xff: 1 to 128 more than the number before. */
  MORE: 0x80,
} as const;

export const SMALL_MOST = 63;
export const MORE_MOST = 128;
