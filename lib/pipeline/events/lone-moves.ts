import type { EpochMs } from "../../model/reading.ts";
import type { SourceEvent } from "../../model/source.ts";

/** A reader that is no member commits again within this, until it is known how often it does. */
const AGAIN_WITHIN_MS = 60_000;
/** … and once that is known, within so many of its longest pauses. */
const PAUSES = 3;
/** Who has stood still for so long is forgotten. */
const MOST_MS = 15 * 60_000;

/** An event without the time it is told at. */
export type Untold = Omit<SourceEvent, "at" | "began">;

interface Mover {
  movedAt: EpochMs;
  /** The longest time between two of its moves; 0: only one was seen. */
  pauseMs: number;
  /** What is told of its last move if no other one follows; null: it moves by itself, or that was told. */
  untold: Untold | null;
  /** It has stood still for longer than it does: what comes next may be somebody else's. */
  isOver: boolean;
}

/**
 * Moves ahead of groups without members. Who assigns partitions to itself (Flink, Spark, any `assign()`) commits under a
 * group's name and is no member of it, and so does an administrator who sets offsets: one move says nothing, but a
 * reader moves again. So the first one waits. Another one: it was a reader's, and so is what follows until it has stood
 * still for longer than it ever did. None, or members again: somebody has set them. A reader that moves less often than is
 * waited for is mistaken once, and known from then on.
 */
export class LoneMoves {
  readonly #movers = new Map<string, Mover>();

  /** A group's offsets went ahead while nobody was in it. */
  moved(key: string, at: EpochMs, untold: Untold): void {
    const mover = this.#movers.get(key);
    if (mover === undefined) {
      this.#movers.set(key, { movedAt: at, pauseMs: 0, untold, isOver: false });
      return;
    }
    mover.pauseMs = Math.max(mover.pauseMs, at - mover.movedAt);
    mover.movedAt = at;
    mover.untold = mover.isOver ? untold : null;
    mover.isOver = false;
  }

  /**
   * What has become clear by now. `readersOf`: members of a group; undefined: it is gone.
   * A clock that was set back starts the wait anew.
   */
  due(now: EpochMs, readersOf: (key: string) => number | undefined): SourceEvent[] {
    const events: SourceEvent[] = [];
    for (const [key, mover] of this.#movers) {
      const readers = readersOf(key);
      if (readers === undefined) {
        this.#movers.delete(key);
        continue;
      }
      if (now < mover.movedAt) mover.movedAt = now;
      const stoodMs = now - mover.movedAt;
      const isJoined = readers > 0;
      mover.isOver ||= stoodMs >= Math.min(MOST_MS, Math.max(AGAIN_WITHIN_MS, PAUSES * mover.pauseMs));
      if (!mover.isOver && !isJoined) continue;
      if (mover.untold !== null) events.push({ ...mover.untold, at: now, began: mover.movedAt });
      mover.untold = null;
      if (isJoined || stoodMs >= MOST_MS) this.#movers.delete(key);
    }
    return events;
  }
}
