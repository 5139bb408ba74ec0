/** What only the system itself can say about a consumer. */
export const ConsumerFlag = {
  /** It cannot be given more until it acknowledges or reads (ack-pending limit, closed flow-control window). */
  blocked: 1,
  /** An administrator paused it. */
  paused: 2,
  /** Some of what it holds has been delivered before. */
  redelivering: 4,
  /** More of its calls end in an error of the server than should. */
  failing: 8,
  /** Its connection is there, but nobody answers on it any more: as good as no reader. */
  gone: 16,
  /** It is given less than there is because it is set up so (replay at the original pace, a priority group below its minimum). */
  held: 32,
  /** A position: its consumer has readers, and none of them reads anything of this stream any more. */
  left: 64,
  /** A position: its consumer has readers, and nobody of them has this lane. */
  unassigned: 128,
  /** A position: it stands where an open transaction begins, and what follows waits for its end. */
  inTransaction: 256,
  /** A position: what `latencyMs` or `unreadSince` tell is of a message at or before the first unread one. */
  ageAtMost: 512,
} as const;
