import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import { deriveSample } from "./derive-sample.ts";
import { KeptEvidence, RememberedEvidence } from "./lane-evidence.ts";
import { createMemory } from "./memory/source-memory.ts";
import { layoutOf, observe, type SampleText } from "./test-observation.ts";

const layout = layoutOf({ streams: { t: 1 }, consumers: { c: ["t"] } });

/** What is known of the one position after a sample of these columns, with these flags of its own. */
function evidence(sample: Omit<SampleText, "at"> = {}, flags = 0, readable: number | null = null) {
  const seen = observe(layout, { at: 1_000, head: 100, floor: 0, position: 90, ...sample });
  const observation = {
    ...seen,
    positions: {
      ...seen.positions,
      flags: Uint16Array.of(flags),
      readable: readable === null ? null : Float64Array.of(readable),
    },
  };
  const memory = createMemory(layout, new WatchedTime(1_000));
  const derived = deriveSample(memory, observation, [DEFAULT_LIMITS.kafka], null);
  const remembered = new RememberedEvidence(memory, observation, derived.positions.backlog).of(0, 0);
  // Whoever looks at it later sees the same.
  const kept = new KeptEvidence(observation, derived).of(0, 0);
  for (const [field, value] of Object.entries(remembered)) {
    if (typeof value !== "object" && field in kept)
      expect([field, kept[field as "now"]]).toEqual([field, value]);
  }
  expect([kept.trend(), kept.growth()]).toEqual([remembered.trend(), null]);
  return kept;
}

describe("what is known of a position", () => {
  it("has the readers of its consumer, and none where nobody has the lane or answers on its connection", () => {
    expect(evidence({ readers: 3 }).readers).toBe(3);
    expect(evidence({ readers: 3 }, ConsumerFlag.unassigned).readers).toBe(0);
    expect(evidence({ readers: 3 }, ConsumerFlag.gone).readers).toBe(0);
  });

  it("is not held up by a window that nobody opens any more", () => {
    expect(evidence({}, ConsumerFlag.blocked).blocked).toBe(true);
    expect(evidence({}, ConsumerFlag.blocked | ConsumerFlag.gone).blocked).toBe(false);
  });

  it("takes the whole backlog for readable where nothing else is told, and never more than it", () => {
    expect(evidence()).toMatchObject({ backlog: 10, readable: 10 });
    expect(evidence({}, 0, Number.NaN).readable).toBe(10);
    expect(evidence({}, 0, 4).readable).toBe(4);
    expect(evidence({}, 0, 12).readable).toBe(10);
  });

  it("counts as lost what lies below the floor, unless the system tells or a filter makes it meaningless", () => {
    expect(evidence({ floor: 95 })).toMatchObject({ lost: 5, lostAtLeast: false });
    expect(evidence({ floor: 95, lost: 3 })).toMatchObject({ lost: 3, lostAtLeast: true });
  });
});
