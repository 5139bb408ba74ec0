import { WINDOW_MS } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceEvent } from "../../model/source.ts";

/** Of each source. */
export const EVENTS_KEPT = 1_000;
const MINUTE_MS = 60_000;

/** The newest events of a source, oldest first, and how many there was no room for. */
export class RecentEvents {
  private kept: readonly SourceEvent[] = [];
  private total = 0;
  /** Dropped ones by the minute they happened in. */
  private readonly dropped = new Map<number, number>();

  get list(): readonly SourceEvent[] {
    return this.kept;
  }

  /** The number of the oldest one that is kept: each event keeps its number for good. */
  get firstNumber(): number {
    return this.total - this.kept.length;
  }

  add(events: readonly SourceEvent[]): void {
    if (events.length === 0) return;
    const all = [...this.kept, ...events];
    this.total += events.length;
    this.kept = all.slice(-EVENTS_KEPT);
    for (const { at } of all.slice(0, -EVENTS_KEPT)) {
      const minute = Math.floor(at / MINUTE_MS);
      this.dropped.set(minute, (this.dropped.get(minute) ?? 0) + 1);
    }
    this.forget(events.at(-1)!.at);
  }

  /** How many of the last 15 minutes, to the minute, are not kept. */
  droppedAt(now: EpochMs): number {
    this.forget(now);
    let sum = 0;
    for (const count of this.dropped.values()) sum += count;
    return sum;
  }

  private forget(now: EpochMs): void {
    const oldest = Math.floor((now - WINDOW_MS) / MINUTE_MS);
    for (const minute of this.dropped.keys()) if (minute < oldest) this.dropped.delete(minute);
  }
}
