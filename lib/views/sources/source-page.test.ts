import { expect, it } from "vitest";
import type { SourceEvent, SourceSection } from "../../model/source.ts";
import { layoutOf, observe } from "../../pipeline/test-observation.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, FedTable } from "../../store/test-store.ts";
import { evaluate } from "../evaluate.ts";
import { viewSourcePage } from "./source.ts";

const LAYOUT = layoutOf({
  streams: { ORDERS: { lanes: 1, kind: "jetstream" } },
  consumers: { "ORDERS.audit": ["ORDERS"] },
});

function servers(at: number, received: number): SourceSection {
  return {
    key: "servers",
    title: "Servers",
    columns: [
      { label: "Server", kind: "text" },
      { label: "In", kind: "counter" },
    ],
    rows: [{ id: "n1", cells: ["n1", received], trouble: "no leader" }],
    total: 3,
    asOf: at,
  };
}

function sample(table: FedTable, at: number, sections: readonly SourceSection[], events?: SourceEvent[]) {
  table.accept({ ...observe(LAYOUT, { at, head: 5, floor: 1, ...(events && { events }) }), sections }, COST);
}

const ask = (store: Store, now: number, id = "edge") => viewSourcePage(store.at(now), { view: "source", id });

it("gives the heads of sections with their size, and their rows with rates, in the order of the sections", () => {
  const store = new Store();
  const table = addSource(store, "edge", "nats");
  const accounts: SourceSection = { ...servers(0, 1), key: "accounts", rows: [], columns: [] };
  sample(table, 1_000, [servers(1_000, 100), accounts]);
  sample(table, 2_000, [servers(2_000, 150), accounts]);
  const { meta, rows } = ask(store, 2_000);
  expect(meta).toMatchObject({
    source: { id: "edge", status: "live" },
    sections: [
      { key: "servers", title: "Servers", rows: 1, total: 3, asOf: 2_000 },
      { key: "accounts", rows: 0 },
    ],
  });
  expect(rows).toEqual([{ id: "servers/n1", cells: ["n1", 50], trouble: "no leader" }]);
  const frame = evaluate(store.at(2_000), { view: "source", id: "edge" });
  expect(JSON.parse(JSON.stringify(frame))).toEqual(frame);
});

it("tells events newest first, with the ids of what is there now", () => {
  const store = new Store();
  const table = new FedTable({
    identity: { id: "edge", kind: "nats", name: "edge" },
    address: "edge:4222",
    intervalMs: 1_000,
    canPeek: true,
  });
  store.add(table);
  const about = { streamKey: "ORDERS", kind: "advisory" };
  sample(
    table,
    9_000,
    [],
    [
      { ...about, at: 3, title: "Gave up", consumerKey: "ORDERS.audit" },
      { ...about, at: 7, title: "Deleted", consumerKey: "ORDERS.gone" },
      { ...about, at: 5, title: "Gave up", message: { streamKey: "ORDERS", sequence: 4711 } },
      { kind: "server", at: 1, title: "Joined" },
    ],
  );
  const { meta } = ask(store, 9_000);
  const events = "events" in meta ? meta.events : [];
  expect(events.map(({ at, streamId, consumerId, peek }) => [at, streamId, consumerId, peek])).toEqual([
    [7, "edge:ORDERS", undefined, undefined],
    [5, "edge:ORDERS", undefined, { streamId: "edge:ORDERS", sequence: 4711 }],
    [3, "edge:ORDERS", "edge:ORDERS.audit", undefined],
    [1, undefined, undefined, undefined],
  ]);
});

it("does not offer to look at messages where that is not possible", () => {
  const store = new Store();
  const table = addSource(store, "edge", "nats");
  sample(
    table,
    9_000,
    [],
    [{ kind: "advisory", at: 5, title: "Gave up", message: { streamKey: "ORDERS", sequence: 4711 } }],
  );
  const { meta } = ask(store, 9_000);
  expect("events" in meta && meta.events[0]).not.toHaveProperty("peek");
});

it("says which sources there are where this is none of them, and shows one before its first sample", () => {
  const store = new Store();
  addSource(store, "edge", "nats");
  expect(ask(store, 0, "prod").meta).toEqual({
    source: null,
    reason: "There is no source named “prod”. Configured sources: edge.",
  });
  expect(ask(store, 0).meta).toMatchObject({ source: { status: "waiting" }, sections: [], events: [] });
});
