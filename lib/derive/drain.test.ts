import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Drain, STATUSES, type Status } from "../model/status.ts";
import { type DrainEvidence, drainOf } from "./drain.ts";
import { TRENDS } from "./low-points.ts";

const within = (seconds: number, most: number): Drain => ({ kind: "in", seconds, most });
const none: Drain = { kind: "none" };
const never: Drain = { kind: "never" };
const steady: Drain = { kind: "steady" };
const unknown: Drain = { kind: "unknown" };

const pace = (whole: number, lately: number) => ({ whole, lately });
const notKnown = pace(Number.NaN, Number.NaN);

describe("drainOf", () => {
  it.each<[string, Partial<DrainEvidence>, Drain]>([
    ["nothing waits", { backlog: 0 }, none],
    ["nothing waits, whatever was wrong", { backlog: 0, status: "losing" }, none],
    ["what waits is not known", { backlog: Number.NaN }, unknown],
    ["what it has in hand", { trend: "level" }, steady],
    ["an old level is a debt", { status: "late", trend: "level" }, never],
    ["so is one beside a loss", { status: "losing", trend: "level" }, never],
    ["a backlog that shrinks", { trend: "shrinking", shrinking: pace(50, 50) }, within(20, 20)],
    ["faster lately", { trend: "shrinking", shrinking: pace(50, 100) }, within(10, 20)],
    ["slower lately", { trend: "shrinking", shrinking: pace(100, 50) }, within(10, 20)],
    ["not at all lately", { trend: "shrinking", shrinking: pace(100, -5) }, within(10, 10)],
    [
      "an old one that shrinks",
      { status: "late", trend: "shrinking", shrinking: pace(10, 10) },
      within(100, 100),
    ],
    ["a pace that goes nowhere", { trend: "shrinking", shrinking: pace(-1, 0) }, unknown],
    ["a pace nobody knows", { trend: "shrinking", shrinking: notKnown }, unknown],
    ["no trend yet", { trend: "unknown" }, unknown],
    ["late of a lane, no trend of the whole yet", { status: "late", trend: "unknown" }, unknown],
    ["behind, although the sum shrinks", { status: "behind", trend: "shrinking" }, never],
    ["nobody works it off", { status: "stopped", trend: "shrinking" }, never],
    ["paused", { status: "paused" }, unknown],
    ["held", { status: "held" }, unknown],
    ["not sampled any more", { status: "unknown" }, unknown],
  ])("%s", (_case, given, drain) => {
    const evidence = {
      backlog: 1_000,
      status: "ok",
      trend: "level",
      shrinking: pace(50, 50),
      ...given,
    } as const;
    expect(drainOf(evidence)).toEqual(drain);
  });

  const number = fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constant(Number.NaN));
  const any = fc.record({
    backlog: fc.oneof(fc.nat(), fc.constant(Number.NaN)),
    status: fc.constantFrom<Status>(...STATUSES),
    trend: fc.constantFrom(...TRENDS),
    shrinking: fc.record({ whole: number, lately: number }),
  });

  it("never promises a time that is negative, endless or the wrong way round", () => {
    fc.assert(
      fc.property(any, (evidence) => {
        const drain = drainOf(evidence);
        if (drain.kind !== "in") return;
        expect(drain.seconds).toBeGreaterThan(0);
        expect(drain.most).toBeGreaterThanOrEqual(drain.seconds);
        expect(Number.isFinite(drain.most)).toBe(true);
      }),
    );
  });

  it("has no end in sight for whoever is behind or stands still, and a time only for what shrinks", () => {
    fc.assert(
      fc.property(any, (evidence) => {
        const { kind } = drainOf(evidence);
        if (evidence.backlog > 0 && ["behind", "stalled", "stopped", "blocked"].includes(evidence.status)) {
          expect(kind).toBe("never");
        }
        if (kind === "in") expect(evidence.trend).toBe("shrinking");
        if (kind === "steady") expect(evidence.status).toBe("ok");
      }),
    );
  });

  it("promises nothing at a pace next to nothing", () => {
    const shrinking = { whole: 5e-324, lately: 0 };
    expect(drainOf({ backlog: 1, status: "losing", trend: "shrinking", shrinking })).toEqual({
      kind: "unknown",
    });
  });
});
