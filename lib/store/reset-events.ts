import type { Observation } from "../collectors/contract.ts";
import { findResets } from "../derive/resets.ts";
import { exactCount } from "../format/index.ts";
import type { SourceEvent } from "../model/source.ts";
import type { SourceColumns } from "./source-columns.ts";

/** A new coordinator may tell older offsets at first, until it knows what the one before it knew. */
const CATCH_UP_MS = 10_000;
/** Of groups whose offsets are set at once, this many are told one by one. */
const GROUPS_TOLD = 20;

/** Positions of one consumer that were set, in the same direction. */
interface Reset {
  readonly consumer: number;
  readonly isBack: boolean;
  readonly from: number;
  readonly to: number;
  readonly streams: Set<number>;
  readonly firstLane: number;
  lanes: number;
  messages: number;
}

/**
 * Offsets that somebody has set since the last sample. `columns` still remember that one, in the rows of `now`;
 * `previousRow` leads to its own rows where the layout has changed since.
 */
export function resetEvents(
  columns: SourceColumns,
  before: Observation,
  now: Observation,
  previousRow: Int32Array | null,
  recent: readonly SourceEvent[],
): SourceEvent[] {
  const resets = new Map<number, Reset>();
  const { consumer, lane } = now.layout.positions;
  const step = {
    previous: columns.positions.previous,
    position: now.positions.position,
    previousAsOf: before.positions.asOf,
    previousRow,
    consumer,
    lane,
    head: now.lanes.head,
    readers: now.consumers.readers,
    readersGoneSince: columns.consumers.readersGoneSince,
  };
  findResets(step, (row, from, to) => {
    const isBack = to < from;
    const key = consumer[row]! * 2 + (isBack ? 0 : 1);
    let reset = resets.get(key);
    if (reset === undefined) {
      const firstLane = lane[row]!;
      reset = {
        consumer: consumer[row]!,
        isBack,
        from,
        to,
        streams: new Set(),
        firstLane,
        lanes: 0,
        messages: 0,
      };
      resets.set(key, reset);
    }
    reset.lanes++;
    reset.messages += Math.abs(to - from);
    reset.streams.add(now.layout.lanes.stream[lane[row]!]!);
  });
  if (resets.size === 0) return [];
  const moved = newlyCoordinated([...recent, ...now.events], now.finishedAt);
  const all = [...resets.values()].filter(({ consumer }) => !moved(now.layout.consumers[consumer]!.key));
  const told = all.slice(0, GROUPS_TOLD).map((reset) => toEvent(reset, now));
  if (all.length > told.length) {
    const more = exactCount(all.length - told.length);
    told.push({
      at: now.finishedAt,
      kind: "offsets-reset",
      title: `Offsets of ${more} more groups were set`,
    });
  }
  return told;
}

/** Whether a group has got another coordinator just now; an event without a group is about many. */
function newlyCoordinated(events: readonly SourceEvent[], now: number): (key: string) => boolean {
  const moves = events.filter(({ kind, at }) => kind === "coordinator-changed" && now - at < CATCH_UP_MS);
  const keys = new Set(moves.map(({ consumerKey }) => consumerKey));
  return (key) => keys.has(key) || keys.has(undefined);
}

function toEvent(reset: Reset, { layout, finishedAt }: Observation): SourceEvent {
  const { consumer, isBack, from, to, lanes, streams, messages, firstLane } = reset;
  const [stream] = streams;
  const name = layout.streams[stream!]!.name;
  const many = streams.size === 1 ? `${lanes} partitions of ${name}` : `${lanes} partitions`;
  const where = lanes === 1 ? `${name}/${layout.lanes.number[firstLane]!}` : many;
  return {
    at: finishedAt,
    kind: "offsets-reset",
    title: `Offsets were set ${isBack ? "back" : "ahead"} by ${exactCount(messages)} on ${where}`,
    ...(lanes === 1 ? { before: `offset ${exactCount(from)}`, after: `offset ${exactCount(to)}` } : {}),
    consumerKey: layout.consumers[consumer]!.key,
  };
}
