import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { withLimits } from "../derive/limits.ts";
import { classifyLane } from "../derive/status.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { STATUSES } from "../model/status.ts";
import { deriveSample } from "./derive-sample.ts";
import { RememberedEvidence } from "./lane-evidence.ts";
import { createMemory } from "./memory/source-memory.ts";
import { layoutOf, observe } from "./test-observation.ts";

const layout = layoutOf({ streams: { t: 1 }, consumers: { c: ["t"] } });

describe("a position that is judged straight from its columns", () => {
  const step = fc.record({
    arrive: fc.oneof(fc.constant(0), fc.nat(50)),
    read: fc.oneof(fc.constant(0), fc.nat(60)),
    floor: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1_500) }),
    back: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(100) }),
    seconds: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
    ),
  });

  it("is what the specification says of it, whatever it did", () => {
    const set = fc.record({
      stalledMs: fc.option(fc.integer({ min: 1_000, max: 60_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 120 }),
        set,
        fc.nat(2),
        (steps, user, readers) => {
          const limits = withLimits(DEFAULT_LIMITS.kafka, { ...user, lateMs: 20_000 });
          const memory = createMemory(layout, new WatchedTime(1_000));
          let [at, head, position] = [1_000_000, 1_000, 990];
          for (const { arrive, read, floor, back, seconds } of steps) {
            at += seconds * 1_000;
            head += arrive;
            position = Math.max(0, Math.min(head, position + read) - back);
            const observation = observe(layout, {
              at,
              head,
              floor: Math.min(floor, head),
              position,
              readers,
            });
            const { positions } = deriveSample(memory, observation, [limits], null);
            const judged = STATUSES[positions.status[0]!];
            expect(judged).toBe(
              classifyLane(new RememberedEvidence(memory, observation, positions.backlog).of(0, 0), limits),
            );
          }
        },
      ),
    );
  });
});
