import { describe, expect, it } from "vitest";
import { COST, FedTable } from "../store/test-store.ts";
import { layoutOf, observe, type SampleText } from "./test-observation.ts";

const newTable = () =>
  new FedTable({ identity: { id: "k", kind: "kafka", name: "K" }, address: "k:9092", intervalMs: 1_000 });

describe("positions to look up", () => {
  const layout = layoutOf({
    streams: { orders: 3, quiet: 1 },
    consumers: { near: ["orders/0"], far: ["orders"], done: ["quiet"], new: ["quiet"] },
  });
  const names = ["near 0", "far 0", "far 1", "far 2", "done", "new"];
  const sample = (at: number, more: Partial<SampleText> = {}): SampleText => ({
    at,
    head: { "orders/0": 100, "orders/1": 900, "orders/2": 500, "quiet/0": 8 },
    floor: 0,
    position: {
      "near orders/0": 95,
      "far orders/0": 10,
      "far orders/1": 0,
      "far orders/2": 20,
      "done quiet/0": 8,
    },
    ...more,
  });
  const offered = (table: FedTable) => table.unaged().map((row) => names[row]);

  it("are none before the first sample", () => {
    expect(newTable().unaged()).toEqual([]);
  });

  it("begin with the worst of each consumer, the worst consumer first; then all others with a backlog", () => {
    const table = newTable();
    table.accept(observe(layout, sample(1_000)), COST);
    expect(offered(table).slice(0, 2)).toEqual(["far 1", "near 0"]);
    expect(offered(table).slice(2).sort()).toEqual(["far 0", "far 2"]);
  });

  it("leave out what was looked up and stands still, and what has a bracket", () => {
    const table = newTable();
    const unreadSince = { "far orders/0": -5_000, "far orders/1": -9_000 };
    table.accept(observe(layout, sample(1_000)), COST);
    table.accept(observe(layout, sample(2_000, { unreadSince })), COST);
    expect(offered(table).slice(0, 2), "seen for the first time: may still move").toEqual([
      "far 1",
      "near 0",
    ]);
    for (const at of [11_000, 20_000]) table.accept(observe(layout, sample(at, { unreadSince })), COST);
    expect(offered(table)).toEqual(["far 2", "near 0"]);
    // The head of orders/0 passed 95 between two samples: `near` is now inside the history.
    const head = { "orders/0": 200, "orders/1": 900, "orders/2": 500, "quiet/0": 8 };
    const position = { "near orders/0": 150, "far orders/2": 20 };
    table.accept(observe(layout, sample(21_000, { head, position })), COST);
    expect(offered(table)).toEqual(["far 2"]);
  });

  it("keep one that was looked up and moves: it will need another look", () => {
    const table = newTable();
    const unreadSince = { "far orders/1": -9_000 };
    for (let second = 1; second <= 30; second++) {
      const position = { "far orders/1": second };
      table.accept(observe(layout, sample(second * 1_000, { position, unreadSince })), COST);
    }
    expect(offered(table)).toEqual(["far 1"]);
  });

  it("are also of consumers with a filter, and never of those without a position", () => {
    const narrow = layoutOf({
      streams: { orders: 1 },
      consumers: { f: { reads: ["orders"], filtered: true }, app: { reads: ["orders"], kind: "connection" } },
    });
    const table = newTable();
    const position = { "f orders/0": 3 };
    table.accept(observe(narrow, { at: 1_000, head: 50, floor: 0, position, backlog: 7 }), COST);
    expect(table.unaged()).toEqual([0]);
  });

  it("are at most a hundred, and over time every one of them", () => {
    const wide = layoutOf({ streams: { orders: 300 }, consumers: { far: ["orders"] } });
    const table = newTable();
    table.accept(observe(wide, { at: 1_000, head: 50, floor: 0, position: 1 }), COST);
    const seen = new Set<number>();
    for (let round = 0; round < 10; round++) {
      const rows = table.unaged();
      expect(new Set(rows).size).toBe(rows.length);
      expect(rows.length).toBeLessThanOrEqual(100);
      for (const row of rows) seen.add(row);
    }
    expect(seen.size).toBe(300);
  });

  it("are the worst when there are more consumers than room", () => {
    const groups = Array.from({ length: 80 }, (_, n) => `group-${n}`);
    const many = layoutOf({
      streams: { orders: 1 },
      consumers: Object.fromEntries(groups.map((name) => [name, ["orders"]])),
    });
    const table = newTable();
    const position = Object.fromEntries(groups.map((name, n) => [`${name} orders/0`, (n * 37) % 80]));
    table.accept(observe(many, { at: 1_000, head: 100, floor: 0, position }), COST);
    const backlogs = table.unaged().map((row) => table.sampled!.derived.positions.backlog[row]!);
    expect(backlogs.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, n) => 100 - n));
    expect(new Set(table.unaged()).size).toBe(80);
  });
});
