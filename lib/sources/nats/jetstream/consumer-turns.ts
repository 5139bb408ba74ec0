import type { EpochMs } from "../../../model/reading.ts";
import type { ConsumerEntry, StreamEntry } from "./entries.ts";
import type { Part } from "./snapshot.ts";

/** Readers that come to a quiet stream, or leave it, show within this. */
const QUIET_MS = 5_000;
/** Where something moved at the last look, or was written since, it goes before those that were asked for so much earlier. */
const HEAD_START_MS = 2_000;
/**
 * Consumers asked for a second, at most. Each takes a server about 10 µs, and 20 µs where it keeps its state in a file
 * and has never delivered anything: the file is looked for each time. So this is 6 % of a core at most.
 */
const MOST_A_SECOND = 3_000;

interface Turn {
  /** As it was told right before its consumers were. */
  entry: StreamEntry;
  consumers: Part<ConsumerEntry>;
  /** Nothing had moved since the look before. */
  still: boolean;
  /** Nothing was waiting or out. */
  idle: boolean;
  askedAt: EpochMs;
}

/**
 * Which streams' consumers to ask for in a sample of one account. Asking costs the server by consumer. Where nothing
 * waits and nothing has been written since, nothing can have moved: such streams take turns. Others are asked for every
 * time, as far as that is bearable for the server; what moves goes first, then what was not asked for longest.
 */
export class ConsumerTurns {
  readonly #turns = new Map<string, Turn>();
  #plannedAt = Number.NaN;

  /**
   * @param streams as they are now · @param focus names of those that someone looks at
   * @returns names of those to ask for now
   */
  plan(streams: readonly StreamEntry[], focus: ReadonlySet<string>, now: EpochMs): ReadonlySet<string> {
    const elapsedMs = Math.min(QUIET_MS, now - this.#plannedAt || 0);
    this.#plannedAt = now;
    this.#forget(streams);
    const asked = new Set<string>();
    const others: StreamEntry[] = [];
    const quiet: StreamEntry[] = [];
    for (const entry of streams) {
      if (entry.consumerCount === 0) {
        this.#turns.delete(entry.name);
        continue;
      }
      const turn = this.#turns.get(entry.name);
      if (turn === undefined || focus.has(entry.name)) asked.add(entry.name);
      else {
        if (hasMoved(turn.entry, entry)) turn.still = false;
        (turn.still && turn.idle ? quiet : others).push(entry);
      }
    }
    let left = (MOST_A_SECOND * elapsedMs) / 1_000;
    for (const { name, consumerCount } of this.#inOrder(others)) {
      if (left <= 0) break;
      asked.add(name);
      left -= consumerCount;
    }
    const turns = Math.ceil((quiet.length * elapsedMs) / QUIET_MS);
    for (const { name } of this.#inOrder(quiet).slice(0, turns)) asked.add(name);
    return asked;
  }

  /** What was told of a stream's consumers at their last turn. */
  last({ name }: StreamEntry): Part<ConsumerEntry> {
    return this.#turns.get(name)?.consumers ?? { items: [], missing: [] };
  }

  took(entry: StreamEntry, consumers: Part<ConsumerEntry>, askedAt: EpochMs): void {
    const before = this.#turns.get(entry.name)?.consumers;
    const still = isStill(consumers, before);
    this.#turns.set(entry.name, { entry, consumers, still, idle: isIdle(consumers), askedAt });
  }

  #forget(streams: readonly StreamEntry[]): void {
    if (this.#turns.size === 0) return;
    const created = new Map(streams.map(({ name, createdAt }) => [name, createdAt]));
    for (const [name, { entry }] of this.#turns) {
      if (created.get(name) !== entry.createdAt) this.#turns.delete(name);
    }
  }

  #inOrder(streams: StreamEntry[]): StreamEntry[] {
    const rank = ({ name }: StreamEntry) => {
      const { still, askedAt } = this.#turns.get(name)!;
      return still ? askedAt : askedAt - HEAD_START_MS;
    };
    return streams.sort((a, b) => rank(a) - rank(b));
  }
}

function hasMoved(before: StreamEntry, now: StreamEntry): boolean {
  return (
    before.lastSeq !== now.lastSeq ||
    before.consumerCount !== now.consumerCount ||
    before.subjects !== now.subjects ||
    before.cluster?.leader !== now.cluster?.leader
  );
}

function isIdle(part: Part<ConsumerEntry>): boolean {
  return (
    part !== "failed" &&
    part.items.every((now) => now.numPending === 0 && now.numAckPending === 0 && !now.paused)
  );
}

function isStill(part: Part<ConsumerEntry>, before: Part<ConsumerEntry> | undefined): boolean {
  if (part === "failed" || before === "failed" || before === undefined || part.missing.length > 0)
    return false;
  return (
    part.items.length === before.items.length &&
    part.items.every((now, i) => {
      const then = before.items[i]!;
      return (
        now.name === then.name &&
        now.createdAt === then.createdAt &&
        now.deliveredConsumerSeq === then.deliveredConsumerSeq &&
        now.ackFloorConsumerSeq === then.ackFloorConsumerSeq &&
        now.numAckPending === then.numAckPending
      );
    })
  );
}
