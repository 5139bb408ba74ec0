import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OwnCounts } from "../../connection/own-calls.ts";
import { createServerTally, type OwnPart, serverSection } from "./server-section.ts";

const server = (started: number, succeeded: number, failed: number, serverId = "1") => ({
  ref: { serverId },
  data: { callsStarted: `${started}`, callsSucceeded: `${succeeded}`, callsFailed: `${failed}` },
});
const own = (counts: Partial<OwnCounts>, serverId = 1): OwnPart => ({
  serverId,
  counts: { started: 0, succeeded: 0, failed: 0, unclear: 0, ...counts },
});

describe("the calls of a server", () => {
  it("are those since the first look, without Streamside's own, each by how it ended", () => {
    const tally = createServerTally();
    const first = own({ started: 5, succeeded: 3, failed: 1 });
    expect(tally(server(1_000, 900, 100), first)).toEqual({ started: 0, succeeded: 0, failed: 0 });
    // Of 30 new ones, Streamside's are 10: it asks after two services, of which the server knows one.
    const then = own({ started: 15, succeeded: 8, failed: 6 });
    expect(tally(server(1_030, 910, 120), then)).toEqual({ started: 20, succeeded: 5, failed: 15 });
  });

  it("are as they were last known where Streamside's own are not known exactly", () => {
    const tally = createServerTally();
    expect(tally(server(70, 70, 0), { serverId: 1, counts: null }).started).toBeNaN();
    tally(server(100, 100, 0), own({ started: 10, succeeded: 10 }));
    tally(server(103, 102, 1), own({ started: 12, succeeded: 11 }));
    const known = { started: 1, succeeded: 1, failed: 1 };
    expect(tally(server(120, 117, 3), { serverId: 1, counts: null })).toEqual(known);
  });

  it("do not count what Streamside did before its connection was recognised", () => {
    const tally = createServerTally();
    tally(server(100, 100, 0), null);
    const recognised = own({ started: 30, succeeded: 30 });
    expect(tally(server(120, 120, 0), recognised)).toEqual({ started: 0, succeeded: 0, failed: 0 });
    expect(tally(server(126, 125, 1), own({ started: 32, succeeded: 32 }))).toMatchObject({
      started: 4,
      failed: 1,
    });
  });

  it("are exactly those of others, whatever Streamside's own come to", () => {
    const ending = fc.constantFrom("succeeded", "failed", "unclear", "live");
    const step = fc.record({
      others: fc.array(fc.constantFrom("succeeded", "failed", "live"), { maxLength: 5 }),
      own: fc.array(ending, { maxLength: 5 }),
      isExact: fc.boolean(),
      // What a server makes of a call that was cut off, or that it does not serve.
      counted: fc.constantFrom("not at all", "started", "succeeded", "failed"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const tally = createServerTally();
        const total = { started: 50, succeeded: 40, failed: 9 };
        const mine = { started: 0, succeeded: 0, failed: 0, unclear: 0 };
        const look = (isExact: boolean) =>
          tally(server(total.started, total.succeeded, total.failed), {
            serverId: 1,
            counts: isExact ? { ...mine } : null,
          });
        look(true);
        // Growth of others since the last look of which all was clear.
        const truth = { started: 0, succeeded: 0, failed: 0 };
        let pending = { ...truth };
        let isClear = true;
        for (const { others, own, isExact, counted } of steps) {
          for (const how of others) {
            pending.started++;
            total.started++;
            if (how === "live") continue;
            pending[how]++;
            total[how]++;
          }
          for (const how of own) {
            mine.started++;
            if (how !== "live") mine[how]++;
            if (how === "unclear") isClear = false;
            if (how !== "unclear" || counted !== "not at all") total.started++;
            if (how === "succeeded" || how === "failed") total[how]++;
            else if (how === "unclear" && (counted === "succeeded" || counted === "failed")) total[counted]++;
          }
          const told = look(isExact);
          if (isExact) {
            if (isClear)
              for (const field of ["started", "succeeded", "failed"] as const) truth[field] += pending[field];
            pending = { started: 0, succeeded: 0, failed: 0 };
            isClear = true;
          }
          expect(told).toEqual(truth);
        }
      }),
    );
  });

  it("of a server that Streamside is not connected to are all its calls", () => {
    const tally = createServerTally();
    tally(server(100, 100, 0), own({ started: 10 }, 2));
    expect(tally(server(104, 103, 1), own({ started: 90 }, 2))).toEqual({
      started: 4,
      succeeded: 3,
      failed: 1,
    });
  });

  it("are not known where they are not told", () => {
    const tally = createServerTally();
    expect(tally({ ref: { serverId: "1" } }, null).started).toBeNaN();
    expect(tally(server(50, 50, 0), null).started).toBe(0);
    expect(tally(server(-1, 51, 0), null)).toEqual({ started: Number.NaN, succeeded: 1, failed: 0 });
    expect(tally(server(53, 52, 0), null).started).toBe(3);
  });

  it("are said to include Streamside's own where those cannot be told apart", () => {
    const calls = { started: 1, succeeded: 1, failed: 0 };
    const entry = { id: 7, name: "", listens: ["[::]:1", "[::]:2"], connections: 3, calls };
    expect(serverSection([entry], true, 5)).toMatchObject({
      note: expect.stringContaining("left out"),
      rows: [{ id: "7", cells: ["server 7", "[::]:1, [::]:2", 3, 1, 1, 0] }],
    });
    expect(serverSection([entry], false, 5).note).toContain("could not be told from the others");
  });
});
