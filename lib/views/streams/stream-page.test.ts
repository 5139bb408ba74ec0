import { expect, it } from "vitest";
import { type QueryOf, streamQuery } from "../../model/live.ts";
import type { SourceEvent } from "../../model/source.ts";
import { layoutOf, observe, type SampleText } from "../../pipeline/test-observation.ts";
import { NO_WORDS, type SampleWords } from "../../sample/words.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, FedTable, feedKafka } from "../../store/test-store.ts";
import { evaluate } from "../evaluate.ts";
import { viewStreamPage } from "./stream.ts";
import { viewStreams } from "./streams.ts";

const NOW = 60_000;
const LAYOUT = layoutOf({
  streams: { ORDERS: { lanes: 1, kind: "jetstream" }, OTHER: { lanes: 1, kind: "jetstream" } },
  consumers: { "ORDERS.a": ["ORDERS"], "OTHER.x": ["OTHER"], "ORDERS.b": ["ORDERS"], "ORDERS.c": ["ORDERS"] },
});

function ask(store: Store, query: Partial<QueryOf<"stream">> = {}) {
  return viewStreamPage(store.at(NOW), streamQuery.parse({ view: "stream", id: "edge:ORDERS", ...query }));
}

function natsStore(
  sample: Partial<SampleText> = {},
  options: { canPeek?: boolean; facts?: SampleWords["streamFacts"] } = {},
) {
  const store = new Store();
  const table = new FedTable({
    identity: { id: "edge", kind: "nats", name: "Edge" },
    address: "edge:4222",
    intervalMs: 1_000,
    canPeek: options.canPeek ?? true,
    words: { ...NO_WORDS, ...(options.facts && { streamFacts: options.facts }) },
  });
  store.add(table);
  table.accept(observe(LAYOUT, { at: NOW, head: 101, floor: 11, backlog: 0, ...sample }), COST);
  return store;
}

it("has the stream as the list of streams has it", () => {
  const store = natsStore();
  feedKafka(store, addSource(store, "prod"));
  for (const id of ["edge:ORDERS", "prod:orders", "prod:quiet"]) {
    const { rows } = viewStreams(store.at(NOW), {
      view: "streams",
      sort: "name",
      reverse: false,
      limit: 100,
      offset: 0,
    });
    expect(ask(store, { id }).meta.stream).toEqual(rows.find((row) => row.id === id));
  }
});

it("has its facts and its consumers, worst first and by the page", () => {
  const facts = (_sample: unknown, row: number) => [
    { label: "Stream", value: `row ${row}`, group: "Limits" },
  ];
  const store = natsStore({ backlog: { "ORDERS.a ORDERS/0": 3, "ORDERS.b ORDERS/0": 40 } }, { facts });
  const { meta, rows } = ask(store, { limit: 2 });
  expect(meta).toMatchObject({
    facts: [{ label: "Stream", value: "row 0", group: "Limits" }],
    consumersTotal: 3,
    sourceStatus: "live",
    intervalMs: 1_000,
  });
  expect(rows.map(({ name }) => name)).toEqual(["ORDERS.b", "ORDERS.a"]);
  expect(ask(store, { offset: 2 }).rows.map(({ name }) => name)).toEqual(["ORDERS.c"]);
  const frame = evaluate(store.at(NOW), streamQuery.parse({ view: "stream", id: "edge:ORDERS" }));
  expect(JSON.parse(JSON.stringify(frame))).toEqual(frame);
});

it("tells what happened to it and to its consumers, also to those that are gone, newest first", () => {
  const event = (at: number, of: Partial<SourceEvent>): SourceEvent => ({ at, kind: "k", title: "t", ...of });
  const store = natsStore({
    events: [
      event(1, { streamKey: "ORDERS" }),
      event(9, { streamKey: "ORDERS", consumerKey: "ORDERS.gone" }),
      event(5, { streamKey: "OTHER" }),
      event(7, {}),
    ],
  });
  expect(ask(store).meta).toMatchObject({ events: [{ at: 9 }, { at: 1, streamId: "edge:ORDERS" }] });
});

it.each([
  ["its oldest and newest message", {}, true, { first: 11, last: 100 }],
  ["nothing where single messages cannot be asked for", {}, false, null],
  ["nothing where it holds no message", { head: 11 }, true, null],
  ["nothing where nobody knows what it holds", { head: Number.NaN }, true, null],
])("can be asked for %s", (_, sample, canPeek, peek) => {
  expect(ask(natsStore(sample, { canPeek })).meta).toMatchObject({ peek });
});

it.each([
  ["edge:NONE", /no such stream now/],
  ["nowhere:x", /no source named “nowhere”.*edge, new/],
  ["new:x", /not been sampled yet\.$/],
])("says why there is no %s", (id, reason) => {
  const store = natsStore();
  addSource(store, "new", "nats");
  expect(ask(store, { id })).toMatchObject({
    meta: { stream: null, reason: expect.stringMatching(reason) },
    rows: [],
  });
});
