import { expect, it } from "vitest";
import { describeGoaway } from "./link.ts";
import { LinkLog } from "./link-log.ts";

it.each([
  [0, undefined, "GOAWAY NO_ERROR"],
  [11, Buffer.from("too_many_pings"), "GOAWAY ENHANCE_YOUR_CALM (too_many_pings)"],
  [4_000_000_000, Buffer.from([0, 255, 65, 10, 66]), "GOAWAY code 4000000000 (A B)"],
  [2, Buffer.alloc(1_000, "x"), `GOAWAY INTERNAL_ERROR (${"x".repeat(100)} …)`],
] as const)("a GOAWAY of code %i is told as text", (code, data, text) => {
  expect(describeGoaway(code, data)).toBe(text);
});

it("a connection's loss is told once, with the reason that came first", () => {
  let at = 1_000;
  const log = new LinkLog("quotes:1", { now: () => at });
  log.connecting();
  log.connected();
  expect(log.state).toEqual({ state: "READY", since: 1_000, reconnects: 0, lastLoss: null });
  at = 2_000;
  log.onGoaway("GOAWAY NO_ERROR");
  expect([log.state.state, log.isOpen]).toEqual(["IDLE", true]);
  log.onLost("ECONNRESET");
  expect([log.isOpen, log.state.lastLoss]).toEqual([false, { at: 2_000, reason: "GOAWAY NO_ERROR" }]);
  log.connecting();
  at = 5_400;
  log.connected();
  log.lost("ECONNRESET");
  expect(log.takeEvents().map(({ kind, title }) => [kind, title])).toEqual([
    ["goaway", "quotes:1 asks to be left: GOAWAY NO_ERROR"],
    ["connection back", "Connected again to quotes:1 after 3 s"],
    ["connection lost", "The connection to quotes:1 was lost: ECONNRESET"],
  ]);
  expect(log.state).toMatchObject({ state: "IDLE", reconnects: 1, lastLoss: { reason: "ECONNRESET" } });
});

it("a server that ends connections by age is told of once in a while, unless it stays away", () => {
  let at = 0;
  const log = new LinkLog("quotes:1", { now: () => at });
  const turn = (lastsMs: number, awayMs: number) => {
    log.connected();
    at += lastsMs;
    log.onGoaway("GOAWAY NO_ERROR (max_age)");
    at += awayMs;
  };
  const titles = () => log.takeEvents().map(({ title }) => title);
  turn(60_000, 10);
  turn(60_000, 10);
  turn(60_000, 10);
  expect(titles()).toEqual([
    "quotes:1 asks to be left: GOAWAY NO_ERROR (max_age)",
    "Connected again to quotes:1 after 10 ms",
  ]);
  turn(60_000, 5_000);
  log.connected();
  expect(titles()).toEqual(["Connected again to quotes:1 after 5 s; GOAWAY NO_ERROR (max_age)"]);
  expect(log.state.reconnects).toBe(4);
  at += 600_000;
  log.onGoaway("GOAWAY NO_ERROR (max_age)");
  log.connected();
  log.onGoaway("GOAWAY ENHANCE_YOUR_CALM (too_many_pings)");
  expect(titles()).toHaveLength(3);
});
