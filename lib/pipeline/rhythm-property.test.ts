/**
 * Readers of every rhythm, by the thousand: whoever keeps to what was seen of it twice is never alarmed about, and
 * whoever stops is always found. Seeded; `STREAMSIDE_RHYTHM_CASES=100000` tries more, `STREAMSIDE_RHYTHM_SEED=2` others.
 */
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { stillAllowedMs, stoodStillMs } from "../derive/status.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { STATUSES, severityOf } from "../model/status.ts";
import type { DerivedPositions } from "../sample/derived.ts";
import { deriveSample } from "./derive-sample.ts";
import { RememberedEvidence } from "./lane-evidence.ts";
import { createMemory } from "./memory/source-memory.ts";
import { layoutOf, observe } from "./test-observation.ts";

const CASES = Number(process.env.STREAMSIDE_RHYTHM_CASES ?? 20_000);
const SEED = Number(process.env.STREAMSIDE_RHYTHM_SEED ?? 1);
/** Cases that are sampled side by side, as consumers of one source: with the same interval, misses and clock. */
const SIDE_BY_SIDE = 250;
const HOUR_MS = 3_600_000;
const LIMITS = DEFAULT_LIMITS.kafka;

const layout = layoutOf({
  streams: Object.fromEntries(Array.from({ length: SIDE_BY_SIDE }, (_, row) => [`s${row}`, 1])),
  consumers: Object.fromEntries(Array.from({ length: SIDE_BY_SIDE }, (_, row) => [`c${row}`, [`s${row}/0`]])),
});

/** A generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (from: number, to: number) => from + next() * (to - from),
    /** As likely from 1 to 10 as from 10 to 100. */
    scaled: (from: number, to: number) => from * (to / from) ** next(),
    oneOf: <T>(...values: readonly T[]): T => values[Math.floor(next() * values.length)]!,
  };
}
type Random = ReturnType<typeof randomFrom>;

type Arrivals = "steady" | "sparse" | "bursts" | "batches";

/** A reader that works in turns, and what is written for it. */
class Reader {
  readonly jitter: number;
  readonly arrivals: Arrivals;
  readonly perSecond: number;
  readonly atMost: number;
  readonly readers: number;
  readonly burstEveryMs: number;
  head = 1_000;
  position = 1_000;
  stopsAt = Number.POSITIVE_INFINITY;
  private arrivedAt = 0;
  private turnAt: number;
  private due = 0;

  constructor(
    readonly rhythmMs: number,
    private readonly random: Random,
  ) {
    this.jitter = random.oneOf(0, 0.1, 0.4);
    this.arrivals = random.oneOf("steady", "sparse", "bursts", "batches");
    this.perSecond =
      this.arrivals === "sparse" ? random.scaled(0.1, 2) / (rhythmMs / 1_000) : random.scaled(0.2, 1_000);
    this.burstEveryMs = rhythmMs * random.scaled(0.5, 6);
    const perTurn = (this.perSecond * rhythmMs) / 1_000;
    // Everything there is, or so much at a time: enough of it, just not, or far from it.
    this.atMost = random.oneOf(
      Number.POSITIVE_INFINITY,
      Math.max(1, Math.ceil(perTurn * random.oneOf(3, 1, 0.5))),
    );
    this.readers = random.oneOf(1, 0, Number.NaN);
    this.turnAt = random.between(0, rhythmMs);
  }

  /** Its longest pause. */
  get longestMs(): number {
    return this.rhythmMs * (1 + this.jitter);
  }

  advance(to: number): void {
    while (this.turnAt <= to) {
      this.arrive(this.turnAt);
      if (this.turnAt < this.stopsAt) this.position += Math.min(this.atMost, this.head - this.position);
      this.turnAt += this.rhythmMs * this.random.between(1 - this.jitter, 1 + this.jitter);
    }
    this.arrive(to);
  }

  private arrive(to: number): void {
    const seconds = (to - this.arrivedAt) / 1_000;
    if (this.arrivals === "sparse") {
      // By chance, one at a time.
      if (this.random.next() < 1 - Math.exp(-this.perSecond * seconds)) this.head++;
    } else if (this.arrivals === "steady") this.due += this.perSecond * seconds;
    else {
      const [before, now] = [
        Math.floor(this.arrivedAt / this.burstEveryMs),
        Math.floor(to / this.burstEveryMs),
      ];
      // All at once, or for a fifth of the time.
      if (this.arrivals === "batches")
        this.due += (now - before) * this.perSecond * (this.burstEveryMs / 1_000);
      else if (to % this.burstEveryMs < this.burstEveryMs / 5) this.due += this.perSecond * 5 * seconds;
    }
    const whole = Math.floor(this.due);
    this.head += whole;
    this.due -= whole;
    this.arrivedAt = to;
  }

  toString(): string {
    const { rhythmMs, jitter, arrivals, perSecond, atMost, readers } = this;
    return `turns every ${rhythmMs.toFixed(0)} ms ± ${jitter * 100} %, at most ${atMost}; ${arrivals} ${perSecond.toFixed(3)}/s; readers ${readers}`;
  }
}

interface Outcome {
  cases: number;
  /** Readers whose rhythm was seen twice before they stopped, and those that were found when they had. */
  seenTwice: number;
  found: number;
  readonly falseAlarms: string[];
  readonly notFound: string[];
}

/** One source with readers of about the same rhythm, all of which stop at some time. */
function watch(seed: number, outcome: Outcome): void {
  const random = randomFrom(seed);
  const about = random.scaled(500, 300_000);
  const readers = layout.consumers.map(
    () => new Reader(Math.min(300_000, Math.max(500, about * random.between(0.7, 1.4))), random),
  );
  const intervalMs =
    about < 20_000
      ? random.oneOf(500, 1_000, 1_000, 2_000, 5_000)
      : random.oneOf(1_000, 2_000, 5_000, 10_000);
  const missed = random.oneOf(0, 0, 0.02, 0.1);
  const setsClock = random.oneOf(0, 0, 0.002);
  const stopsAt = Math.max(90_000, about * random.between(5, 12));
  // The longest limit there can be, and something has to come that can wait.
  const until = stopsAt + Math.min(900_000, Math.max(60_000, about * 5)) + about * 6 + 30_000;
  for (const reader of readers) reader.stopsAt = stopsAt;

  const watched = new WatchedTime(intervalMs);
  const memory = createMemory(layout, watched);
  const obs = observe(layout, { at: 0, head: 0, floor: 0, position: 0, latencyMs: 0 });
  const { head } = obs.lanes;
  const { position } = obs.positions;
  for (const [row, { readers: there }] of readers.entries()) obs.consumers.readers[row] = there;
  const limits = layout.consumers.map(() => LIMITS);

  // The same once more, from the readers themselves.
  const movedAt = readers.map(() => Number.NaN);
  const waitsSince = readers.map(() => Number.NaN);
  const longestGap = readers.map(() => 0);
  const sawPause = readers.map(() => 0);
  const found = new Set<number>();
  const failed = new Set<number>();
  const tell = (row: number, positions: DerivedPositions) => {
    failed.add(row);
    const evidence = new RememberedEvidence(memory, obs, positions.backlog).of(row, row);
    const status = STATUSES[positions.status[row]!];
    return `seed ${seed}, row ${row}: ${status}, stood for ${stoodStillMs(evidence)} ms of ${stillAllowedMs(evidence, LIMITS)}, rhythm ${evidence.seenRhythmMs}; sampled every ${intervalMs} ms, ${missed * 100} % missed; ${readers[row]}`;
  };

  let clock = 1_700_000_000_000;
  let afterFailure = false;
  for (let at = 0; at <= until; at += intervalMs) {
    for (const reader of readers) reader.advance(at);
    if (random.next() < setsClock) clock += random.oneOf(-HOUR_MS, HOUR_MS);
    if (random.next() < missed) {
      afterFailure = random.next() < 0.5;
      continue;
    }
    const before = watched.now;
    const moved = readers.map((reader, row) => at > 0 && reader.position > position[row]!);
    for (const [row, reader] of readers.entries()) {
      head[row] = reader.head;
      position[row] = reader.position;
    }
    obs.lanes.asOf.fill(clock + at);
    obs.positions.asOf.fill(clock + at);
    const { positions } = deriveSample(
      memory,
      { ...obs, finishedAt: clock + at },
      limits,
      null,
      afterFailure,
    );
    afterFailure = false;

    for (const [row, reader] of readers.entries()) {
      if (moved[row]) {
        const waited = before - Math.max(movedAt[row]!, waitsSince[row]!);
        if (movedAt[row]! > watched.brokenAt && waited >= reader.longestMs / 2 - intervalMs) sawPause[row]!++;
        longestGap[row] = Math.max(longestGap[row]!, watched.now - movedAt[row]! || 0);
        movedAt[row] = watched.now;
      }
      if (head[row] === position[row]) waitsSince[row] = Number.NaN;
      else if (Number.isNaN(waitsSince[row]!)) waitsSince[row] = watched.now;
      if (failed.has(row)) continue;

      const isAlarmed = severityOf(STATUSES[positions.status[row]!]!) === "critical";
      if (at < stopsAt) {
        if (isAlarmed && sawPause[row]! >= 2) outcome.falseAlarms.push(tell(row, positions));
        continue;
      }
      if (isAlarmed) found.add(row);
      // Who was never seen to move may stand for a minute, too.
      const stood = watched.now - Math.max(movedAt[row] || 0, waitsSince[row]!);
      const allowed = Math.min(LIMITS.stillMostMs, Math.max(LIMITS.stillUnknownMs, 3 * longestGap[row]!));
      if (!isAlarmed && stood >= allowed + intervalMs) outcome.notFound.push(tell(row, positions));
    }
  }
  outcome.cases += readers.length;
  outcome.seenTwice += sawPause.filter((times) => times >= 2).length;
  outcome.found += found.size;
}

describe("a reader of any rhythm", () => {
  it("is never alarmed about once that was seen twice, and always found when it stops", () => {
    const outcome: Outcome = { cases: 0, seenTwice: 0, found: 0, falseAlarms: [], notFound: [] };
    for (let seed = SEED * 1_000_000; outcome.cases < CASES; seed++) watch(seed, outcome);
    expect(outcome.falseAlarms).toEqual([]);
    expect(outcome.notFound).toEqual([]);
    // And most of them were put to the test.
    expect(outcome.seenTwice).toBeGreaterThan(outcome.cases * 0.7);
    expect(outcome.found).toBeGreaterThan(outcome.cases * 0.95);
  }, 600_000);
});
