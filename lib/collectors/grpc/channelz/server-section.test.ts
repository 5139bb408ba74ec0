import { describe, expect, it } from "vitest";
import { createServerTally, type OwnCalls, serverSection } from "./server-section.ts";

const server = (started: number, succeeded: number, failed: number, serverId = "1") => ({
  ref: { serverId },
  data: { callsStarted: `${started}`, callsSucceeded: `${succeeded}`, callsFailed: `${failed}` },
});
const own = (streamsStarted: number, misses = 0, serverId = 1): OwnCalls => ({
  ...{ serverId, misses },
  socket: { streamsStarted, streamsSucceeded: streamsStarted, streamsFailed: 0 },
});

describe("the calls of a server", () => {
  it("are those since the first look, without Streamside's own", () => {
    const tally = createServerTally();
    expect(tally(server(1_000, 900, 100), own(5))).toEqual({ started: 0, succeeded: 0, failed: 0 });
    expect(tally(server(1_025, 910, 115), own(10))).toEqual({ started: 20, succeeded: 5, failed: 15 });
    // Own ones that were answered with an error: their streams ended well, their calls did not.
    expect(tally(server(1_030, 912, 118), own(15, 3))).toEqual({ started: 20, succeeded: 5, failed: 15 });
  });

  it("do not fall because Streamside asked between two counts", () => {
    const tally = createServerTally();
    tally(server(100, 100, 0), own(10));
    expect(tally(server(104, 104, 0), own(12)).started).toBe(2);
    expect(tally(server(104, 104, 0), own(16)).started).toBe(2);
    expect(tally(server(109, 109, 0), own(16)).started).toBe(3);
  });

  it("of a server that Streamside is not connected to are all its calls", () => {
    const tally = createServerTally();
    tally(server(100, 100, 0), own(10, 0, 2));
    expect(tally(server(104, 103, 1), own(90, 0, 2))).toEqual({ started: 4, succeeded: 3, failed: 1 });
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
