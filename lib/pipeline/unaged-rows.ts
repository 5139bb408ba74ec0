import { PROVENANCES } from "../model/reading.ts";
import { LOOKED_UP_LATELY_MS } from "./judge-sample.ts";
import type { SourceMemory } from "./memory/source-memory.ts";
import type { Sampled } from "./sampled.ts";

const INTERPOLATED = PROVENANCES.indexOf("interpolated");
/** At most this many rows are told: the worst position of the worst consumers, then others in turn. */
const WORST = 60;
const IN_TURN = 40;
/** A position that was looked up and moved within this time will probably move again: it needs another look. */
const MOVING_MS = 10_000;

/**
 * Which positions to look up because the history of their lane's head has no bracket for them. A consumer's figure is
 * that of its worst position, so each consumer's worst comes first; the rest has its turn, so that positions which
 * cannot be looked up (no permission) do not stand before the others forever. Objects are made for the result only.
 */
export class UnagedRows {
  private readonly rows = new Int32Array(WORST);
  private readonly ages = new Float64Array(WORST);
  private readonly backlogs = new Float64Array(WORST);
  private count = 0;
  private turn = 0;

  /** Rows of the sample's layout, worst first. */
  of(sampled: Pick<Sampled, "layout" | "sample" | "derived">, memory: SourceMemory): number[] {
    const { start, count } = sampled.layout.positions;
    const { backlog, latencyMs } = sampled.derived.positions;
    if (sampled.sample.positions.latencyMs !== null) return [];
    this.count = 0;
    for (let consumer = 0; consumer + 1 < start.length; consumer++) {
      let worst = -1;
      for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
        if (!isUnaged(sampled, memory, row)) continue;
        if (worst < 0 || isWorse(latencyMs[row]!, backlog[row]!, latencyMs[worst]!, backlog[worst]!)) {
          worst = row;
        }
      }
      if (worst >= 0) this.insert(worst, latencyMs[worst]!, backlog[worst]!);
    }
    const found = Array.from(this.rows.subarray(0, this.count));
    if (found.length === 0) return found;
    const first = new Set(found);
    const end = found.length + IN_TURN;
    for (let step = 0; step < count && found.length < end; step++) {
      this.turn = this.turn + 1 < count ? this.turn + 1 : 0;
      if (isUnaged(sampled, memory, this.turn) && !first.has(this.turn)) found.push(this.turn);
    }
    return found;
  }

  private insert(row: number, age: number, backlog: number): void {
    const { rows, ages, backlogs } = this;
    let at = this.count;
    if (at === WORST && !isWorse(age, backlog, ages[at - 1]!, backlogs[at - 1]!)) return;
    if (at < WORST) this.count++;
    else at--;
    while (at > 0 && isWorse(age, backlog, ages[at - 1]!, backlogs[at - 1]!)) {
      rows[at] = rows[at - 1]!;
      ages[at] = ages[at - 1]!;
      backlogs[at] = backlogs[at - 1]!;
      at--;
    }
    rows[at] = row;
    ages[at] = age;
    backlogs[at] = backlog;
  }
}

/** Something waits behind a position there, the head's history has no bracket for it, and it is not known or will have moved by the next sample. */
function isUnaged(
  { sample, derived }: Pick<Sampled, "sample" | "derived">,
  { positions: { movedAt, lookedUpAt }, watched }: SourceMemory,
  row: number,
): boolean {
  const { backlog, latencyProvenance } = derived.positions;
  const lately = sample.finishedAt - lookedUpAt[row]! <= LOOKED_UP_LATELY_MS;
  if (!(backlog[row]! > 0) || (latencyProvenance[row] === INTERPOLATED && !lately)) return false;
  const { unreadSince, position } = sample.positions;
  if (Number.isNaN(position[row]!)) return false;
  return unreadSince === null || Number.isNaN(unreadSince[row]!) || watched.now - movedAt[row]! < MOVING_MS;
}

function isWorse(age: number, backlog: number, thanAge: number, thanBacklog: number): boolean {
  const a = age || 0; // not known: nothing to go by
  const b = thanAge || 0;
  return a > b || (a === b && backlog > thanBacklog);
}
