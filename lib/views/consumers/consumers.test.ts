import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../derive/default-limits.fixture.ts";
import { consumersQuery, type QueryOf } from "../../model/live.ts";
import { type LayoutText, layoutOf, observe } from "../../pipeline/test-observation.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, FedTable, feed, feedKafka, kafkaStore } from "../../store/test-store.ts";
import { viewOverview } from "../overview.ts";
import { viewConsumers } from "./consumers.ts";

const NOW = 60_000;

function ask(store: Store, query: Partial<QueryOf<"consumers">> = {}, now = NOW) {
  return viewConsumers(store.at(now), consumersQuery.parse({ view: "consumers", ...query }));
}
const names = (store: Store, query: Partial<QueryOf<"consumers">> = {}) =>
  ask(store, query).rows.map(({ name }) => name);

/** Consumers with a backlog by name that neither grows nor shrinks; null: never committed. */
function storeOf(backlogs: Record<string, number | null>): Store {
  const store = new Store();
  feed(
    store,
    addSource(store, "src"),
    { streams: { s: 1 }, consumers: Object.fromEntries(Object.keys(backlogs).map((name) => [name, ["s"]])) },
    60,
    (second) => ({
      head: 10_000 + second * 10,
      floor: 0,
      position: Object.fromEntries(
        Object.entries(backlogs).map(([name, backlog]) => [
          `${name} s/0`,
          backlog === null ? Number.NaN : 10_000 + second * 10 - backlog,
        ]),
      ),
    }),
  );
  return store;
}

describe("viewConsumers", () => {
  it("shows a consumer with everything known of it", () => {
    const { store } = kafkaStore();
    const slow = ask(store).rows[0];
    expect(slow).toEqual({
      id: "prod:slow",
      source: "prod",
      sourceName: "Source prod",
      system: "kafka",
      kind: "classic group",
      name: "slow",
      stream: "orders",
      account: null,
      detail: null,
      status: "behind",
      because: expect.stringMatching(
        /^Falls behind: [\d,]+ messages waiting, the oldest for 30\.0 s; 100\/s arrive, 50\.0\/s are finished\. It grew from [\d,]+ to [\d,]+ messages in \d+ s\.$/,
      ),
      since: expect.any(Number),
      isCurrent: true,
      ignored: false,
      backlog: { value: 3_000, provenance: "measured" },
      backlogUnit: "messages",
      inFlight: null,
      latencyMs: { value: expect.closeTo(30_000, -2), provenance: "interpolated" },
      inPerSecond: { value: 100, provenance: "measured" },
      outPerSecond: { value: 50, provenance: "measured" },
      drain: { kind: "never" },
      retention: null,
      firstLoss: null,
      asOf: NOW,
      spark: [...new Array(56).fill(null), 700, 1_450, 2_200, 2_950],
      folded: null,
    });
  });

  it("ranks the worst first, across sources, and counts all", () => {
    const { store } = kafkaStore();
    feedKafka(store, addSource(store, "other"));
    const { meta, rows } = ask(store);
    expect(rows.map(({ id }) => id)).toEqual(["other:slow", "prod:slow", "other:billing", "prod:billing"]);
    expect(meta).toEqual({
      total: 4,
      rows: 4,
      all: 4,
      connections: 0,
      counts: { critical: 0, warning: 2, unknown: 0, good: 2 },
    });
  });

  it("filters by source, system, status and text, and counts what matches", () => {
    const { store } = kafkaStore();
    feedKafka(store, addSource(store, "other"));
    expect(ask(store, { source: "prod" }).meta).toMatchObject({ total: 2, all: 4 });
    expect(names(store, { system: "nats" })).toEqual([]);
    expect(names(store, { status: ["behind", "stalled"] })).toEqual(["slow", "slow"]);
    expect(names(store, { q: "BILL" })).toEqual(["billing", "billing"]);
    expect(names(store, { q: "orders" })).toHaveLength(4);
    expect(names(store, { q: "Source oth" })).toHaveLength(2);
    expect(names(store, { q: "no such thing" })).toEqual([]);
  });

  it("finds what has every word somewhere in what is shown of it", () => {
    const { store } = kafkaStore();
    const layout: LayoutText = {
      streams: { ORDERS: { lanes: 1, kind: "jetstream" }, PAYMENTS: { lanes: 1, kind: "jetstream" } },
      consumers: {
        audit: { reads: ["ORDERS"], kind: "pull consumer", detail: "orders.eu.>" },
        billing: ["PAYMENTS"],
      },
    };
    feed(store, addSource(store, "js", "nats"), layout, 2, () => ({ head: 1, floor: 0, position: 1 }));
    const ids = (q: string) => ask(store, { q }).rows.map(({ id }) => id);
    expect(ids("nats ord")).toEqual(["js:audit"]);
    expect(ids("ORD audit")).toEqual(["js:audit"]); // in either order
    expect(ids("billing").sort()).toEqual(["js:billing", "prod:billing"]);
    expect(ids("billing kafka")).toEqual(["prod:billing"]);
    expect(ids("billing js")).toEqual(["js:billing"]);
    expect(ids("pull orders.eu")).toEqual(["js:audit"]);
    expect(ids("behind")).toEqual(["prod:slow"]); // by status
    expect(ids("warning orders")).toEqual(["prod:slow"]); // by severity
    expect(ids("behind nats")).toEqual([]);
    expect(ids("10.0.0.2")).toEqual(["prod:slow"]); // by host, client, member
    expect(ids("prod WRITER-1")).toEqual(["prod:billing"]);
    expect(ids("m-1 orders")).toEqual(["prod:slow"]);
    expect(ids("m-1 m-0")).toEqual([]); // of two consumers
  });

  it("looks into members as they are now, not as they were", () => {
    const store = new Store();
    const table = addSource(store, "src");
    const layout = layoutOf({ streams: { s: 1 }, consumers: { group: ["s"] } });
    const on = (host: string) => ({ members: [{ id: "m", clientId: "c", host, consumer: 0 }] });
    table.accept(observe(layout, { at: NOW - 1_000, ...on("alpha") }), COST);
    expect(names(store, { q: "alpha" })).toEqual(["group"]);
    table.accept(observe(layout, { at: NOW, ...on("beta") }), COST);
    expect(names(store, { q: "alpha" })).toEqual([]);
    expect(names(store, { q: "beta" })).toEqual(["group"]);
  });

  it("finds a consumer that stands still by that word", () => {
    const store = new Store();
    feed(
      store,
      addSource(store, "src"),
      { streams: { s: 1 }, consumers: { stuck: ["s"], fine: ["s"] } },
      120,
      (second) => ({
        head: 10_000 + second * 10,
        floor: 0,
        position: { "stuck s/0": 9_000, "fine s/0": 10_000 + second * 10 },
      }),
    );
    const found = ask(store, { q: "stalled" }, 120_000).rows;
    expect(found.map(({ name, status }) => [name, status])).toEqual([["stuck", "stalled"]]);
  });

  it("finds by account", () => {
    const store = new Store();
    const layout = layoutOf({ streams: { s: 1 }, consumers: { one: ["s"] } });
    const owned = { ...layout, streams: layout.streams.map((info) => ({ ...info, account: "TEAM-A" })) };
    addSource(store, "js", "nats").accept(observe(owned, { at: NOW, head: 1, position: 1 }), COST);
    expect(names(store, { q: "team-a" })).toEqual(["one"]);
    expect(names(store, { q: "team-b" })).toEqual([]);
  });

  it("cuts a page out of them", () => {
    const store = storeOf({ a: 1, b: 2, c: 3, d: 4, e: 5 });
    expect(names(store, { sort: "backlog", limit: 2 })).toEqual(["e", "d"]);
    expect(names(store, { sort: "backlog", limit: 2, offset: 4 })).toEqual(["a"]);
    expect(ask(store, { limit: 2, offset: 90 })).toMatchObject({ rows: [], meta: { total: 5 } });
  });

  it("sorts by measure, largest first, what is not known last in both directions", () => {
    const store = storeOf({ never: null, small: 5, none: 0, large: 500 });
    expect(names(store, { sort: "backlog" })).toEqual(["large", "small", "none", "never"]);
    expect(names(store, { sort: "backlog", reverse: true })).toEqual(["none", "small", "large", "never"]);
    expect(names(store, { sort: "latency" })).toEqual(["large", "small", "none", "never"]);
    expect(names(store, { sort: "latency", reverse: true })).toEqual(["none", "small", "large", "never"]);
    expect(names(store, { sort: "drain" })).toEqual(["large", "small", "none", "never"]);
    expect(names(store, { sort: "in" }).at(-1)).toBe("never");
    expect(names(store, { sort: "out", reverse: true }).at(-1)).toBe("never");
    expect(names(store, { sort: "name" })).toEqual(["large", "never", "none", "small"]);
    expect(names(store, { sort: "name", reverse: true })).toEqual(["small", "none", "never", "large"]);
  });

  it("leaves rows that are alike where they are", () => {
    const store = storeOf({ d: 100, b: 101, a: 99, c: 100 });
    expect(names(store, { sort: "worst" })).toEqual(["a", "b", "c", "d"]);
    expect(names(store, { sort: "in" })).toEqual(["a", "b", "c", "d"]);
  });

  it("says unknown for the consumers of a source that is lost, with its last numbers and their age", () => {
    const { store, table } = kafkaStore();
    table.fail({
      code: "UNREACHABLE",
      message: "No answer from a:1.",
      hint: "",
      at: 61_000,
      nextTryAt: null,
      attempts: 1,
    });
    const { rows, meta } = ask(store, {}, 70_000);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({
        status: "unknown",
        isCurrent: false,
        since: 61_000,
        asOf: NOW,
      });
      expect(row.because).toBe(
        "Source prod has been lost since 00:01:01 UTC: No answer from a:1. What is shown is of 00:01:00 UTC.",
      );
    }
    expect(meta.counts).toEqual({ critical: 0, warning: 0, unknown: 2, good: 0 });
    expect(names(store, { status: ["behind"] })).toEqual([]);
  });

  it("says so when a source only answers too slowly", () => {
    const { store } = kafkaStore();
    expect(ask(store, {}, 65_000).rows[0]).toMatchObject({ status: "behind" });
    expect(ask(store, {}, 65_001).rows[0]).toMatchObject({
      status: "unknown",
      because:
        "Source prod answers too slowly for what it told last to stand for now. What is shown is of 00:01:00 UTC.",
    });
  });

  it("ranks by severity, then by age × backlog, then by name", () => {
    // All of them stand still with a reader, and the older the larger.
    const store = storeOf({ three: 3, most: 5_000, some: 400 });
    const trouble = new Store();
    feed(
      trouble,
      addSource(trouble, "src"),
      { streams: { s: 1 }, consumers: { b: ["s"], a: ["s"], big: ["s"], fine: ["s"] } },
      120,
      (second) => ({
        head: 10_000 + second * 10,
        floor: 0,
        position: { "b s/0": 9_990, "a s/0": 9_990, "big s/0": 1_000, "fine s/0": 10_000 + second * 10 },
      }),
    );
    const { rows } = ask(trouble, {}, 120_000);
    expect(rows.map(({ name }) => name)).toEqual(["big", "a", "b", "fine"]);
    expect(names(store)[0]).toBe("most");
  });

  it("makes one row of five with the same trouble, and opens it", () => {
    const stuck = (count: number) => {
      const store = new Store();
      const readers = Array.from({ length: count }, (_, i) => `r${i}`);
      feed(
        store,
        addSource(store, "src"),
        {
          streams: { s: 1, t: 1 },
          consumers: {
            ...Object.fromEntries(readers.map((name) => [name, ["s"]])),
            alone: ["t"],
            fine: ["s"],
          },
        },
        120,
        (second) => ({
          head: 1_000 + second,
          floor: 0,
          position: {
            ...Object.fromEntries(readers.map((name, i) => [`${name} s/0`, 900 - i * 100])),
            "alone t/0": 1_000,
            "fine s/0": 1_000 + second,
          },
        }),
      );
      return (query: Partial<QueryOf<"consumers">>) => ask(store, query, 120_000);
    };
    const few = stuck(4);
    expect(few({ fold: true }).rows.every(({ folded }) => folded === null)).toBe(true);
    const many = stuck(6);
    expect(many({}).rows).toHaveLength(8);
    const { rows, meta } = many({ fold: true });
    expect(meta).toMatchObject({ total: 8, rows: 3, all: 8 });
    expect(rows[0]).toMatchObject({
      stream: "s",
      status: "stalled",
      backlog: { value: 6 * 220 + 1_500, provenance: "measured" },
      folded: { count: 6, worst: { id: "src:r4", name: "r4" } },
    });
    expect(rows[0]!.inPerSecond.value).toBeCloseTo(6);
    expect(rows.slice(1).map(({ name }) => name)).toEqual(["alone", "fine"]);
    // Those of about the same weight by name.
    const opened = many({ fold: true, status: ["stalled"], stream: "s" });
    expect(opened.rows.map(({ name }) => name)).toEqual(["r4", "r5", "r1", "r2", "r3", "r0"]);
  });

  it("ranks a loss by what is lost, also where nothing waits any more", () => {
    const store = new Store();
    const table = addSource(store, "src");
    feed(
      store,
      table,
      { streams: { s: 1, t: 1, u: 1 }, consumers: { a: ["s"], much: ["t"], some: ["u"] } },
      100,
      (second) => ({
        head: { "s/0": 1_000, "t/0": 100_000, "u/0": 5_000 },
        floor: { "s/0": 0, "t/0": second < 90 ? 0 : 100_000, "u/0": second < 90 ? 0 : 5_000 },
        position: { "a s/0": 900, "much t/0": 0, "some u/0": 4_000 },
      }),
    );
    expect(ask(store, {}, 100_000).rows.map(({ name, status }) => [name, status])).toEqual([
      ["much", "losing"],
      ["some", "losing"],
      ["a", "stalled"],
    ]);
    (store.sources.get("src") as FedTable).markLossesSeen("src:much", 100_500);
    expect(ask(store, {}, 100_500).rows.map(({ name }) => name)).toEqual(["some", "a", "much"]);
  });

  it("counts and ranks nobody who is ignored, and lists them last whatever the order", () => {
    const store = new Store();
    const table = new FedTable({
      identity: { id: "src", kind: "kafka", name: "src" },
      address: "a:1",
      intervalMs: 1_000,
      limitsOf: (name) => ({ ...DEFAULT_LIMITS.kafka, ignore: name === "abandoned" }),
    });
    store.add(table);
    feed(
      store,
      table,
      { streams: { s: 1 }, consumers: { abandoned: ["s"], used: ["s"] } },
      120,
      (second) => ({
        head: 1_000 + second,
        floor: 0,
        position: { "abandoned s/0": 0, "used s/0": 1_000 + second },
      }),
    );
    for (const sort of ["worst", "latency", "backlog", "name"] as const) {
      const { rows } = ask(store, { sort }, 120_000);
      expect(rows.map(({ name, ignored }) => [name, ignored])).toEqual([
        ["used", false],
        ["abandoned", true],
      ]);
    }
    expect(ask(store, {}, 120_000).meta.counts).toEqual({ critical: 0, warning: 0, unknown: 0, good: 1 });
    store.tick(120_000);
    const { rows, meta } = viewOverview(store.at(120_000));
    expect(meta).toMatchObject({ counts: { critical: 0, good: 1 }, troubles: [] });
    expect(rows[0]).toMatchObject({ status: "ok", backlog: { value: 0 }, worst: { name: "used" } });
    expect(table.events).toEqual([]);
  });

  it("keeps connections apart, unless they are in trouble", () => {
    const store = new Store();
    const connection = { kind: "connection" as const, backlogUnit: "bytes" as const };
    feed(
      store,
      addSource(store, "hub", "nats"),
      {
        streams: { core: { lanes: 1, kind: "core" } },
        consumers: {
          reader: ["core"],
          fine: { reads: ["core"], ...connection },
          slow: { reads: ["core"], ...connection },
        },
      },
      120,
      (second) => ({
        head: second,
        floor: 0,
        position: { "reader core/0": second, "fine core/0": second, "slow core/0": 0 },
        backlog: { "fine core/0": 0, "slow core/0": 1_000 },
      }),
    );
    const list = (connections: QueryOf<"consumers">["connections"]) =>
      ask(store, { connections }, 120_000).rows.map(({ name }) => name);
    expect(list("with").toSorted()).toEqual(["fine", "reader", "slow"]);
    expect(list("only")).toEqual(["slow", "fine"]);
    expect(list("troubled")).toEqual(["slow", "reader"]);
    expect(ask(store, { connections: "troubled" }, 120_000).meta).toMatchObject({ all: 2, connections: 2 });
  });

  it("names what is worst: lost sources, then consumers by status, those of lost sources not again", () => {
    const { store } = kafkaStore();
    feedKafka(store, addSource(store, "other"));
    const at = { code: "AUTH" as const, message: "No.", hint: "", nextTryAt: null, attempts: 1 };
    (store.sources.get("other") as FedTable).fail({ ...at, at: 61_000 });
    addSource(store, "never", "grpc").fail({ ...at, code: "UNREACHABLE", at: 60_500 });
    expect(viewOverview(store.at(62_000)).meta.troubles).toEqual([
      { kind: "source", id: "never", name: "Source never", system: "grpc", status: "lost", since: 60_500 },
      {
        kind: "source",
        id: "other",
        name: "Source other",
        system: "kafka",
        status: "refused",
        since: 61_000,
      },
      {
        kind: "consumers",
        status: "behind",
        severity: "warning",
        count: 1,
        worst: [{ id: "prod:slow", name: "slow" }],
      },
    ]);
  });
});
