import { describe, expect, it } from "vitest";
import { type QueryOf, streamsQuery } from "../model/live.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import { Store } from "../store/store.ts";
import { addSource, COST, feedKafka, kafkaStore } from "../store/test-store.ts";
import { evaluate } from "./evaluate.ts";
import { viewSources } from "./sources/sources.ts";
import { viewStreams } from "./streams/streams.ts";

const NOW = 60_000;

function ask(store: Store, query: Partial<QueryOf<"streams">> = {}) {
  return viewStreams(store.at(NOW), streamsQuery.parse({ view: "streams", ...query }));
}
const ids = (store: Store, query: Partial<QueryOf<"streams">> = {}) =>
  ask(store, query).rows.map(({ id }) => id);

describe("viewStreams", () => {
  it("shows a stream with its rates and what it holds", () => {
    const { store } = kafkaStore();
    expect(ask(store).rows).toMatchObject([
      {
        id: "prod:orders",
        source: "prod",
        system: "kafka",
        kind: "topic",
        lanes: 2,
        consumers: 2,
        inPerSecond: { value: 100 },
        outPerSecond: { value: 150 },
        retained: { value: 16_500, provenance: "measured" },
        asOf: NOW,
      },
      // Nobody reads it: what goes out of it is not known, and not 0.
      { id: "prod:quiet", consumers: 0, inPerSecond: { value: 0 }, outPerSecond: { value: null } },
    ]);
  });

  it("filters, sorts and pages", () => {
    const { store } = kafkaStore();
    feedKafka(store, addSource(store, "b"));
    expect(ids(store)).toEqual(["b:orders", "prod:orders", "b:quiet", "prod:quiet"]);
    expect(ids(store, { sort: "retained", reverse: true })).toEqual([
      "b:quiet",
      "prod:quiet",
      "b:orders",
      "prod:orders",
    ]);
    expect(ids(store, { sort: "out", reverse: true, source: "b" })).toEqual(["b:orders", "b:quiet"]);
    expect(ids(store, { sort: "name", reverse: true, limit: 1 })).toEqual(["prod:quiet"]);
    expect(ids(store, { q: "QUI", offset: 1 })).toEqual(["prod:quiet"]);
    expect(ask(store, { q: "qui" }).meta).toEqual({ total: 2, all: 4 });
    expect(ids(store, { system: "grpc" })).toEqual([]);
  });

  it("finds what has every word somewhere in what is shown of it", () => {
    const { store } = kafkaStore();
    feedKafka(store, addSource(store, "b"));
    expect(ids(store, { q: "prod ord" })).toEqual(["prod:orders"]);
    expect(ids(store, { q: "TOPIC quiet source kafka" })).toEqual(["b:quiet", "prod:quiet"]);
    expect(ids(store, { q: "orders quiet" })).toEqual([]);
    expect(ids(store, { q: "nats" })).toEqual([]);
  });

  it("does not know what a stream holds when a lane of it is unknown, or has no floor", () => {
    const store = new Store();
    const table = addSource(store, "s");
    const layout = layoutOf({ streams: { full: 2, dead: 2, none: 0 }, consumers: {} });
    table.accept(
      observe(layout, { at: NOW, head: { "full/0": 5, "full/1": 5, "dead/0": 5 }, floor: 1 }),
      COST,
    );
    expect(Object.fromEntries(ask(store).rows.map(({ name, retained }) => [name, retained.value]))).toEqual({
      full: 8,
      dead: null,
      none: null,
    });
  });

  it("takes the system's own count of what a stream holds, where it has one", () => {
    const store = new Store();
    const layout = layoutOf({ streams: { gaps: 1, plain: 1 }, consumers: {} });
    const sample = observe(layout, { at: NOW, head: 11, floor: 1 });
    const held = Float64Array.of(7, Number.NaN);
    addSource(store, "n", "nats").accept({ ...sample, streams: { ...sample.streams, held } }, COST);
    const retained = ask(store).rows.map(({ name, retained }) => [name, retained.value]);
    expect(Object.fromEntries(retained)).toEqual({ gaps: 7, plain: 10 });
  });

  it("holds at most as many messages as numbers where newer ones take the place of older ones", () => {
    const store = new Store();
    const layout = layoutOf({ streams: { compacted: 1, plain: 1 }, consumers: {} });
    const streams = layout.streams.map((info) =>
      info.name === "compacted" ? { ...info, overwrites: true } : info,
    );
    addSource(store, "k").accept(observe({ ...layout, streams }, { at: NOW, head: 11, floor: 1 }), COST);
    const retained = ask(store).rows.map(({ name, retained }) => [name, retained.provenance]);
    expect(Object.fromEntries(retained)).toEqual({ compacted: "atMost", plain: "measured" });
  });
});

describe("viewSources", () => {
  it("shows the health of each, the worst first", () => {
    const { store } = kafkaStore();
    addSource(store, "new", "nats");
    addSource(store, "dead", "grpc").fail({
      code: "AUTH",
      message: "Password refused.",
      hint: "Check it.",
      at: 5,
      nextTryAt: 9,
      attempts: 3,
    });
    const { rows } = viewSources(store.at(NOW));
    expect(rows.map(({ id, status }) => [id, status])).toEqual([
      ["dead", "refused"],
      ["new", "waiting"],
      ["prod", "live"],
    ]);
    expect(rows[0]).toMatchObject({
      lastError: { code: "AUTH", attempts: 3 },
      samples: { taken: 0, failed: 1, skipped: 0 },
    });
    expect(rows[1]).toMatchObject({
      asOf: null,
      sample: { durationMs: null, cpuMs: null, requests: null, positions: null },
      counts: { streams: 0, lanes: 0, consumers: 0 },
    });
    expect(rows[2]).toMatchObject({
      address: "prod.example:9092",
      asOf: NOW,
      sample: { durationMs: 12, cpuMs: 7, requests: 3, positions: 3 },
      counts: { streams: 2, lanes: 3, consumers: 2 },
      samples: { taken: 61, failed: 0, skipped: 0 },
    });
  });

  it("shows the failures of parts, a bounded number of them", () => {
    const store = new Store();
    const layout = layoutOf({ streams: {}, consumers: {} });
    const failures = Array.from({ length: 5_000 }, (_, n) => ({
      scope: "lane" as const,
      subject: `t/${n}`,
      code: "TIMEOUT" as const,
      message: "no leader",
    }));
    addSource(store, "s").accept(observe(layout, { at: NOW, failures }), COST);
    expect(viewSources(store.at(NOW)).rows[0]?.failures).toHaveLength(100);
  });
});

describe("evaluate", () => {
  it("answers every view as plain JSON without NaN or Infinity", () => {
    const { store } = kafkaStore();
    const page = { limit: 100, offset: 0 };
    const queries = [
      { view: "overview" },
      { view: "sources" },
      { view: "streams", sort: "in", reverse: false, ...page },
      { view: "consumers", sort: "worst", reverse: false, fold: true, connections: "with", ...page },
      { view: "consumer", id: "prod:slow", behindOnly: false, ...page },
    ] as const;
    for (const query of queries) {
      const frame = evaluate(store.at(NOW), query);
      // JSON writes what is no number as null, and leaves out what is undefined.
      expect(JSON.parse(JSON.stringify(frame)), query.view).toEqual(frame);
      expect(frame.rows.length, query.view).toBeGreaterThan(0);
    }
  });
});
