import { describe, expect, it } from "vitest";
import type { System } from "../../model/system.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, type FedTable } from "../../store/test-store.ts";
import { type LayoutText, layoutOf, observe, type SampleText } from "../test-observation.ts";

type Step = Omit<SampleText, "at"> & { readonly layout?: LayoutText };

const ORDERS: LayoutText = { streams: { orders: 3 }, consumers: { billing: ["orders"] } };
const at = (...offsets: number[]) =>
  Object.fromEntries(offsets.map((offset, lane) => [`billing orders/${lane}`, offset]));

/** A minute in which nothing moves any more: by then it is clear who moved. */
const QUIET = Array.from({ length: 61 }, (): Step => ({}));

/** What is told over these samples, one a second, besides what their collector tells. */
function told(steps: readonly Step[], kind: System = "kafka") {
  const table = addSource(new Store(), "s", kind);
  let rows = layoutOf(ORDERS);
  let text = ORDERS;
  steps.forEach(({ layout = ORDERS, ...step }, n) => {
    if (layout !== text) rows = layoutOf(layout);
    text = layout;
    table.accept(observe(rows, { at: n * 1_000, head: 1_000, floor: 0, readers: 0, ...step }), COST);
  });
  return resetsOf(table);
}

function resetsOf(table: FedTable) {
  return table.events.filter(({ kind }) => kind !== "status" && kind !== "outage");
}

describe("offsets that somebody sets", () => {
  it("are told once, with how far and from where to where", () => {
    expect(told([{ position: at(500, 500, 500) }, { position: at(500, 20, 500) }, {}])).toEqual([
      {
        at: 1_000,
        kind: "offsets-reset",
        title: "Offsets were set back by 480 on orders/1",
        before: "offset 500",
        after: "offset 20",
        consumerKey: "billing",
      },
    ]);
  });

  it("are one event a group and direction", () => {
    const empty = { position: at(500, 500, 500) };
    const set = { position: at(0, 0, 900) };
    expect(told([empty, empty, empty, set, ...QUIET]).map(({ title }) => title)).toEqual([
      "Offsets were set back by 1,000 on 2 partitions of orders",
      "Offsets were set ahead by 400 on orders/2",
    ]);
  });

  it("are not the last commits of a reader that leaves", () => {
    expect(
      told([
        { position: at(500, 500, 500), readers: 1 },
        { position: at(600, 500, 500) },
        { position: at(600, 500, 500) },
        ...QUIET,
      ]),
    ).toEqual([]);
  });

  it("are seen in the sample in which the layout changes, too", () => {
    const wider: LayoutText = { streams: { a: 1, orders: 3 }, consumers: { billing: ["a", "orders"] } };
    const empty = { position: at(500, 500, 500) };
    expect(
      told([
        empty,
        empty,
        empty,
        { layout: wider, position: { ...at(500, 500, 700), "billing a/0": 1 } },
        ...QUIET.map((step) => ({ ...step, layout: wider })),
      ]),
    ).toMatchObject([{ title: "Offsets were set ahead by 200 on orders/2" }]);
  });

  it.each([
    ["this group", { consumerKey: "billing" }, []],
    ["many groups", {}, []],
    ["another group", { consumerKey: "other" }, ["Offsets were set back by 480 on orders/1"]],
  ])("are not what a new coordinator of %s remembers at first", (_which, key, expected) => {
    const move = { at: 1_000, kind: "coordinator-changed", title: "", ...key };
    const events = told([
      { position: at(500, 500, 500) },
      { position: at(500, 20, 500), events: [move] },
      { position: at(500, 500, 500), readers: 1 },
    ]);
    expect(events.filter(({ kind }) => kind === "offsets-reset").map(({ title }) => title)).toEqual(expected);
  });

  const before = { position: at(500, 500, 500) };
  const stands = (seconds: number): Step[] => Array.from({ length: seconds }, () => ({}));
  /** Moves every so many seconds, so often. */
  const reads = (times: number, every: number): Step[] =>
    Array.from({ length: times }, (_, n) => [
      { position: at(500 + 10 * (n + 1), 500, 500) },
      ...stands(every - 1),
    ]).flat();

  it("ahead are told once it is clear that no reader moved them, with when it was", () => {
    const events = told([before, before, before, { position: at(500, 500, 900) }, ...stands(59)]);
    expect(events, "a reader may move again").toEqual([]);
    expect(told([before, before, before, { position: at(500, 500, 900) }, ...stands(60)])).toEqual([
      {
        at: 63_000,
        began: 3_000,
        kind: "offsets-reset",
        title: "Offsets were set ahead by 400 on orders/2",
        before: "offset 500",
        after: "offset 900",
        consumerKey: "billing",
      },
    ]);
  });

  it("ahead are told as soon as there are members again", () => {
    const back = { position: at(500, 500, 900), readers: 2 };
    expect(told([before, before, before, { position: at(500, 500, 900) }, before, back])).toMatchObject([
      { kind: "offsets-reset" },
      { at: 5_000, began: 3_000, title: "Offsets were set ahead by 400 on orders/2" },
    ]);
  });

  it.each([
    ["every second", 50, 1],
    ["every 5 s", 20, 5],
    ["every 50 s", 5, 50],
  ])("are not the commits of a reader without membership, %s, nor its last one", (_often, times, every) => {
    expect(told([before, before, ...reads(times, every), ...stands(4 * every + 70)])).toEqual([]);
  });

  it("are told of a reader without membership that stopped long before", () => {
    const events = told([
      before,
      before,
      ...reads(10, 5),
      ...stands(70),
      { position: at(1_000, 500, 500) },
      ...stands(230), // that pause may have been its own: three of them
    ]);
    expect(events).toMatchObject([{ title: "Offsets were set ahead by 400 on orders/0" }]);
  });

  it("are those of a reader that pauses for longer than a minute only once, until its second commit", () => {
    const events = told([before, before, ...reads(6, 100), ...stands(400)]);
    expect(events).toMatchObject([{ began: 2_000, title: "Offsets were set ahead by 10 on orders/0" }]);
  });

  it("are told for twenty groups and counted for the others", () => {
    const names = Array.from({ length: 50 }, (_, n) => `g${n}`);
    const layout: LayoutText = {
      streams: { orders: 1 },
      consumers: Object.fromEntries(names.map((name) => [name, ["orders"]])),
    };
    const events = told([
      { layout, position: 500 },
      { layout, position: 0 },
    ]);
    expect(events).toHaveLength(21);
    expect(events.at(-1)?.title).toBe("Offsets of 30 more groups were set");
  });

  it("are not what a cluster has forgotten that was down", () => {
    const table = addSource(new Store(), "s");
    const rows = layoutOf(ORDERS);
    const accept = (at: number, position: number) =>
      table.accept(observe(rows, { at, head: 1_000, position, readers: 0 }), COST);
    accept(0, 500);
    table.fail({ code: "UNREACHABLE", message: "", hint: "", at: 1_000, nextTryAt: null, attempts: 1 });
    accept(2_000, 400);
    expect(resetsOf(table)).toEqual([]);
    accept(3_000, 300);
    expect(resetsOf(table)).toMatchObject([{ kind: "offsets-reset" }]);
  });

  it("are Kafka's alone", () => {
    expect(told([{ position: 500 }, { position: 0 }], "nats")).toEqual([]);
  });
});
