import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { Layout } from "../../../sample/layout.ts";

const UNREAD = ConsumerFlag.left | ConsumerFlag.unassigned;

export interface FlagInput {
  readonly layout: Layout;
  /** What members and kinds of groups tell; null: nothing. */
  readonly told: Uint16Array | null;
  /** By consumer: 0 where nobody vouches now for what its members were told to be. */
  readonly vouched: Uint8Array;
  readonly unreadSince: Float64Array | null;
  /** By stream: no message that is still there can have been written before this, EpochMs. */
  readonly oldestPossible: Float64Array;
}

/** Bits of `ConsumerFlag` by position, without those of transactions; `told` itself where there is nothing to change. */
export function mapPositionFlags({
  layout,
  told,
  vouched,
  unreadSince,
  oldestPossible,
}: FlagInput): Uint16Array | null {
  const { lanes, positions } = layout;
  let flags = told;
  const change = () => {
    if (flags === null || flags === told) flags = told?.slice() ?? new Uint16Array(positions.count);
    return flags;
  };
  for (let consumer = 0; told !== null && consumer < vouched.length; consumer++) {
    if (vouched[consumer] === 1) continue;
    const changed = change();
    for (let row = positions.start[consumer]!; row < positions.start[consumer + 1]!; row++) {
      changed[row]! &= ~UNREAD;
    }
  }
  for (let row = 0; unreadSince !== null && row < unreadSince.length; row++) {
    // A producer stamps what it likes: such a message is younger than it says.
    if (unreadSince[row]! < oldestPossible[lanes.stream[positions.lane[row]!]!]!) {
      change()[row]! |= ConsumerFlag.ageAtMost;
    }
  }
  return flags;
}

/** … and with those of the rows that stand where an open transaction begins. */
export function withHeld(
  flags: Uint16Array | null,
  count: number,
  held: readonly number[],
): { readonly flags?: Uint16Array } {
  if (held.length === 0) return flags === null ? {} : { flags };
  const changed = flags?.slice() ?? new Uint16Array(count);
  for (const row of held) changed[row]! |= ConsumerFlag.inTransaction;
  return { flags: changed };
}
