import type { Layout } from "../../../sample/layout.ts";
import type { Member } from "../../../sample/sample.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { isCall, type Lane, type ShownPeer } from "./shown.ts";
import { type Numbers, nextNumber } from "./shown-peers.ts";

export interface PlacedLanes {
  readonly layout: Pick<Layout, "lanes">;
  /** Row for row also the positions. */
  readonly lanes: readonly Lane[];
  /** Row of each call that is a lane. */
  readonly laneOf: ReadonlyMap<BookedCall, number>;
  readonly members: readonly Member[];
  /** By lane: row of `members`; -1: it is no call. */
  readonly memberOf: Int32Array;
}

/** The lanes of a layout while it is made: calls that were lanes before keep their numbers. */
export class LaneRows {
  readonly lanes: Lane[] = [];
  readonly laneOf = new Map<BookedCall, number>();
  readonly members: Member[] = [];
  readonly #memberOf: number[] = [];
  readonly #number: number[] = [];
  readonly #stream: number[] = [];
  readonly #consumer: number[] = [];
  readonly #before: PlacedLanes | null;
  readonly #numbers: Numbers;

  constructor(before: PlacedLanes | null, numbers: Numbers) {
    this.#before = before;
    this.#numbers = numbers;
  }

  get count(): number {
    return this.lanes.length;
  }

  get memberOf(): Int32Array {
    return Int32Array.from(this.#memberOf);
  }

  addPeer(peer: ShownPeer, stream: number, consumer: number): void {
    for (const lane of lanesOf(peer)) {
      if (isCall(lane)) this.#addCall(lane, consumer);
      else {
        this.#number.push(lane.number);
        this.#memberOf.push(-1);
      }
      this.lanes.push(lane);
      this.#stream.push(stream);
      this.#consumer.push(consumer);
    }
  }

  #addCall(call: BookedCall, consumer: number): void {
    const before = this.#before;
    const row = before?.laneOf.get(call);
    const isNew = before === null || row === undefined;
    this.#number.push(isNew ? nextNumber(this.#numbers) : before.layout.lanes.number[row]!);
    this.laneOf.set(call, this.lanes.length);
    this.#memberOf.push(this.members.length);
    this.members.push(mapMember(call, consumer, isNew ? null : before.members[before.memberOf[row]!]!));
  }

  /** @param addresses null: there is but one */
  describe(addresses: ReadonlyMap<BookedProcess, string> | null): Layout["lanes"] {
    return {
      count: this.count,
      stream: Int32Array.from(this.#stream),
      number: Int32Array.from(this.#number),
      label: this.lanes.map((lane) => labelOf(lane, addresses)),
    };
  }

  /** Every lane has one position. */
  positions(start: readonly number[]): Layout["positions"] {
    return {
      count: this.count,
      consumer: Int32Array.from(this.#consumer),
      lane: Int32Array.from(this.lanes.keys()),
      start: Int32Array.from(start),
    };
  }
}

function lanesOf(peer: ShownPeer): Lane[] {
  const lanes: Lane[] = [];
  let hasPool = false;
  for (const { peer: booked } of peer.parts) {
    if (booked.host === null) hasPool = true;
    for (const call of booked.calls.values()) lanes.push(call);
  }
  if (hasPool || lanes.length === 0) lanes.push(peer);
  return lanes;
}

/** @param before as it was in the rows before; null: it was not there */
function mapMember({ row }: BookedCall, consumer: number, before: Member | null): Member {
  const host = row.peer || "unknown peer";
  if (before?.consumer === consumer && before.host === host) return before;
  return { id: `call ${row.id}`, clientId: row.clientName || `call ${row.id}`, host, consumer };
}

/** @param addresses null: there is but one */
function labelOf(lane: Lane, addresses: ReadonlyMap<BookedProcess, string> | null): string {
  if (isCall(lane)) {
    const { row, process } = lane;
    const label = `call ${row.id} · ${row.peer || "unknown peer"}`;
    return addresses === null ? label : `${label} at ${addresses.get(process)}`;
  }
  if (lane.host !== null) return "no live call";
  return lane.parts.some(({ process, peer }) => process.from === "metrics" || peer.method.flow === "calls")
    ? "all calls"
    : "other calls";
}
