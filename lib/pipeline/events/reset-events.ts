import { findResets } from "../../derive/resets.ts";
import { exactCount } from "../../format/index.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { Layout } from "../../sample/layout.ts";
import type { Sample } from "../../sample/sample.ts";
import type { SourceMemory } from "../memory/source-memory.ts";
import { LoneMoves, type Untold } from "./lone-moves.ts";

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

/** Offsets that somebody has set, over the samples of one source. */
export class ResetWatch {
  readonly #lone = new LoneMoves();
  #layout: Layout | null = null;
  #rows: ReadonlyMap<string, number> = new Map();

  /**
   * What is clear by now. `memory` is still of the sample before, in the rows of `now`; `previousRow` leads to its own
   * rows where the layout has changed since.
   */
  observe(
    memory: SourceMemory,
    before: Sample,
    now: Sample,
    previousRow: Int32Array | null,
    recent: readonly SourceEvent[],
  ): SourceEvent[] {
    const at = now.finishedAt;
    const events: SourceEvent[] = [];
    const resets = resetsSince(memory, before, now, previousRow);
    const moved = resets.length === 0 ? null : newlyCoordinated([...recent, ...now.events], at);
    for (const reset of resets) {
      const { key } = now.layout.consumers[reset.consumer]!;
      if (moved!(key)) continue;
      const untold = toEvent(reset, now);
      if (reset.isBack) events.push({ ...untold, at });
      else this.#lone.moved(key, at, untold);
    }
    events.push(...this.#lone.due(at, (key) => this.#readersOf(key, now)));
    if (events.length <= GROUPS_TOLD) return events;
    const more = exactCount(events.length - GROUPS_TOLD);
    const title = `Offsets of ${more} more groups were set`;
    return [...events.slice(0, GROUPS_TOLD), { at, kind: "offsets-reset", title }];
  }

  #readersOf(key: string, { layout, consumers }: Sample): number | undefined {
    if (this.#layout !== layout) {
      this.#layout = layout;
      this.#rows = new Map(layout.consumers.map((info, row) => [info.key, row]));
    }
    const row = this.#rows.get(key);
    return row === undefined ? undefined : consumers.readers[row]!;
  }
}

/** One a group and direction. */
function resetsSince(
  memory: SourceMemory,
  before: Sample,
  now: Sample,
  previousRow: Int32Array | null,
): Reset[] {
  const resets = new Map<number, Reset>();
  const { consumer, lane } = now.layout.positions;
  const step = {
    previous: memory.positions.previous,
    position: now.positions.position,
    previousAsOf: before.positions.asOf,
    previousRow,
    consumer,
    lane,
    head: now.lanes.head,
    readers: now.consumers.readers,
    readersGoneSince: memory.consumers.readersGoneSince,
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
  return [...resets.values()];
}

/** Whether a group has got another coordinator just now; an event without a group is about many. */
function newlyCoordinated(events: readonly SourceEvent[], now: number): (key: string) => boolean {
  const moves = events.filter(({ kind, at }) => kind === "coordinator-changed" && now - at < CATCH_UP_MS);
  const keys = new Set(moves.map(({ consumerKey }) => consumerKey));
  return (key) => keys.has(key) || keys.has(undefined);
}

function toEvent(reset: Reset, { layout }: Sample): Untold {
  const { consumer, isBack, from, to, lanes, streams, messages, firstLane } = reset;
  const [stream] = streams;
  const name = layout.streams[stream!]!.name;
  const many = streams.size === 1 ? `${lanes} partitions of ${name}` : `${lanes} partitions`;
  const where = lanes === 1 ? `${name}/${layout.lanes.number[firstLane]!}` : many;
  return {
    kind: "offsets-reset",
    title: `Offsets were set ${isBack ? "back" : "ahead"} by ${exactCount(messages)} on ${where}`,
    ...(lanes === 1 ? { before: `offset ${exactCount(from)}`, after: `offset ${exactCount(to)}` } : {}),
    consumerKey: layout.consumers[consumer]!.key,
  };
}
