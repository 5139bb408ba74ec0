import { beforeEach, describe, expect, it } from "vitest";
import {
  type DeltaMessage,
  type LiveQuery,
  liveQuery,
  type SeriesBlock,
  type View,
} from "../../model/live.ts";
import { LiveQueries, MAX_LIVE_QUERIES } from "./live-queries.ts";

const overview: LiveQuery = { view: "overview" };
const page = (offset: number): LiveQuery => liveQuery.parse({ view: "consumers", offset });

const cut = (points: readonly number[], after: number): SeriesBlock => {
  const t = points.filter((point) => point > after);
  return { t, columns: { in: t } };
};

describe("LiveQueries", () => {
  let points: number[];
  let evaluated: LiveQuery[];
  let sent: DeltaMessage[];
  let value: number;
  let queries: LiveQueries;
  beforeEach(() => {
    evaluated = [];
    sent = [];
    value = 0;
    points = [];
    queries = new LiveQueries({
      evaluate(query, now): View {
        evaluated.push(query);
        return { asOf: now, meta: { value }, rows: [] };
      },
      seriesOf: (query, _now, after) => (query.view === "overview" ? cut(points, after) : null),
      versionOf: () => String(value),
      broadcast: (message) => sent.push(message),
    });
  });

  it("evaluates a query once a tick, however many watch it", () => {
    for (let n = 0; n < 50; n++) queries.watch(`w${n}`, overview, 0);
    expect(evaluated).toHaveLength(1);
    value = 1;
    queries.tick(1_000);
    expect(evaluated).toHaveLength(2);
    expect(sent).toEqual([{ key: "q0", seq: 1, serverTime: 1_000, meta: { value: 1 } }]);
  });

  it("is one query whatever the order of its fields, with defaults left out or not", () => {
    queries.watch("a", liveQuery.parse({ view: "consumers", q: "x", sort: "worst" }), 0);
    queries.watch("b", liveQuery.parse({ limit: 100, q: "x", view: "consumers" }), 0);
    expect(queries.size).toBe(1);
  });

  it("evaluates nothing while nothing changed, and says so", () => {
    queries.watch("a", overview, 0);
    for (const [at, next] of [1, 1, 2, 2].entries()) {
      value = next;
      queries.tick(at * 1_000);
    }
    expect(evaluated).toHaveLength(3);
    expect(sent.map(({ seq, meta }) => [seq, meta])).toEqual([
      [1, { value: 1 }],
      [2, undefined],
      [3, { value: 2 }],
      [4, undefined],
    ]);
    expect(sent[1]).toEqual({ key: "q0", seq: 2, serverTime: 1_000 });
  });

  it("sends new points only, to a newcomer those that everyone has", () => {
    points = [1_000, 2_000];
    expect(queries.watch("a", overview, 2_000)?.frame.series?.t).toEqual([1_000, 2_000]);
    points = [1_000, 2_000, 3_000];
    value = 1;
    queries.tick(3_000);
    expect(sent.at(-1)?.series).toEqual({ t: [3_000], columns: { in: [3_000] } });
    points = [1_000, 2_000, 3_000, 4_000];
    expect(queries.watch("b", overview, 4_100)?.frame.series?.t).toEqual([1_000, 2_000, 3_000]);
    value = 2;
    queries.tick(5_000);
    expect(sent.at(-1)?.series?.t).toEqual([4_000]);
  });

  it("gives a newcomer the newest frame with its number, so that the next delta fits", () => {
    queries.watch("a", overview, 0);
    value = 5;
    queries.tick(1_000);
    value = 6; // not yet seen by anyone
    const snapshot = queries.watch("b", overview, 1_500)!;
    expect(snapshot).toMatchObject({ seq: 1, serverTime: 1_500, frame: { meta: { value: 5 } } });
    queries.tick(2_000);
    expect(sent.at(-1)).toMatchObject({ seq: 2, meta: { value: 6 } });
  });

  it("answers a resync with the present frame, to those who watch only", () => {
    const { key } = queries.watch("a", overview, 0)!;
    value = 1;
    queries.tick(1_000);
    expect(queries.resync("a", key, 1_200)).toMatchObject({ key, seq: 1, frame: { meta: { value: 1 } } });
    expect(queries.resync("stranger", key, 0)).toBeNull();
    expect(queries.resync("a", "no such key", 0)).toBeNull();
  });

  it("frees a query when its last watcher leaves", () => {
    const { key } = queries.watch("a", overview, 0)!;
    queries.watch("a", overview, 0); // twice is one watch
    queries.watch("b", overview, 0);
    queries.unwatch("a", key);
    queries.unwatch("a", key);
    expect(queries.size).toBe(1);
    queries.unwatch("b", key);
    expect(queries.size).toBe(0);
    queries.tick(1_000);
    expect(evaluated).toHaveLength(1);
  });

  it("frees everything a watcher held, and nothing else", () => {
    queries.watch("a", overview, 0);
    queries.watch("a", page(1), 0);
    queries.watch("b", page(1), 0);
    queries.unwatchAll("a");
    expect(queries.size).toBe(1);
  });

  it("takes a bounded number of different queries", () => {
    for (let n = 0; n < MAX_LIVE_QUERIES; n++) expect(queries.watch(`w${n}`, page(n), 0)).not.toBeNull();
    expect(queries.watch("late", page(MAX_LIVE_QUERIES), 0)).toBeNull();
    expect(queries.watch("late", page(0), 0)).not.toBeNull();
    expect(queries.size).toBe(MAX_LIVE_QUERIES);
    queries.unwatch("w7", queries.nameOf(page(7))!);
    expect(queries.watch("late", page(MAX_LIVE_QUERIES), 0)).not.toBeNull();
  });

  it("evaluates the pages of some consumers alone, and knows which are looked at", () => {
    const consumer = (id: string) => liveQuery.parse({ view: "consumer", id });
    for (const query of [overview, consumer("k:a"), consumer("k:b"), consumer("k:a")]) {
      queries.watch("w", query, 0);
    }
    queries.watch("other", liveQuery.parse({ view: "consumer", id: "k:a", behindOnly: true }), 0);
    expect(queries.watchedConsumers()).toEqual(["k:a", "k:b"]);
    evaluated = [];
    value = 1;
    queries.tickConsumers(new Set(["k:a", "k:z"]), 250);
    expect(evaluated).toEqual([
      consumer("k:a"),
      liveQuery.parse({ view: "consumer", id: "k:a", behindOnly: true }),
    ]);
    expect(sent.map(({ serverTime }) => serverTime)).toEqual([250, 250]);
    queries.tickConsumers(new Set(["k:a"]), 500);
    expect(sent, "what did not change is not told between two ticks").toHaveLength(2);
  });

  it("tells at a tick that nothing changed to whom nothing was told since the last one", () => {
    const consumer = liveQuery.parse({ view: "consumer", id: "k:a" });
    const { key } = queries.watch("w", consumer, 0)!;
    queries.tick(1_000);
    expect(sent.at(-1)).toEqual({ key, seq: 1, serverTime: 1_000 });
    value = 1;
    queries.tickConsumers(new Set(["k:a"]), 1_250);
    expect(sent.at(-1)).toMatchObject({ seq: 2, meta: { value: 1 } });
    queries.tick(2_000);
    expect(sent).toHaveLength(2);
    queries.tick(3_000);
    expect(sent.at(-1)).toEqual({ key, seq: 3, serverTime: 3_000 });
    value = 2;
    queries.tickConsumers(new Set(["k:a"]), 3_250);
    value = 3;
    queries.tick(4_000);
    expect(sent.at(-1)).toMatchObject({ seq: 5, meta: { value: 3 } });
  });

  it("makes the points of a new query once", () => {
    let made = 0;
    queries = new LiveQueries({
      evaluate: (_query, now) => ({ asOf: now, meta: {}, rows: [] }),
      seriesOf(_query, _now, after) {
        made++;
        return cut([1_000, 2_000], after);
      },
      versionOf: () => "",
      broadcast: (message) => sent.push(message),
    });
    expect(queries.watch("a", overview, 2_000)?.frame.series?.t).toEqual([1_000, 2_000]);
    expect(made).toBe(1);
  });
});
