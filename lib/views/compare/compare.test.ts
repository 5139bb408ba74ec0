import { expect, it } from "vitest";
import type { Standing } from "../../model/compare.ts";
import type { Reading } from "../../model/reading.ts";
import type { Status } from "../../model/status.ts";
import { Store } from "../../store/store.ts";
import { addThreeSources, runTwoMinutes } from "../two-minutes.fixture.ts";
import { compareStandings, type Standings, standingsOf } from "./compare.ts";

const measured = (value: number | null): Reading =>
  value === null ? { value, provenance: "unknown" } : { value, provenance: "measured" };

/** Status, age in seconds, messages. */
type Short = readonly [status: Status, seconds: number | null, messages: number | null];

function standings(at: number, all: Readonly<Record<string, Short>>): Standings {
  const who = {
    source: "k",
    sourceName: "kafka",
    system: "kafka",
    stream: "t",
    backlogUnit: "messages",
  } as const;
  const standing = ([status, seconds, messages]: Short): Standing => ({
    status,
    latencyMs: measured(seconds === null ? null : seconds * 1_000),
    backlog: measured(messages),
  });
  return {
    at,
    consumers: new Map(
      Object.entries(all).map(([id, short]) => [
        id,
        { ...who, id, name: id, isConnection: id.startsWith("connection"), standing: standing(short) },
      ]),
    ),
  };
}
const changes = (before: Record<string, Short>, after: Record<string, Short>, limit = 100) =>
  compareStandings(standings(1, before), standings(2, after), limit).rows.map(({ id, change }) => [
    id,
    change,
  ]);

it("names who is new, gone, worse or better, the largest change first", () => {
  const before: Record<string, Short> = {
    same: ["ok", 0, 5],
    worse: ["ok", 0, 0],
    worst: ["ok", 0, 0],
    better: ["behind", 60, 900],
    gone: ["ok", 0, 0],
  };
  const after: Record<string, Short> = {
    same: ["ok", 1, 50],
    worse: ["behind", 30, 900],
    worst: ["stalled", 20, 100],
    better: ["ok", 0, 0],
    new: ["ok", 0, 0],
  };
  expect(changes(before, after)).toEqual([
    ["worst", "worse"],
    ["better", "better"],
    ["worse", "worse"],
    ["new", "new"],
    ["gone", "gone"],
  ]);
  expect(changes(after, before).slice(0, 3)).toEqual([
    ["worst", "better"],
    ["better", "worse"],
    ["worse", "better"],
  ]);
  expect(changes(before, before)).toEqual([]);
});

it("leaves out connections that come and go, unless one of them is in trouble", () => {
  const before: Record<string, Short> = { "connection 1": ["ok", 0, 0], "connection 2": ["ok", 0, 0] };
  const after: Record<string, Short> = {
    "connection 2": ["blocked", 0, 9_000],
    "connection 3": ["ok", 0, 0],
  };
  expect(changes(before, after)).toEqual([["connection 2", "worse"]]);
});

it("counts all of them, also those that it does not list", () => {
  const before = standings(1, { a: ["ok", 0, 0], b: ["ok", 0, 0], c: ["ok", 0, 0] });
  const after = standings(2, { a: ["stalled", 9, 9], b: ["stalled", 9, 9], d: ["ok", 0, 0] });
  expect(compareStandings(before, after, 1)).toMatchObject({
    ...{ before: 1, after: 2, all: 4 },
    rows: [{ id: "a" }],
    counts: { worse: 2, better: 0, new: 1, gone: 1 },
  });
});

it.each<[string, Short, Short, "worse" | "better" | null]>([
  ["twice as old", ["behind", 60, 10], ["behind", 120, 10], "worse"],
  ["half as old", ["behind", 120, 10], ["behind", 60, 10], "better"],
  ["a little older", ["behind", 60, 10], ["behind", 90, 10], null],
  ["older by less than tells", ["ok", 1, 10], ["ok", 4, 10], null],
  ["twice as many", ["behind", 60, 500], ["behind", 61, 1_000], "worse"],
  ["older, though fewer", ["behind", 10, 1_000], ["behind", 60, 100], "worse"],
  ["not known any more", ["behind", 60, 500], ["behind", null, null], null],
  ["another word of the same severity", ["behind", 60, 500], ["late", 60, 500], "better"],
  ["nobody knows any more", ["ok", 0, 0], ["unknown", null, null], "worse"],
])("%s: %j and then %j is %s", (_what, before, after, change) => {
  expect(changes({ c: before }, { c: after })).toEqual(change === null ? [] : [["c", change]]);
});

it("is of two snapshots that were taken one after the other", () => {
  const run = addThreeSources(new Store());
  let before: Standings | undefined;
  runTwoMinutes(run, (second) => {
    if (second === 20) before = standingsOf(run.store.at(20_700));
  });
  const after = standingsOf(run.store.at(120_700));
  const found = compareStandings(before!, after, 100);
  const changeOf = new Map(found.rows.map(({ id, change }) => [id, change]));
  expect(changeOf.get("k:auditor")).toBe("new");
  expect(changeOf.get("k:lost")).toBe("worse");
  expect(found.rows.find(({ id }) => id === "k:lost")).toMatchObject({ name: "lost", stream: "orders" });
});
