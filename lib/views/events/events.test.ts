import { expect, it } from "vitest";
import { eventsQuery, type QueryOf } from "../../model/live.ts";
import { EVENTS_KEPT } from "../../pipeline/events/recent-events.ts";
import { addSource, kafkaStore } from "../../store/test-store.ts";
import { viewEvents } from "./events.ts";

const NOW = 60_000;

function ask(query: Partial<QueryOf<"events">> = {}, now = NOW) {
  const { store, table } = kafkaStore();
  const other = addSource(store, "hub", "nats");
  other.recent.add([
    {
      at: 50_000,
      kind: "leader",
      title: "ORDERS has another leader",
      before: "n1",
      after: "n2",
      streamKey: "ORDERS",
    },
    { at: 50_000, kind: "deleted", title: "A consumer was deleted", consumerKey: "ORDERS/audit" },
  ]);
  table.recent.add([{ at: NOW - 16 * 60_000, kind: "old", title: "Long ago" }]);
  return viewEvents(store.at(now), eventsQuery.parse({ view: "events", ...query }));
}

it("tells what happened to whom, of all sources, newest first", () => {
  const { rows, meta } = ask();
  const status = rows.find(({ kind }) => kind === "status");
  expect(status).toMatchObject({
    source: "prod",
    sourceName: "Source prod",
    system: "kafka",
    consumerId: "prod:slow",
    entity: "slow",
    after: "behind",
    severity: "warning",
  });
  // Of two in one millisecond the later told is the newer; whoever is gone has its key as its name, and no page.
  expect(rows.filter(({ source }) => source === "hub").map(({ kind, entity }) => [kind, entity])).toEqual([
    ["deleted", "ORDERS/audit"],
    ["leader", "ORDERS"],
  ]);
  expect(rows.find(({ kind }) => kind === "deleted")).not.toHaveProperty("consumerId");
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted((a, b) => b - a));
  expect(rows.some(({ kind }) => kind === "old")).toBe(false);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(meta).toMatchObject({ total: rows.length, all: rows.length, dropped: [] });
});

it("filters by source, entity, kind and words that are all there", () => {
  expect(ask({ source: "hub" }).rows).toHaveLength(2);
  expect(ask({ source: "none" }).meta.total).toBe(0);
  expect(ask({ entity: "hub:ORDERS" }).rows.map(({ kind }) => kind)).toEqual(["leader"]);
  expect(ask({ entity: "prod:slow" }).rows.every(({ entity }) => entity === "slow")).toBe(true);
  expect(ask({ kind: ["deleted", "leader"] }).rows).toHaveLength(2);
  expect(ask({ q: "N2 hub" }).rows.map(({ kind }) => kind)).toEqual(["leader"]);
  expect(ask({ q: "n2 prod" }).rows).toEqual([]);
  expect(ask({ limit: 1 }).rows).toHaveLength(1);
});

it("says how many it has no room for", () => {
  const { store, table } = kafkaStore();
  table.recent.add(Array.from({ length: EVENTS_KEPT + 5 }, (_, i) => ({ at: i, kind: "x", title: `${i}` })));
  const { meta } = viewEvents(store.at(NOW), eventsQuery.parse({ view: "events" }));
  expect(meta.dropped).toEqual([{ source: "prod", name: "Source prod", count: expect.any(Number) }]);
  expect(meta.dropped[0]!.count).toBeGreaterThanOrEqual(5);
  expect(meta.all).toBe(EVENTS_KEPT);
});
