/**
 * The numbers of a column's rows, each seen from a number that the reader has already: that of the same row before, or
 * that of the row above. They come in blocks, a varint `rows − 1 << 3 | form` each, so that what moved alike is told once.
 */
export const Form = {
  /** All by the same step: signed varint. */
  MOVED: 0,
  /** All the same number: a step from the last number that was told so. */
  EQUAL: 1,
  NAN: 2,
  /** A step for each. */
  STEPS: 3,
  /** A step for each, from the last number that was told so. */
  NUMBERS: 4,
  /** A double for each. */
  DOUBLES: 5,
  /** All the same double. */
  EQUAL_DOUBLE: 6,
} as const;
export type Form = (typeof Form)[keyof typeof Form];
