/** What is known of one position and of the lane and stream it stands in; NaN is "not known", Infinity "no limit". */
export interface RetainedPosition {
  /** Age of the first unread message; with `ageAtLeast` it may be older. */
  readonly ageMs: number;
  readonly ageAtLeast: boolean;
  /** Messages of the lane from that one on. */
  readonly messages: number;
  /** Mean size of the lane's messages, and how many are written a second. */
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  /** How long messages are kept, and how many of them and how many bytes the lane may hold. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly retentionMessages: number;
}

/**
 * How long, in ms, the first unread message is safe from retention at least: what is left of its time, or until the
 * messages behind it fill what the lane may hold, whichever ends first. 0: it may go any moment. Infinity: nothing
 * takes it. NaN: not known.
 *
 * Systems remove whole segments of messages, some time after they may: a message may live longer than this.
 */
export function safeFromRetention(position: RetainedPosition): number {
  const byTime = leftByTime(position);
  const { messages, messageBytes, messagesPerSecond, retentionBytes, retentionMessages } = position;
  const bySize = leftBySize(messages * messageBytes, messagesPerSecond * messageBytes, retentionBytes);
  const byCount = leftBySize(messages, messagesPerSecond, retentionMessages);
  // What is over by one limit is over, whatever the others; otherwise a limit that is not known might come first.
  return byTime === 0 || bySize === 0 || byCount === 0 ? 0 : Math.min(byTime, bySize, byCount);
}

function leftByTime({ ageMs, ageAtLeast, retentionMs }: RetainedPosition): number {
  if (retentionMs === Number.POSITIVE_INFINITY) return retentionMs;
  const left = Math.max(0, retentionMs - ageMs);
  // Of an age that is a lower bound follows an upper bound here, which says nothing unless it is 0.
  return ageAtLeast && left > 0 ? Number.NaN : left;
}

/** The same for a limit of what a lane holds, in bytes or messages. */
function leftBySize(held: number, perSecond: number, limit: number): number {
  if (limit === Number.POSITIVE_INFINITY) return limit;
  const room = limit - held;
  if (room <= 0) return 0;
  if (Number.isNaN(room) || Number.isNaN(perSecond)) return Number.NaN;
  return perSecond > 0 ? (room * 1000) / perSecond : Number.POSITIVE_INFINITY;
}
