import fc from "fast-check";
import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { withLimits } from "../derive/limits.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { STATUSES, type Status } from "../model/status.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import type { Derived } from "../sample/derived.ts";
import type { Sample } from "../sample/sample.ts";
import { type Before, deriveSample } from "./derive-sample.ts";
import { createMemory } from "./memory/source-memory.ts";
import { layoutOf, observe } from "./test-observation.ts";

const LAYOUT = layoutOf({
  streams: { a: 2, b: 1 },
  consumers: { first: ["a"], second: ["a/0", "b"], third: ["b"] },
});
/** The same rows; one of the consumers reads only a part of its streams. */
const COUNTED = {
  ...LAYOUT,
  consumers: LAYOUT.consumers.map((info, row) => (row === 1 ? { ...info, filtered: true } : info)),
};
const LANES = 3;
const POSITIONS = 5;
const STATES = [
  ConsumerFlag.paused,
  ConsumerFlag.held,
  ConsumerFlag.blocked,
  ConsumerFlag.failing,
  ConsumerFlag.redelivering,
];
const RUNS = Number(process.env.STREAMSIDE_RUNS ?? 150);

const rarely = <T>(value: fc.Arbitrary<T>, none: T, weight = 12) =>
  fc.oneof({ weight, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: value });
const each = <T>(count: number, value: fc.Arbitrary<T>) =>
  fc.array(value, { minLength: count, maxLength: count });

/** What happens to a lane, a position and a consumer between two samples. */
const step = fc.record({
  ms: fc.oneof(
    { weight: 12, arbitrary: fc.constant(1_000) },
    { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 45_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -5_000, max: 600_000 }) },
  ),
  afterFailure: rarely(fc.constant(true), false, 20),
  arrive: each(LANES, rarely(fc.nat(40), 0, 2)),
  floor: each(LANES, rarely(fc.nat(400), 0)),
  /** A head that cannot be read, or of a lane that was made anew. */
  head: each(LANES, rarely(fc.constantFrom("unknown", "anew"), null, 30)),
  read: each(POSITIONS, rarely(fc.nat(60), 0, 2)),
  set: each(POSITIONS, rarely(fc.constantFrom("unknown", "back"), null, 30)),
  flags: each(POSITIONS, rarely(fc.constantFrom(ConsumerFlag.inTransaction, ConsumerFlag.ageAtMost), 0, 20)),
  backlog: each(POSITIONS, rarely(fc.nat(9), Number.NaN, 30)),
  readable: each(POSITIONS, rarely(fc.nat(9), Number.NaN, 30)),
  lookUp: each(POSITIONS, rarely(fc.integer({ min: 1, max: 90_000 }), 0, 8)),
  readers: each(3, rarely(fc.nat(2), -1, 15)),
  states: each(3, rarely(fc.constantFrom(...STATES), -1, 25)),
  /** Of systems that count themselves: whether a consumer was asked at all this time, and what it tells then. */
  asked: each(3, rarely(fc.constant(false), true, 3)),
  due: each(3, rarely(fc.oneof(fc.nat(40), fc.constant(Number.NaN)), 0, 3)),
  finished: each(3, rarely(fc.oneof(fc.nat(40), fc.constant(Number.NaN)), 0, 3)),
  leaves: each(3, rarely(fc.constantFrom(0, 5_000, 90_000), -1, 8)),
  inFlight: each(POSITIONS, rarely(fc.nat(9), -1, 8)),
  lost: each(POSITIONS, rarely(fc.nat(9), -1, 15)),
  waits: each(POSITIONS, rarely(fc.nat(60), -1, 4)),
  /** Nothing happens: most of the time. */
  isQuiet: fc.oneof(
    { weight: 4, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** The samples of a small cluster of a system that tells where consumers stand. */
function* samplesOf(
  steps: readonly Step[],
): Generator<{ readonly sample: Sample; readonly afterFailure: boolean }> {
  let at = 1_700_000_000_000;
  const head = [1_000, 1_000, 1_000];
  const floor = [0, 0, 0];
  const position = Array.from({ length: POSITIONS }, () => 990);
  const since = Array.from({ length: POSITIONS }, () => Number.NaN);
  const readers = [1, 1, 0];
  const states = [0, 0, 0];
  for (const now of steps) {
    at += now.ms;
    const shown = { head: [...head], position: [...position] };
    if (!now.isQuiet) {
      for (let lane = 0; lane < LANES; lane++) {
        head[lane]! += now.arrive[lane]!;
        if (now.head[lane] === "anew") head[lane] = 5;
        floor[lane] = Math.min(head[lane]!, Math.max(floor[lane]!, floor[lane]! + now.floor[lane]!));
        if (now.head[lane] === "anew") floor[lane] = 0;
        shown.head[lane] = now.head[lane] === "unknown" ? Number.NaN : head[lane]!;
      }
      for (let row = 0; row < POSITIONS; row++) {
        const before = position[row]!;
        const lane = LAYOUT.positions.lane[row]!;
        position[row] = Math.min(Math.max(before, head[lane]!), before + now.read[row]!);
        if (now.set[row] === "back") position[row] = Math.max(0, before - 30);
        if (position[row] !== before) since[row] = Number.NaN;
        if (now.lookUp[row]! > 0 && position[row]! < head[lane]!) since[row] = at - now.lookUp[row]!;
        shown.position[row] = now.set[row] === "unknown" ? Number.NaN : position[row]!;
      }
      for (let consumer = 0; consumer < 3; consumer++) {
        if (now.readers[consumer]! >= 0) readers[consumer] = now.readers[consumer]!;
        if (now.states[consumer]! >= 0) states[consumer] = states[consumer] === 0 ? now.states[consumer]! : 0;
      }
    }
    const seen = observe(LAYOUT, { at });
    yield {
      afterFailure: now.afterFailure,
      sample: {
        ...seen,
        lanes: { ...seen.lanes, head: Float64Array.from(shown.head), floor: Float64Array.from(floor) },
        positions: {
          ...seen.positions,
          position: Float64Array.from(shown.position),
          backlog: Float64Array.from(now.isQuiet ? position.map(() => Number.NaN) : now.backlog),
          readable: Float64Array.from(now.isQuiet ? position.map(() => Number.NaN) : now.readable),
          flags: Uint16Array.from(now.isQuiet ? position.map(() => 0) : now.flags),
          unreadSince: Float64Array.from(since),
        },
        consumers: {
          ...seen.consumers,
          readers: Float64Array.from(readers),
          flags: Uint16Array.from(states),
        },
      },
    };
  }
}

/** The same of a system that counts what waits, is out and was lost itself, and that need not be asked every time. */
function* countedSamplesOf(steps: readonly Step[]): ReturnType<typeof samplesOf> {
  const dueTotal = [500, 500, 500];
  const outTotal = [400, 400, 400];
  const leavesAt = [Number.NaN, Number.NaN, Number.NaN];
  const told = {
    backlog: new Array<number>(POSITIONS).fill(10),
    inFlight: new Array<number>(POSITIONS).fill(0),
    lost: new Array<number>(POSITIONS).fill(0),
    asOf: new Array<number>(POSITIONS).fill(0),
  };
  for (const [index, { sample, afterFailure }] of [...samplesOf(steps)].entries()) {
    const now = steps[index]!;
    const at = sample.finishedAt;
    const shown = { due: [...dueTotal], out: [...outTotal] };
    for (let consumer = 0; consumer < 3; consumer++) {
      if (!now.asked[consumer]) continue;
      if (now.leaves[consumer]! >= 0) leavesAt[consumer] = at + (now.leaves[consumer]! || Number.NaN);
      if (now.isQuiet) continue;
      shown.due[consumer] = dueTotal[consumer]! + now.due[consumer]!;
      shown.out[consumer] = outTotal[consumer]! + now.finished[consumer]!;
      dueTotal[consumer] = shown.due[consumer]! || dueTotal[consumer]!;
      outTotal[consumer] = shown.out[consumer]! || outTotal[consumer]!;
    }
    for (let row = 0; row < POSITIONS; row++) {
      if (index > 0 && !now.asked[LAYOUT.positions.consumer[row]!]) continue;
      told.asOf[row] = at;
      if (now.isQuiet) continue;
      if (now.waits[row]! >= 0) told.backlog[row] = now.waits[row]!;
      if (now.inFlight[row]! >= 0) told.inFlight[row] = now.inFlight[row]!;
      if (now.lost[row]! >= 0) told.lost[row] = now.lost[row]!;
    }
    yield {
      afterFailure,
      sample: {
        ...sample,
        layout: COUNTED,
        positions: {
          position: sample.positions.position,
          backlog: Float64Array.from(told.backlog),
          inFlight: Float64Array.from(told.inFlight),
          lost: Float64Array.from(told.lost),
          latencyMs: null,
          unreadSince: null,
          asOf: Float64Array.from(told.asOf),
          member: sample.positions.member,
        },
        consumers: {
          ...sample.consumers,
          dueTotal: Float64Array.from(shown.due),
          outTotal: Float64Array.from(shown.out),
          leavesAt: Float64Array.from(leavesAt),
        },
      },
    };
  }
}

it.each([
  ["tells where consumers stand", LAYOUT, samplesOf],
  ["counts itself what waits for them", COUNTED, countedSamplesOf],
])("what is carried over in a system that %s is what looking again would say", (_, layout, samples) => {
  const set = fc.record({
    lateMs: fc.constantFrom(20_000, 60_000),
    stalledMs: fc.constantFrom(undefined, 5_000, 30_000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 150 }), set, (steps, user) => {
      const limits = layout.consumers.map(() => withLimits(DEFAULT_LIMITS.kafka, user));
      const [memory, looking] = [0, 1].map(() => createMemory(layout, new WatchedTime(1_000)));
      let before: Before | null = null;
      for (const { sample, afterFailure } of samples(steps)) {
        const derived = deriveSample(memory!, sample, limits, before, afterFailure);
        const looked = deriveSample(looking!, sample, limits, null, afterFailure);
        expect(derived).toEqual(looked);
        before = { sample, derived };
      }
    }),
    { numRuns: RUNS },
  );
});

it("a change for the better is told once it has held, though nothing moves any more", () => {
  const layout = layoutOf({ streams: { a: 1 }, consumers: { c: ["a"] } });
  const memory = createMemory(layout, new WatchedTime(1_000));
  const limits = [withLimits(DEFAULT_LIMITS.kafka, { stalledMs: 5_000 })];
  let before: Before | null = null;
  const shown: Status[] = [];
  for (let second = 0; second <= 40; second++) {
    const at = 1_700_000_000_000 + second * 1_000;
    const [head, position] = second < 20 ? [100, 90] : [101, 101];
    const sample = observe(layout, { at, head, floor: 0, position });
    const derived: Derived = deriveSample(memory, sample, limits, before);
    before = { sample, derived };
    shown.push(STATUSES[derived.consumers.status[0]!]!);
  }
  const { recoveryMs } = limits[0]!;
  expect(shown[19]).toBe("stalled");
  expect(shown[20 + recoveryMs / 1_000 - 1]).toBe("stalled");
  expect(shown[20 + recoveryMs / 1_000]).toBe("ok");
});

it("what is better in one way and then in another has been better all the time", () => {
  const layout = layoutOf({ streams: { a: 1 }, consumers: { c: ["a"] } });
  const memory = createMemory(layout, new WatchedTime(1_000));
  const limits = [withLimits(DEFAULT_LIMITS.kafka, { stalledMs: 5_000 })];
  const { idleMs, recoveryMs } = limits[0]!;
  // Caught up half a recovery before the lane has been quiet for so long that it is called idle.
  const caughtUp = (idleMs - recoveryMs / 2) / 1_000;
  let before: Before | null = null;
  const shown: Status[] = [];
  for (let second = 0; second <= caughtUp + (recoveryMs * 2) / 1_000; second++) {
    const at = 1_700_000_000_000 + second * 1_000;
    const sample = observe(layout, { at, head: 100, floor: 0, position: second < caughtUp ? 90 : 100 });
    const derived: Derived = deriveSample(memory, sample, limits, before);
    before = { sample, derived };
    shown.push(STATUSES[derived.consumers.status[0]!]!);
  }
  expect(shown[caughtUp + recoveryMs / 1_000 - 1]).toBe("stalled");
  expect(shown[caughtUp + recoveryMs / 1_000]).toBe("idle");
});
