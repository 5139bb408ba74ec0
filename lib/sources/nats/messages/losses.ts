/**
 * What a filtered consumer has lost at least. Where it stands says nothing of that: what lies between there and the
 * stream's floor may all have been other messages. Proof is an unread message that was seen and is below the floor now.
 */

/** What was known of a consumer when its first unread message was looked up, and what is known to be lost since. */
export interface Unread {
  /** The first unread message as it was then. */
  readonly sequence: number;
  /** Messages ever due to it (waiting and delivered) then … */
  due: number;
  /** … all of which have no higher sequence than this. NaN until the stream was read after the consumer. */
  last: number;
  /** Lost before that. */
  counted: number;
  /** The most that could be proven so far; 0: nothing is lost. */
  lost: number;
}

/** How a consumer and its stream stand now. */
export interface Standing {
  /** Its first unfinished message. */
  readonly position: number;
  /** The stream's first and last message, read before the consumer. */
  readonly floor: number;
  readonly last: number;
  /** Messages waiting to be delivered to it, and ever delivered: a message delivered twice counts twice. */
  readonly pending: number;
  readonly delivered: number;
}

export function unreadAt(sequence: number, { pending, delivered }: Standing): Unread {
  return { sequence, due: pending + delivered, last: Number.NaN, counted: 0, lost: 0 };
}

/** Whether it has finished what was its first unread message. */
export function isPast({ sequence }: Unread, { position }: Pick<Standing, "position">): boolean {
  return position > sequence;
}

/** Messages that were removed before it read them, at least; 0: none that is known of. */
export function countLost(unread: Unread, now: Standing): number {
  const { position, floor, last, pending, delivered } = now;
  if (Number.isNaN(unread.last)) unread.last = last;
  if (!(floor > unread.sequence && position <= unread.sequence)) return unread.lost;
  unread.lost = Math.max(1, unread.lost);
  const due = pending + delivered;
  if (Number.isNaN(due)) return unread.lost;
  // What is due only grows, but for what is removed before it was delivered.
  let gone = unread.counted + Math.max(0, unread.due - due);
  if (floor > unread.last) {
    // Of all that was waiting then, nothing is left but what it was given since.
    gone = unread.counted + Math.max(0, unread.due - delivered);
    unread.counted = gone;
    unread.due = due;
    unread.last = Number.NaN;
  }
  unread.lost = Math.max(unread.lost, Math.min(gone, floor - position));
  return unread.lost;
}
