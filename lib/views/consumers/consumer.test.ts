import { describe, expect, it } from "vitest";
import { factText } from "../../format/index.ts";
import { consumerQuery, type QueryOf, type ViewOf } from "../../model/live.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { ConsumerMeta } from "../../model/views.ts";
import { layoutOf, observe } from "../../pipeline/test-observation.ts";
import type { Sample } from "../../sample/sample.ts";
import { NO_WORDS } from "../../sample/words.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, FedTable, kafkaStore } from "../../store/test-store.ts";
import { seriesOf } from "../series.ts";
import { viewConsumerPage } from "./consumer.ts";

const NOW = 60_000;

function ask(store: Store, id: string, query: Partial<QueryOf<"consumer">> = {}, now = NOW) {
  return viewConsumerPage(store.at(now), consumerQuery.parse({ view: "consumer", id, ...query }));
}
const metaOf = (frame: ViewOf["consumer"]) => frame.meta as ConsumerMeta;

describe("viewConsumerPage", () => {
  it("shows the consumer, its lanes, its members and its 15 minutes", () => {
    const { store } = kafkaStore();
    const frame = ask(store, "prod:billing");
    expect(metaOf(frame)).toMatchObject({
      consumer: { id: "prod:billing", status: "ok", backlog: { value: 0 } },
      members: [{ id: "m-0", clientId: "writer-1", host: "/10.0.0.1", lanes: 2 }],
      streams: [{ stream: "orders", lanes: 2, backlog: { value: 0, provenance: "measured" } }],
      lanesTotal: 2,
      sourceStatus: "live",
      intervalMs: 1_000,
    });
    expect(frame.rows).toEqual([
      {
        id: "orders/0",
        stream: "orders",
        lane: 0,
        label: null,
        status: "ok",
        head: 16_000,
        stable: null,
        floor: 0,
        position: 16_000,
        backlog: { value: 0, provenance: "measured" },
        inFlight: null,
        latencyMs: { value: 0, provenance: "measured" },
        member: "writer-1",
        host: "/10.0.0.1",
        asOf: NOW,
      },
      expect.objectContaining({ id: "orders/1", status: "idle" }),
    ]);
    const query = consumerQuery.parse({ view: "consumer", id: "prod:billing" });
    const series = seriesOf(store.at(NOW), query, Number.NEGATIVE_INFINITY);
    expect(series?.t).toHaveLength(61);
    expect(series?.columns.in?.at(-1)).toBe(100);
    expect(series?.columns.backlog?.at(-1)).toBe(0);
    expect(seriesOf(store.at(NOW), query, NOW - 2_000)?.t).toEqual([NOW - 1_000, NOW]);
  });

  it("says the same of one that stands when it is looked at between two samples", () => {
    const store = new Store();
    const table = addSource(store, "k");
    const layout = layoutOf({ streams: { t: 1 }, consumers: { idle: ["t"], stuck: ["t"] } });
    const sampleAt = (at: number) =>
      observe(layout, { at, head: 10, floor: 0, position: { "idle t/0": 10, "stuck t/0": 4 } });
    for (let second = 0; second <= 90; second++) table.accept(sampleAt(second * 1_000), COST);
    const toldOf = (name: string, now: number) => {
      const { consumer, evidence } = metaOf(ask(store, `k:${name}`, {}, now));
      return { status: consumer.status, because: consumer.because, since: consumer.since, evidence };
    };
    const names = ["idle", "stuck"];
    const before = names.map((name) => toldOf(name, 90_600));
    expect(before.map(({ status }) => status)).toEqual(["idle", "stalled"]);
    table.acceptFocus(sampleAt(90_500), names);
    const after = names.map((name) => toldOf(name, 90_600));
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toEqual({ ...before[1], because: expect.anything() });
  });

  it("adds what the system itself knows of the status to the sentence", () => {
    const store = new Store();
    const explain = (_sample: Sample, consumer: number, status: string) =>
      consumer === 0 ? `Sequence 4,711, while ${status}.` : null;
    const table = new FedTable({
      identity: { id: "n", kind: "nats", name: "n" },
      address: "n:4222",
      intervalMs: 1_000,
      words: { ...NO_WORDS, explain },
    });
    store.add(table);
    const layout = layoutOf({ streams: { EVENTS: 1 }, consumers: { held: ["EVENTS"], plain: ["EVENTS"] } });
    table.accept(observe(layout, { at: NOW, head: 10, floor: 0, position: 10 }), COST);
    const because = (id: string) => metaOf(ask(store, id)).consumer.because;
    expect(because("n:held")).toBe("Keeps up: nothing is waiting. Sequence 4,711, while ok.");
    expect(because("n:plain")).toBe("Keeps up: nothing is waiting.");
  });

  it("gives the evidence its sentence rests on", () => {
    const { store } = kafkaStore();
    const evidence = metaOf(ask(store, "prod:slow")).evidence;
    expect(Object.fromEntries(evidence.map(({ label, value }) => [label, factText(value, NOW)]))).toEqual({
      "Active readers": "1",
      "Position last moved": "just now",
      "Last arrival seen": "just now",
      "Backlog without a break": "59 s",
      "Longest usual pause": "under 1 s",
      "Stands still after": "10.0 s",
      "Late after": "1 m 00 s",
    });
  });

  it("puts the worst lane first, pages, and leaves out lanes with nothing waiting on request", () => {
    const store = new Store();
    const table = addSource(store, "s");
    const layout = layoutOf({ streams: { t: 5 }, consumers: { c: ["t"] } });
    const position = { "c t/0": 100, "c t/1": 40, "c t/3": 99, "c t/4": 70 };
    table.accept(
      observe(layout, {
        at: NOW,
        head: { "t/0": 100, "t/1": 100, "t/2": 100, "t/3": 100, "t/4": 100 },
        floor: { "t/4": 80 },
        position,
      }),
      COST,
    );
    const lanes = (query: Partial<QueryOf<"consumer">> = {}) =>
      ask(store, "s:c", query).rows.map(({ lane }) => lane);
    expect(lanes()).toEqual([4, 1, 3, 2, 0]);
    expect(lanes({ behindOnly: true })).toEqual([4, 1, 3]);
    expect(lanes({ limit: 2, offset: 1 })).toEqual([1, 3]);
    expect(metaOf(ask(store, "s:c", { behindOnly: true })).lanesTotal).toBe(3);
    const uncommitted = ask(store, "s:c").rows.find(({ lane }) => lane === 2);
    expect(uncommitted).toMatchObject({
      position: null,
      backlog: { value: null, provenance: "unknown" },
      member: null,
    });
  });

  it("never says 0 for a stream in which nothing is known", () => {
    const store = new Store();
    const table = addSource(store, "s");
    const layout = layoutOf({
      streams: { known: 2, unknown: 1, part: 2 },
      consumers: { c: ["known", "unknown", "part"] },
    });
    table.accept(
      observe(layout, {
        at: NOW,
        head: { "known/0": 10, "known/1": 10, "part/0": 10 },
        position: { "c known/0": 3, "c known/1": 10, "c part/0": 6, "c part/1": 6 },
      }),
      COST,
    );
    expect(metaOf(ask(store, "s:c")).streams).toEqual([
      { id: "s:known", stream: "known", lanes: 2, backlog: { value: 7, provenance: "measured" } },
      { id: "s:part", stream: "part", lanes: 2, backlog: { value: 4, provenance: "atLeast" } },
      {
        id: "s:unknown",
        stream: "unknown",
        lanes: 1,
        backlog: { value: null, provenance: "unknown" },
      },
    ]);
  });

  it("shows its own events, those of the streams it reads and of the source, in the order of time", () => {
    const store = new Store();
    const table = addSource(store, "s");
    const layout = layoutOf({ streams: { t: 1, u: 1 }, consumers: { c: ["t"], d: ["u"] } });
    const events: SourceEvent[] = [
      { at: 5, kind: "x", title: "c", consumerKey: "c" },
      { at: 1, kind: "x", title: "d", consumerKey: "d" },
      { at: 2, kind: "x", title: "t", streamKey: "t", before: "1 partition", after: "2 partitions" },
      { at: 3, kind: "x", title: "u", streamKey: "u" },
      { at: 4, kind: "x", title: "all" },
    ];
    table.accept(observe(layout, { at: NOW, head: 1, events }), COST);
    expect(metaOf(ask(store, "s:c")).events).toEqual([
      { ...events[2], streamId: "s:t" },
      events[4],
      { ...events[0], consumerId: "s:c" },
    ]);
    expect(metaOf(ask(store, "s:d")).events.map(({ title }) => title)).toEqual(["d", "u", "all"]);
  });

  it("shows lanes as unknown while the source is lost", () => {
    const { store, table } = kafkaStore();
    table.fail({ code: "TIMEOUT", message: "late", hint: "", at: NOW, nextTryAt: null, attempts: 1 });
    const frame = ask(store, "prod:slow");
    expect(metaOf(frame)).toMatchObject({ sourceStatus: "lost", consumer: { status: "unknown" } });
    expect(frame.rows[0]).toMatchObject({ status: "unknown", backlog: { value: 3_000 } });
  });

  it.each([
    [
      "prod:nobody",
      "Source “prod” has no such consumer now: it was deleted, has never committed, or the address is mistyped.",
    ],
    ["nowhere:x", "There is no source named “nowhere”. Configured sources: prod, new, dead."],
    ["new:x", "Source “new” has not been sampled yet."],
    ["dead:x", "Source “dead” has not been sampled yet: No answer."],
    ["__proto__", "There is no source named “__proto__”. Configured sources: prod, new, dead."],
  ])("says why there is no %s", (id, reason) => {
    const { store } = kafkaStore();
    addSource(store, "new");
    addSource(store, "dead").fail({
      code: "TIMEOUT",
      message: "No answer.",
      hint: "",
      at: 0,
      nextTryAt: null,
      attempts: 1,
    });
    expect(ask(store, id)).toEqual({ asOf: NOW, meta: { consumer: null, reason }, rows: [] });
  });
});
