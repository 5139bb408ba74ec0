import { describe, expect, it } from "vitest";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { type GroupCommits, listOffsetsAnswer, offsetFetchAnswer } from "../answers.fixture.ts";
import { CommitColumns, CommitFinder, OffsetColumns } from "../offsets/columns.ts";
import { routeByLeader, sameLanes, toTopology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeListOffsets } from "../wire/list-offsets.ts";
import { decodeOffsetFetch } from "../wire/offset-fetch.ts";
import {
  buildPlan,
  type GroupRecord,
  kindOf,
  mapMembership,
  type Plan,
  partitionsOf,
  readersOf,
} from "./plan.ts";

const topologyOf = (
  topics: Record<string, number[]>,
  filter?: { include?: RegExp; exclude?: RegExp },
  internal = "__consumer_offsets",
) =>
  toTopology(
    {
      clusterId: "c",
      brokers: [{ node: 1, host: "b", port: 9092 }],
      topics: Object.entries({ ...topics, [internal]: [1] }).map(([name, leaders]) => ({
        name,
        internal: name === internal,
        error: 0,
        id: name,
        leaders: Int32Array.from(leaders),
        replicas: new Int32Array(leaders.length),
        copies: [],
        missing: [],
        inSync: {
          nodes: new Int32Array(0),
          start: new Int32Array(leaders.length),
          count: new Int32Array(leaders.length),
        },
      })),
    },
    filter,
  );

const groupOf = (id: string, more: Partial<GroupRecord> = {}): GroupRecord => ({
  id,
  type: "classic",
  protocolType: "consumer",
  state: "Stable",
  node: 1,
  missingSince: null,
  members: [],
  membersIn: "Stable",
  assignor: "",
  epoch: -1,
  ...more,
});

const find = (answer: readonly GroupCommits[]) => {
  const finder = new CommitFinder();
  finder.about = new Set(answer.map(({ group }) => group));
  decodeOffsetFetch(new Cursor(offsetFetchAnswer(answer)), finder);
  return finder.found;
};

const topology = topologyOf({ orders: [1, 1, 1], payments: [1, 1], idle: [1] });
const answer: GroupCommits[] = [
  { group: "b", topics: [["payments", [[1, 21]]]] },
  {
    group: "__proto__",
    topics: [
      [
        "payments",
        [
          [1, 11],
          [0, 10],
        ],
      ],
      ["orders", [[2, 2]]],
      ["__consumer_offsets", [[0, 5]]],
    ],
  },
];
const groups = [groupOf("__proto__"), groupOf("b")];
const plan = buildPlan(topology, groups, find(answer));

/** `group topic/partition` of each row. */
const rowNames = ({ layout: { positions, lanes, streams, consumers } } = plan) =>
  Array.from({ length: positions.count }, (_, row) => {
    const lane = positions.lane[row]!;
    return `${consumers[positions.consumer[row]!]!.key} ${streams[lanes.stream[lane]!]!.key}/${lanes.number[lane]}`;
  });

describe("buildPlan", () => {
  it("has a row for each commit in a shown topic, by group, topic and partition", () => {
    expect(plan.layout.streams.map(({ name, detail }) => [name, detail])).toEqual([
      ["idle", "1 partition"],
      ["orders", "3 partitions"],
      ["payments", "2 partitions"],
    ]);
    expect(rowNames()).toEqual([
      "__proto__ orders/2",
      "__proto__ payments/0",
      "__proto__ payments/1",
      "b payments/1",
    ]);
    expect([...plan.layout.positions.start]).toEqual([0, 3, 4]);
    expect(plan.layout.consumers.map(({ streams }) => streams)).toEqual([[1, 2], [2]]);
  });

  it("adds what is assigned and has no commit", () => {
    const member = (assignment: { topic: string; partitions: number[] }[]) => ({
      id: "m",
      clientId: "app",
      host: "h",
      assignment,
      topics: [],
    });
    const assigned = [
      groups[0]!,
      groupOf("b", {
        members: [
          member([{ topic: "orders", partitions: [0] }]),
          member([
            { topic: "payments", partitions: [1] },
            { topic: "gone", partitions: [0] },
          ]),
        ],
      }),
    ];
    expect(mapMembership(plan, topology, assigned).incomplete).toBe(true);
    const grown = buildPlan(topology, assigned, find(answer));
    expect(rowNames(grown).slice(3)).toEqual(["b orders/0", "b payments/1"]);
    const { incomplete, column, members, readers } = mapMembership(grown, topology, assigned);
    expect(incomplete).toBe(false);
    expect([...column]).toEqual([-1, -1, -1, 0, 1]);
    expect(members.map(({ consumer }) => consumer)).toEqual([1, 1]);
    expect([...readers]).toEqual([0, 2]);
  });

  it("gives back the partitions it was made of", () => {
    expect(partitionsOf(plan, 0)).toEqual(
      new Map([
        ["orders", [2]],
        ["payments", [0, 1]],
      ]),
    );
  });
});

describe("who reads which lane", () => {
  const { left, unassigned, ageAtMost } = ConsumerFlag;
  const member = (held: Record<string, number[]> | null, ...subscribed: string[]) => ({
    id: "m",
    clientId: "app",
    host: "h",
    assignment: held && Object.entries(held).map(([topic, partitions]) => ({ topic, partitions })),
    topics: subscribed,
  });
  const committed = new Map([
    [
      "g",
      new Map([
        ["orders", [0, 1]],
        ["payments", [0]],
      ]),
    ],
  ]);
  /** By lane: `orders/0`, `orders/1`, `payments/0`. */
  const told = (more: Partial<GroupRecord>) => {
    const records = [groupOf("g", more)];
    const { flags, readers } = mapMembership(buildPlan(topology, records, committed), topology, records);
    return [flags && [...flags], readers[0]];
  };
  const holdsOne = [member({ orders: [0] }, "orders")];

  it.each<[string, Partial<GroupRecord>, unknown]>([
    ["what all its members left", { members: [member({ orders: [0, 1] }, "orders")] }, [[0, 0, left], 1]],
    ["what nobody of them has", { members: holdsOne }, [[0, unassigned, left], 1]],
    [
      "what is subscribed to and not handed out",
      { members: [member({ orders: [0, 1] }, "orders", "payments")] },
      [[0, 0, unassigned], 1],
    ],
    ["… of KIP-848", { type: "consumer", members: holdsOne }, [[0, unassigned, left], 1]],
    [
      "a share group",
      { type: "share", members: holdsOne },
      [[ageAtMost, ageAtMost | unassigned, ageAtMost | left], 1],
    ],
    [
      "a share group without members",
      { type: "share", state: "Empty", members: [] },
      [[ageAtMost, ageAtMost, ageAtMost], 0],
    ],
    ["nothing without members", { state: "Empty", members: [] }, [null, 0]],
    ["nothing while it rebalances", { state: "PreparingRebalance", members: holdsOne }, [null, 1]],
    ["nothing told while it rebalanced", { membersIn: "CompletingRebalance", members: holdsOne }, [null, 1]],
    ["nothing where one cannot be read", { members: [...holdsOne, member(null)] }, [null, 2]],
    ["nothing where members are not known", { members: null }, [null, Number.NaN]],
    ["nobody who has a partition", { members: [member({}, "nowhere")] }, [null, 0]],
    [
      "idle members",
      { members: [...holdsOne, member({ orders: [] }), member({})] },
      [[0, unassigned, left], 1],
    ],
  ])("says %s", (_what, more, expected) => {
    expect(told(more)).toEqual(expected);
  });
});

describe("CommitColumns", () => {
  const read = (groupsAnswered: readonly GroupCommits[]) => {
    const columns = new CommitColumns(plan);
    columns.begin(1000, new Set(groupsAnswered.map(({ group }) => group)));
    decodeOffsetFetch(new Cursor(offsetFetchAnswer(groupsAnswered)), columns);
    return columns;
  };

  it("puts offsets into their rows in whatever order they come", () => {
    for (const order of [answer, [...answer].reverse()]) {
      const { position, asOf, missesRow, missesTopic } = read(order);
      expect([...position]).toEqual([2, 10, 11, 21]);
      expect([...asOf]).toEqual([1000, 1000, 1000, 1000]);
      expect([missesRow, missesTopic]).toEqual([false, false]);
    }
  });

  it("tells 'answered, no commit' from 'not answered'", () => {
    const { position, asOf } = read([{ group: "b", topics: [] }]);
    expect([...position]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect([...asOf]).toEqual([Number.NaN, Number.NaN, Number.NaN, 1000]);
  });

  it("keeps a partition's error to its row and a group's error to its rows", () => {
    const { position, laneErrors, groupErrors } = read([
      { group: "b", topics: [["payments", [[1, 21]]]], error: 16 },
      {
        group: "__proto__",
        topics: [
          [
            "payments",
            [
              [0, -1, 29],
              [1, 11],
            ],
          ],
        ],
      },
    ]);
    expect([...position]).toEqual([Number.NaN, Number.NaN, 11, Number.NaN]);
    expect(laneErrors).toEqual([{ row: 4, error: 29 }]);
    expect(groupErrors).toEqual([{ row: 1, error: 16 }]);
  });

  it("keeps the lag a broker reports, NaN beside it, and forgets it with its group", () => {
    expect(read(answer).backlog).toBeNull();
    const columns = new CommitColumns(plan);
    columns.begin(1000, new Set(["__proto__", "b"]));
    const name = Buffer.from("payments");
    const tell = (group: string, lag: number, error = 0) => {
      columns.group(Buffer.from(group), 0, group.length);
      columns.topic(name, 0, name.length);
      columns.partition(1, 10, 0, lag);
      columns.groupEnd(error);
    };
    tell("__proto__", -1);
    tell("b", 4);
    expect([...columns.backlog!]).toEqual([Number.NaN, Number.NaN, Number.NaN, 4]);
    tell("b", 3, 16);
    expect([...columns.backlog!]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it("hears nothing of a group that was not asked for", () => {
    const finder = new CommitFinder();
    const columns = new CommitColumns(plan);
    finder.about = new Set(["__proto__"]);
    columns.begin(1000, finder.about);
    const bytes = offsetFetchAnswer([{ group: "b", topics: [["payments", [[1, 21]]]] }]);
    for (const visitor of [finder, columns]) decodeOffsetFetch(new Cursor(bytes), visitor);
    expect(finder.found).toEqual(new Map());
    expect(columns.position.some((offset) => offset === 21)).toBe(false);
  });

  it("notices what it has no row for", () => {
    expect(read([{ group: "b", topics: [["payments", [[0, 3]]]] }])).toMatchObject({ missesRow: true });
    expect(read([{ group: "b", topics: [["payments", [[0, -1]]]] }])).toMatchObject({ missesRow: false });
    expect(read([{ group: "b", topics: [["orders", [[0, 3]]]] }])).toMatchObject({ missesRow: true });
    expect(read([{ group: "b", topics: [["payments", [[2, 3]]]] }])).toMatchObject({ missesTopic: true });
    expect(read([{ group: "b", topics: [["brand-new", [[0, 3]]]] }])).toMatchObject({ missesTopic: true });
    expect(read([{ group: "b", topics: [["__consumer_offsets", [[0, 3]]]] }])).toMatchObject({
      missesTopic: false,
      missesRow: false,
    });
  });
});

describe("OffsetColumns", () => {
  it("puts ends into their lanes, and an error into none", () => {
    const columns = new OffsetColumns(plan);
    columns.begin(7, [
      { topic: "payments", partitions: [0, 1] },
      { topic: "idle", partitions: [0] },
    ]);
    const bytes = listOffsetsAnswer([
      [
        "payments",
        [
          [1, 5],
          [0, -1, 6],
        ],
      ],
      ["idle", [[0, 0]]],
      ["unheard-of", [[0, 9]]],
      ["orders", [[3, 9]]],
    ]);
    decodeListOffsets(new Cursor(bytes), columns);
    const none = Number.NaN;
    expect([...columns.offset]).toEqual([0, none, none, none, none, 5]);
    expect([...columns.asOf]).toEqual([7, none, none, none, none, 7]);
    expect(columns.errors).toEqual([{ row: 4, error: 6 }]);
    expect(columns.staleTopology).toBe(true);
    columns.forget("payments", [1]);
    expect(columns.offset[5]).toBeNaN();
  });
});

describe("topology", () => {
  it("leaves out internal and filtered topics", () => {
    const { topics, hidden } = topologyOf({ a: [1], b: [1] }, { include: /./gu, exclude: /^b$/ });
    expect(topics.map(({ name }) => name)).toEqual(["a"]);
    expect(hidden).toEqual(["b", "__consumer_offsets"]);
  });

  it("has the same lanes when only leaders moved, others when partitions came", () => {
    const before = topologyOf({ a: [1, 2] });
    expect(sameLanes(before, topologyOf({ a: [2, -1] }))).toBe(true);
    expect(sameLanes(before, topologyOf({ a: [1, 2, 1] }))).toBe(false);
    expect(sameLanes(before, topologyOf({ b: [1, 2] }))).toBe(false);
  });

  it("routes partitions to their leaders", () => {
    expect(routeByLeader(topologyOf({ a: [1, 2, -1], b: [2] }))).toEqual(
      new Map([
        [1, [{ topic: "a", partitions: [0] }]],
        [
          2,
          [
            { topic: "a", partitions: [1] },
            { topic: "b", partitions: [0] },
          ],
        ],
        [-1, [{ topic: "a", partitions: [2] }]],
      ]),
    );
  });
});

describe("groups", () => {
  it.each([
    ["classic", "consumer", "classic group"],
    ["", "consumer", "classic group"],
    ["classic", "", "group"],
    ["consumer", "consumer", "consumer group"],
    ["share", "share", "share group"],
    ["streams", "streams", "streams group"],
    ["unheard-of", "x", "group"],
  ])("type %j with protocol %j is a %s", (type, protocolType, kind) => {
    expect(kindOf({ type, protocolType })).toBe(kind);
  });

  it("has no readers when empty, and unknown readers where the broker cannot know", () => {
    expect(readersOf(groupOf("g", { state: "Empty", members: [] }))).toBe(0);
    expect(readersOf(groupOf("g", { state: "Empty", protocolType: "" }))).toBeNaN();
    expect(readersOf(groupOf("g", { state: "Stable", members: null }))).toBeNaN();
  });
});

function planFor(
  topics: Record<string, number[]>,
  groups: Record<string, Record<string, number[]>>,
  before?: Plan,
) {
  const committed = new Map(
    Object.entries(groups).map(([id, reads]) => [id, new Map(Object.entries(reads))]),
  );
  return buildPlan(
    topologyOf(topics),
    Object.keys(groups).map((id) => groupOf(id)),
    committed,
    new Set(),
    before?.layout,
  );
}

function readInto(
  columns: CommitColumns,
  at: number,
  commits: Record<string, Record<string, [number, number][]>>,
) {
  columns.begin(at, new Set(Object.keys(commits)));
  const answer = offsetFetchAnswer(
    Object.entries(commits).map(([group, topics]) => ({ group, topics: Object.entries(topics) })),
  );
  decodeOffsetFetch(new Cursor(answer), columns);
  return columns;
}

describe("commits of groups that take turns", () => {
  const plan = planFor({ t: [1, 1] }, { a: { t: [0, 1] }, b: { t: [0, 1] } });
  const both = {
    a: {
      t: [
        [0, 5],
        [1, 6],
      ],
    },
    b: {
      t: [
        [0, 7],
        [1, 8],
      ],
    },
  } as Record<string, Record<string, [number, number][]>>;

  it("keeps what a group told last, with the time it told it", () => {
    const first = readInto(new CommitColumns(plan), 1_000, both);
    const second = readInto(new CommitColumns(plan, first), 2_000, {
      a: {
        t: [
          [0, 5],
          [1, 9],
        ],
      },
    });
    expect([...second.position]).toEqual([5, 9, 7, 8]);
    expect([...second.asOf]).toEqual([2_000, 2_000, 1_000, 1_000]);
    expect([...second.answered]).toEqual([1, 0]);
    expect([...second.moved]).toEqual([1, 0]);
    expect([...first.position]).toEqual([5, 6, 7, 8]);
  });

  it("writes into copies, and copies nothing where nobody answers", () => {
    const first = readInto(new CommitColumns(plan), 1_000, both);
    const known = structuredClone({ position: first.position, asOf: first.asOf });
    const second = new CommitColumns(plan, first);
    expect(second.position).toBe(first.position);
    readInto(second, 2_000, { a: { t: [[0, 6]] } });
    second.forget(1);
    second.ownBacklog()[0] = 1;
    const third = new CommitColumns(plan, second);
    expect(third.backlog).toBe(second.backlog);
    third.ownBacklog()[0] = 2;
    expect([...second.backlog!]).toEqual([1, Number.NaN, Number.NaN, Number.NaN]);
    expect({ position: first.position, asOf: first.asOf }).toEqual(known);
  });

  it("does not keep a commit that an answer no longer has", () => {
    const first = readInto(new CommitColumns(plan), 1_000, both);
    const second = readInto(new CommitColumns(plan, first), 2_000, { a: { t: [[0, 5]] } });
    expect([...second.position]).toEqual([5, Number.NaN, 7, 8]);
    expect([...second.asOf]).toEqual([2_000, 2_000, 1_000, 1_000]);
  });

  it("tells a first commit and a step back from standing still", () => {
    const first = readInto(new CommitColumns(plan), 1_000, { a: {}, b: both.b! });
    expect([...first.moved]).toEqual([0, 0]); // nothing to compare with
    const second = readInto(new CommitColumns(plan, first), 2_000, { a: { t: [[1, 1]] }, b: both.b! });
    expect([...second.moved]).toEqual([1, 0]);
    const third = readInto(new CommitColumns(plan, second), 3_000, { a: { t: [[1, 0]] }, b: both.b! });
    expect([...third.moved]).toEqual([1, 0]);
  });

  it("moves to the rows of another plan: by group, topic and partition", () => {
    const first = readInto(new CommitColumns(plan), 1_000, both);
    const next = planFor(
      { r: [1], t: [1, 1, 1] },
      { "0": { r: [0] }, b: { t: [1, 2], r: [0] }, c: { t: [0] } },
      plan,
    );
    const carried = first.carriedOver(next);
    const rows = [...carried.position].map((position, row) => {
      const { layout } = next;
      const lane = layout.positions.lane[row]!;
      const stream = layout.streams[layout.lanes.stream[lane]!]!.key;
      return [
        `${layout.consumers[layout.positions.consumer[row]!]!.key} ${stream}/${layout.lanes.number[lane]}`,
        position,
        carried.asOf[row],
      ];
    });
    expect(rows).toEqual([
      ["0 r/0", Number.NaN, Number.NaN],
      ["b r/0", Number.NaN, Number.NaN],
      ["b t/1", 8, 1_000],
      ["b t/2", Number.NaN, Number.NaN],
      ["c t/0", Number.NaN, Number.NaN],
    ]);
  });
});
