import { describe, expect, it } from "vitest";
import type { SourceFailure } from "../model/source.ts";
import type { System } from "../model/system.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import { viewOverview } from "../views/overview.ts";
import { seriesOf } from "../views/series.ts";
import { SourceSnapshot } from "./source-snapshot.ts";
import { Store } from "./store.ts";
import { viewSystem } from "./system-sums.ts";
import { withCalls } from "./test-calls.ts";
import { addSource, COST, type FedTable, feed, feedKafka, kafkaStore } from "./test-store.ts";

const NOW = 60_000;
const lost: SourceFailure = {
  code: "UNREACHABLE",
  message: "No answer from a:1.",
  hint: "Start it.",
  at: NOW,
  nextTryAt: null,
  attempts: 1,
};

const systemOf = (store: Store, system: System, at: number) =>
  store.at(at).systems.find(({ id }) => id === system)!;

describe("viewSystem", () => {
  it("counts what arrives once in `in`, and once for each reader in `due`", () => {
    const { store } = kafkaStore();
    expect(systemOf(store, "kafka", NOW)).toMatchObject({
      status: "behind",
      inPerSecond: { value: 100, provenance: "measured" },
      duePerSecond: { value: 200 },
      outPerSecond: { value: 150 },
      backlog: { value: 3_000, provenance: "measured" },
      backlogPerSecond: 50,
      worst: { id: "prod:slow", name: "slow" },
      counts: { sources: 1, sourcesLive: 1, streams: 2, consumers: 2 },
      failure: null,
      aside: [],
    });
  });

  it("counts live calls over its sources, and those in which messages wait", () => {
    const { store } = kafkaStore();
    const layout = layoutOf({ streams: { Watch: { lanes: 0, kind: "method" } }, consumers: {} });
    for (const id of ["rpc", "other"]) {
      const waits = [{ key: "a", waitingMs: 1_000 }, { key: "b", waitingMs: 999 }, { key: "c" }];
      addSource(store, id, "grpc").accept(withCalls(observe(layout, { at: NOW }), waits), COST);
    }
    expect(systemOf(store, "grpc", NOW).calls).toEqual({ live: 6, waiting: 2 });
    expect(systemOf(store, "kafka", NOW).calls).toBeNull();
  });

  it("counts the messages of a call once where both of its ends are watched", () => {
    const store = new Store();
    const bothEnds = (name: string, side: "server" | "client", perSecond: number) => {
      const plain = layoutOf({ streams: { [name]: { lanes: 0, kind: "method" } }, consumers: {} });
      const calls = { kind: "server stream" as const, side };
      const layout = { ...plain, streams: plain.streams.map((info) => ({ ...info, calls })) };
      const table = addSource(store, `${name}-${side}`, "grpc");
      for (let second = 0; second <= 60; second++)
        table.accept(observe(layout, { at: second * 1_000, inTotal: second * perSecond }), COST);
    };
    bothEnds("Watch", "server", 30);
    bothEnds("Watch", "client", 30);
    bothEnds("Push", "client", 4);
    expect(systemOf(store, "grpc", NOW).inPerSecond.value).toBeCloseTo(34, 5);
  });

  it("has the age of its worst consumer", () => {
    const { store } = kafkaStore();
    const { latencyMs } = systemOf(store, "kafka", NOW);
    expect(latencyMs.provenance).toBe("interpolated");
    expect(latencyMs.value).toBeCloseTo(30_000, -2);
  });

  it("is a lower bound with one of two sources lost, and unknown with both", () => {
    const { store, table } = kafkaStore();
    const other = addSource(store, "other");
    feedKafka(store, other);
    expect(systemOf(store, "kafka", NOW).backlog).toEqual({
      value: 6_000,
      provenance: "measured",
    });
    other.fail(lost);
    expect(systemOf(store, "kafka", NOW)).toMatchObject({
      status: "behind",
      inPerSecond: { value: 100, provenance: "atLeast" },
      backlog: { value: 3_000, provenance: "atLeast" },
      latencyMs: { provenance: "atLeast" },
      counts: { sources: 2, sourcesLive: 1, streams: 4, consumers: 4 },
      failure: null,
    });
    table.fail(lost);
    expect(systemOf(store, "kafka", NOW)).toMatchObject({
      status: "unknown",
      inPerSecond: { value: null, provenance: "unknown" },
      duePerSecond: { value: null },
      outPerSecond: { value: null },
      backlog: { value: null },
      backlogPerSecond: null,
      latencyMs: { value: null },
      worst: null,
      counts: { sources: 2, sourcesLive: 0, streams: 4, consumers: 4 },
      failure: { code: "UNREACHABLE" },
    });
  });

  it("is unknown, never ok, with a source lost and the rest fine", () => {
    const store = new Store();
    for (const id of ["a", "b"]) {
      feed(store, addSource(store, id), { streams: { s: 1 }, consumers: { c: ["s"] } }, 20, (second) => ({
        head: second,
        floor: 0,
        position: second,
      }));
    }
    expect(systemOf(store, "kafka", 20_000).status).toBe("ok");
    (store.sources.get("b") as FedTable).fail(lost);
    expect(systemOf(store, "kafka", 20_000).status).toBe("unknown");
  });

  it("is unknown before the first sample, and without a source", () => {
    const store = new Store();
    const nothing = {
      status: "unknown",
      backlog: { value: null },
      latencyMs: { value: null },
    };
    expect(viewSystem("kafka", [])).toMatchObject({ ...nothing, counts: { sources: 0 }, failure: null });
    addSource(store, "new");
    expect(systemOf(store, "kafka", NOW)).toMatchObject({
      ...nothing,
      counts: { sources: 1 },
    });
  });

  it("calls the oldest age a lower bound while another consumer's age is not known", () => {
    const store = new Store();
    const table = addSource(store, "n", "nats");
    feed(
      store,
      table,
      {
        streams: { E: { lanes: 1, kind: "jetstream" } },
        consumers: { plain: ["E"], narrow: { reads: ["E"], filtered: true } },
      },
      20,
      (second) => ({ head: 1_000 + second * 10, floor: 0, position: 950 + second * 10, backlog: 50 }),
    );
    const view = viewSystem("nats", [new SourceSnapshot(table, 20_000)]);
    expect(view.latencyMs).toMatchObject({ provenance: "atLeast" });
    expect(view.worst?.name).toBe("plain");
  });

  describe("NATS core", () => {
    const core = { streams: { core: { lanes: 1, kind: "core" as const } }, consumers: {} };
    const coreSample = (second: number) => ({ inTotal: second * 30, outOfStream: second * 40 });

    it("is the system's traffic where there is no JetStream", () => {
      const store = new Store();
      const table = addSource(store, "n", "nats");
      feed(store, table, core, 20, coreSample);
      expect(viewSystem("nats", [new SourceSnapshot(table, 20_000)])).toMatchObject({
        inPerSecond: { value: 30 },
        outPerSecond: { value: 40 },
        duePerSecond: { value: null },
        backlogPerSecond: null,
        aside: [],
      });
    });

    it("is kept apart beside JetStream, whose traffic it contains", () => {
      const store = new Store();
      const table = addSource(store, "n", "nats");
      feed(
        store,
        table,
        { streams: { E: { lanes: 1, kind: "jetstream" }, ...core.streams }, consumers: { w: ["E"] } },
        20,
        (second) => ({
          head: { "E/0": second * 10 },
          position: { "w E/0": second * 9 },
          inTotal: { core: second * 30 },
          outOfStream: { core: second * 40 },
        }),
      );
      expect(viewSystem("nats", [new SourceSnapshot(table, 20_000)])).toMatchObject({
        inPerSecond: { value: 10 },
        outPerSecond: { value: 9 },
        aside: [{ label: "core", inPerSecond: { value: 30 }, outPerSecond: { value: 40 } }],
      });
    });

    it("adds no bytes to messages", () => {
      const store = new Store();
      const table = addSource(store, "n", "nats");
      const layout = {
        ...core,
        consumers: { app: { reads: ["core"], kind: "connection" as const, backlogUnit: "bytes" as const } },
      };
      feed(store, table, layout, 20, (second) => ({ ...coreSample(second), backlog: 8_192 }));
      expect(viewSystem("nats", [new SourceSnapshot(table, 20_000)])).toMatchObject({
        backlog: { value: null },
        counts: { consumers: 0 },
      });
    });
  });
});

describe("viewOverview", () => {
  it("has all systems on one time axis, and a gap while nothing was known", () => {
    const { store, table } = kafkaStore();
    table.fail(lost);
    store.tick(61_000);
    const { rows, meta } = viewOverview(store.at(61_000));
    const series = seriesOf(store.at(61_000), { view: "overview" }, Number.NEGATIVE_INFINITY);
    expect(rows.map(({ id }) => id)).toEqual(["kafka", "nats", "grpc"]);
    expect(series?.t.slice(-2)).toEqual([60_000, 61_000]);
    expect(series?.columns["kafka.backlog"]?.slice(-2)).toEqual([3_000, null]);
    expect(series?.columns["kafka.in"]?.slice(-2)).toEqual([100, null]);
    expect(series?.columns["nats.in"]?.every((value) => value === null)).toBe(true);
    for (const column of Object.values(series?.columns ?? {}))
      expect(column).toHaveLength(series?.t.length ?? 0);
    expect(meta.counts).toEqual({ critical: 0, warning: 0, unknown: 2, good: 0 });
    expect(meta.sources).toMatchObject([{ id: "prod", status: "lost", asOf: 60_000 }]);
  });

  it("counts consumers by severity", () => {
    const { store } = kafkaStore();
    expect(viewOverview(store.at(NOW)).meta.counts).toEqual({ critical: 0, warning: 1, unknown: 0, good: 1 });
  });

  it("forgets nothing of a source that never answered", () => {
    const store = new Store();
    addSource(store, "dead").fail(lost);
    store.tick(NOW);
    expect(viewOverview(store.at(NOW)).rows[0]).toMatchObject({
      status: "unknown",
      failure: { message: lost.message },
    });
    const layout = layoutOf({ streams: {}, consumers: {} });
    (store.sources.get("dead") as FedTable).accept(observe(layout, { at: NOW }), COST);
    store.tick(NOW + 1);
    expect(viewOverview(store.at(NOW + 1)).rows[0]).toMatchObject({ status: "idle", failure: null });
  });
});
