import { describe, expect, it } from "vitest";
import { GroupWatch } from "./group-events.ts";
import type { GroupRecord } from "./plan.ts";

const member = (id: string, clientId = id.split("-")[0]!) => ({
  id,
  clientId,
  host: "h",
  assignment: [],
  topics: [],
});
const members = (...ids: string[]) => ids.map((id) => member(id));

function groupOf(more: Partial<GroupRecord> = {}): GroupRecord {
  return {
    id: "billing",
    type: "classic",
    protocolType: "consumer",
    state: "Stable",
    node: 1,
    missingSince: null,
    members: members("a-1", "b-1"),
    membersIn: "Stable",
    assignor: "",
    epoch: -1,
    ...more,
  };
}

/** What is told when the group goes through these states, one a sample at 1, 2, 3 … */
function told(...states: Partial<GroupRecord>[]) {
  const watch = new GroupWatch();
  return states.flatMap((state, n) => watch.observe(new Map([["billing", groupOf(state)]]), n + 1));
}

describe("GroupWatch", () => {
  it("says nothing at first sight, and nothing while nothing changes", () => {
    const group = groupOf();
    expect(told(group, group, { ...group, members: members("b-1", "a-1") })).toEqual([]);
  });

  it("tells a classic rebalance once, when it is over, at the time it began", () => {
    expect(
      told(
        {},
        { state: "PreparingRebalance", members: members("b-1") },
        { state: "CompletingRebalance", members: members("b-1", "c-1") },
        { members: members("b-1", "c-1") },
      ),
    ).toEqual([
      {
        at: 2,
        kind: "rebalance",
        title: "Rebalance: c joined, a left",
        before: "2 members",
        after: "2 members",
        consumerKey: "billing",
      },
    ]);
  });

  it("tells one that changes nothing, too: nobody read meanwhile", () => {
    expect(told({}, { state: "PreparingRebalance" }, {})).toMatchObject([
      { at: 2, title: "Rebalance: same members" },
    ]);
  });

  it("says who came back under the same name", () => {
    expect(told({}, { members: members("a-2", "b-1", "d-1", "d-2") })).toMatchObject([
      { title: "Rebalance: d ×2 joined, a rejoined", before: "2 members", after: "4 members" },
    ]);
  });

  it("tells members leaving and coming back to an empty group", () => {
    expect(told({}, { state: "Empty", members: [] }, { members: members("c-1") })).toMatchObject([
      { at: 2, title: "All members left billing: a, b", before: "2 members", after: "0 members" },
      { at: 3, title: "Rebalance: c joined", before: "0 members", after: "1 member" },
    ]);
  });

  it("tells a new epoch of a KIP-848 group, once", () => {
    const modern = { type: "consumer", members: members("a-1", "b-1") };
    const moving = { ...modern, state: "Reconciling", epoch: 6, members: members("a-1", "b-1", "c-1") };
    expect(
      told(
        { ...modern, epoch: 5 },
        moving,
        { ...moving, state: "Stable" },
        { ...moving, epoch: 7, state: "Stable" },
      ),
    ).toMatchObject([
      { at: 2, title: "Rebalance: c joined", before: "2 members, epoch 5", after: "3 members, epoch 6" },
      {
        at: 4,
        title: "Rebalance: same members",
        before: "3 members, epoch 6",
        after: "3 members, epoch 7",
      },
    ]);
  });

  it("does not take members that could not be asked for as gone", () => {
    expect(told({}, { members: null }, {}, { members: members("a-1") })).toMatchObject([
      { at: 4, title: "Rebalance: b left" },
    ]);
  });

  it("compares with nothing what is in a rebalance at first sight", () => {
    expect(told({ state: "PreparingRebalance", members: members("x-1") }, {})).toEqual([]);
  });

  it("tells a new coordinator", () => {
    expect(told({}, { node: 3 })).toEqual([
      {
        at: 2,
        kind: "coordinator-changed",
        title: "Broker 3 coordinates the group billing now",
        before: "broker 1",
        after: "broker 3",
        consumerKey: "billing",
      },
    ]);
  });

  it("tells a thousand groups that moved or rebalanced at once in a few events", () => {
    const watch = new GroupWatch();
    const groups = (node: number, ...ids: string[]) =>
      new Map(
        Array.from({ length: 1000 }, (_, n): [string, GroupRecord] => [
          `g${n}`,
          groupOf({ id: `g${n}`, node, members: members(...ids) }),
        ]),
      );
    watch.observe(groups(2, "a-1"), 1);
    const events = watch.observe(groups(3, "b-1"), 2);
    expect(events).toHaveLength(22);
    expect(events.slice(20)).toEqual([
      { at: 2, kind: "rebalance", title: "980 more groups rebalanced" },
      {
        at: 2,
        kind: "coordinator-changed",
        title: "1,000 groups got another coordinator",
        before: "broker 2",
        after: "broker 3",
      },
    ]);
  });

  it("cuts names that no title has room for", () => {
    const id = "x".repeat(32_000);
    const watch = new GroupWatch();
    watch.observe(new Map([[id, groupOf({ id })]]), 1);
    const [event] = watch.observe(new Map([[id, groupOf({ id, node: 2, members: [member("m", id)] })]]), 2);
    expect(event!.consumerKey).toBe(id);
    expect(event!.title.length).toBeLessThan(200);
  });

  it("forgets groups that are gone", () => {
    const watch = new GroupWatch();
    watch.observe(new Map([["billing", groupOf()]]), 1);
    watch.observe(new Map(), 2);
    expect(watch.observe(new Map([["billing", groupOf({ members: members("z-1") })]]), 3)).toEqual([]);
  });
});
