import { expect, it } from "vitest";
import type { SourceFailure } from "../../model/source.ts";
import { SourceSnapshot } from "../../store/source-snapshot.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST } from "../../store/test-store.ts";
import { layoutOf, observe } from "../test-observation.ts";
import { EVENTS_KEPT } from "./recent-events.ts";

const LAYOUT = layoutOf({ streams: { orders: 1 }, consumers: { billing: ["orders"] } });
const at = (ms: number) => observe(LAYOUT, { at: ms, head: 10, floor: 0, position: 10 });
const failure = (ms: number, changes: Partial<SourceFailure> = {}): SourceFailure => ({
  code: "UNREACHABLE",
  message: "127.0.0.1:9092 refused the connection.",
  hint: "Is it running?",
  at: ms,
  nextTryAt: ms + 1_000,
  attempts: 1,
  ...changes,
});

it("tells an outage once when it begins and once when it is over, with its length", () => {
  const table = addSource(new Store(), "prod");
  table.accept(at(1_000), COST);
  table.fail(failure(2_000));
  table.fail(failure(4_000, { code: "AUTH", attempts: 2 }));
  expect(table.outages.since).toBe(2_000);
  expect(new SourceSnapshot(table, 10_000).lostMs).toBe(8_000);
  table.accept(at(45_000), COST);
  table.accept(at(46_000), COST);
  expect(table.events).toEqual([
    {
      at: 2_000,
      kind: "outage",
      title: "127.0.0.1:9092 refused the connection.",
      before: "live",
      after: "lost",
      severity: "critical",
    },
    {
      at: 45_000,
      began: 2_000,
      kind: "outage",
      title: "The source is back after 43 s",
      before: "lost",
      after: "live",
      lastedMs: 43_000,
      severity: "good",
    },
  ]);
  expect(table.outages.since).toBeNull();
  table.fail(failure(50_000));
  expect([table.outages.count, new SourceSnapshot(table, 51_000).lostMs]).toEqual([2, 44_000]);
});

it("tells of a source that was never reached, without saying that it was live", () => {
  const table = addSource(new Store(), "prod");
  table.fail(failure(2_000, { code: "AUTH" }));
  expect(table.events).toMatchObject([{ kind: "outage", after: "refused" }]);
  expect(table.events[0]).not.toHaveProperty("before");
});

it("keeps what a failed sample had learned, in each of them", () => {
  const table = addSource(new Store(), "quotes", "grpc");
  const goaway = { at: 1_900, kind: "goaway", title: "10.0.0.1:443 sent GOAWAY" };
  table.fail(failure(2_000), {
    events: [goaway],
    signals: [
      { kind: "health", service: "quotes.Feed", says: "NOT_SERVING" },
      { kind: "health", service: "", says: "SERVING" },
    ],
  });
  table.fail(failure(3_000), { events: [{ ...goaway, at: 2_900 }], signals: [] });
  expect(table.events.map(({ kind, title }) => [kind, title])).toEqual([
    ["goaway", "10.0.0.1:443 sent GOAWAY"],
    ["health", "“quotes.Feed” said NOT_SERVING"],
    ["outage", "127.0.0.1:9092 refused the connection."],
    ["goaway", "10.0.0.1:443 sent GOAWAY"],
  ]);
});

it("keeps the newest events and counts those of the window that it has no room for", () => {
  const { recent } = addSource(new Store(), "prod");
  const many = Array.from({ length: EVENTS_KEPT }, (_, i) => ({ at: 60_000 + i, kind: "x", title: `${i}` }));
  recent.add(many);
  expect(recent.droppedAt(70_000)).toBe(0);
  recent.add([...many.slice(0, 5), { at: 70_000, kind: "x", title: "last" }]);
  expect(recent.list).toHaveLength(EVENTS_KEPT);
  expect(recent.list.at(-1)!.title).toBe("last");
  expect(recent.droppedAt(70_000)).toBe(6);
  expect(recent.droppedAt(70_000 + 16 * 60_000)).toBe(0);
});
