import { describe, expect, it } from "vitest";
import type { GroupRound } from "../offsets/broker-sampler.ts";
import type { DescribedGroup, ListedGroup } from "../wire/groups.ts";
import { GroupBook } from "./group-book.ts";

const group = (id: string, state = "Stable", type = "classic"): ListedGroup => ({
  id,
  state,
  type,
  protocolType: "consumer",
});
const round = (groups: readonly ListedGroup[], more: Partial<GroupRound> = {}) =>
  ({ node: 1, groups, complete: true, described: [], failures: [], ...more }) as unknown as GroupRound;
const described = (id: string): DescribedGroup => ({
  id,
  error: 0,
  state: "Stable",
  assignor: "range",
  epoch: -1,
  members: [{ id: "m", clientId: "c", host: "h", assignment: [], topics: [] }],
});

describe("GroupBook", () => {
  it("wants members when a group is new or changed its state, and not otherwise", () => {
    const book = new GroupBook();
    expect(book.isDue(group("a"))).toBe(true);
    book.apply([round([group("a")], { described: [described("a")] })], true, 0);
    expect(book.isDue(group("a"))).toBe(false);
    expect(book.isDue(group("a", "PreparingRebalance"))).toBe(true);
    expect(book.apply([round([group("a")])], true, 1)).toEqual({
      rowsChanged: false,
      membersChanged: false,
      replaced: new Set(),
    });
  });

  it("makes another record of a group that changes, and leaves the one that was told as it was", () => {
    const book = new GroupBook();
    book.apply([round([group("a"), group("b")], { described: [described("a")] })], true, 0);
    const [a, b] = [book.records.get("a")!, book.records.get("b")!];
    const known = structuredClone(a);
    const { replaced } = book.apply([round([group("a", "Empty"), group("b")])], true, 1);
    expect([...replaced]).toEqual(["a"]);
    expect(book.records.get("a")).toMatchObject({ state: "Empty", members: [] });
    expect(book.records.get("b")).toBe(b);
    expect(a).toEqual(known);
    expect([...book.apply([round([group("b")])], true, 2).replaced]).toEqual(["a"]);
    expect(book.records.get("a")).toMatchObject({ missingSince: 2 });
  });

  it("knows assignor and epoch as they were last told", () => {
    const book = new GroupBook();
    book.apply([round([group("a")], { described: [{ ...described("a"), epoch: 7 }] })], true, 0);
    expect(book.records.get("a")).toMatchObject({ assignor: "range", epoch: 7 });
    const failed = { ...described("a"), error: 16, assignor: "", epoch: 0, members: [] };
    book.apply([round([group("a")], { described: [failed] })], true, 1);
    expect(book.records.get("a")).toMatchObject({ assignor: "range", epoch: 7, members: null });
  });

  it("empties a group that says it is empty without asking", () => {
    const book = new GroupBook();
    book.apply([round([group("a")], { described: [described("a")] })], true, 0);
    expect(book.apply([round([group("a", "Empty")])], true, 1).membersChanged).toBe(true);
    expect(book.records.get("a")!.members).toEqual([]);
  });

  it("keeps a group that nobody lists while its coordinator may be moving, and lets it go then", () => {
    const book = new GroupBook();
    book.apply([round([group("a")])], true, 0);
    expect(book.apply([round([])], true, 1000).rowsChanged).toBe(false);
    expect(book.apply([round([])], true, 5999).rowsChanged).toBe(false);
    expect(book.apply([round([])], true, 6000).rowsChanged).toBe(true);
    expect(book.records.size).toBe(0);
  });

  it("does not hold a missing answer against a group", () => {
    const book = new GroupBook();
    book.apply([round([group("a")])], true, 0);
    book.apply([], false, 1000);
    book.apply([round([], { complete: false })], true, 60_000);
    expect(book.records.has("a")).toBe(true);
    book.apply([round([group("a")], { node: 2 })], true, 61_000);
    expect(book.records.get("a")).toMatchObject({ node: 2, missingSince: null });
  });

  it("believes who lost a group again once it was seen without it", () => {
    const book = new GroupBook();
    const after = (...rounds: GroupRound[]) => {
      const settled = book.settle(rounds, new Map());
      book.apply(settled, true, 0);
      return [book.records.get("a")!.node, settled.map(({ about }) => about?.size)];
    };
    const listing = (node: number, ...ids: string[]) =>
      round(
        ids.map((id) => group(id)),
        { node, about: new Set(ids) },
      );
    expect(after(listing(1, "a"), listing(2))).toEqual([1, [1, 0]]);
    // Both for a moment, in whatever order they are told: it is with who did not have it before.
    expect(after(listing(1, "a"), listing(2, "a"))).toEqual([2, [0, 1]]);
    expect(after(listing(2, "a"), listing(1, "a"))).toEqual([2, [1, 0]]);
    expect(after(listing(2, "a"), listing(1))).toEqual([2, [1, 0]]);
    expect(after(listing(2, "a"), listing(1, "a"))).toEqual([1, [0, 1]]);
  });

  it("makes new rows for new groups and new kinds", () => {
    const book = new GroupBook();
    expect(book.apply([round([group("a")])], true, 0).rowsChanged).toBe(true);
    expect(book.apply([round([group("a", "Stable", "consumer")])], true, 1).rowsChanged).toBe(true);
  });
});
