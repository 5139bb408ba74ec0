import type { Plan } from "../groups/plan.ts";
import type { UnreadableRun } from "../wire/unreadable.ts";

/** Of each lane. */
const RUNS_KEPT = 100;

/** From a position up to `next` nothing can be read; at `next` something can, or it was not seen yet. */
export type Run = Omit<UnreadableRun, "transactional">;

/** What was found of positions, by lane: it holds for whoever stands there, and over a change of layout. */
export class UnreadableRuns {
  readonly #byName = new Map<string, Map<number, Run>>();
  #byLane: (Map<number, Run> | undefined)[] = [];

  /** From now on lanes are those of this plan. */
  adopt({ layout: { lanes, streams } }: Plan): void {
    this.#byLane = [];
    if (this.#byName.size === 0) return;
    lanes.stream.forEach((stream, lane) => {
      this.#byLane[lane] = this.#byName.get(laneName(streams[stream]!.name, lanes.number[lane]!));
    });
  }

  at(lane: number, position: number): Run | undefined {
    return this.#byLane[lane]?.get(position);
  }

  /** How far nothing can be read; the position itself where nothing was found. */
  nextOf(lane: number, position: number): number {
    return this.at(lane, position)?.next ?? position;
  }

  /** `found` may have been looked for from further on: from where what was known already ends. */
  keep(lane: number, topic: string, partition: number, position: number, found: Run): void {
    const before = this.at(lane, position);
    const isBlankBefore = before === undefined || before.blank === before.next;
    const run = isBlankBefore ? found : { ...found, blank: before.blank };
    let runs = this.#byLane[lane];
    // Positions move on: what was found where nobody stands any more is of no use.
    if (!runs || runs.size >= RUNS_KEPT) {
      runs = new Map();
      this.#byName.set(laneName(topic, partition), runs);
      this.#byLane[lane] = runs;
    }
    runs.set(position, run);
  }

  forget(topic: string): void {
    for (const name of this.#byName.keys()) if (topicOf(name) === topic) this.#byName.delete(name);
  }
}

export const laneName = (topic: string, partition: number) => `${partition}/${topic}`;
const topicOf = (name: string) => name.slice(name.indexOf("/") + 1);
