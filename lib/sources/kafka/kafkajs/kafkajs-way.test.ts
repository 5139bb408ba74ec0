import { beforeEach, describe, expect, it } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { shown } from "../../facts.fixture.ts";
import { PlanKeeper } from "../groups/plan-keeper.ts";
import { toTopology } from "../topology/topology.ts";
import type { ApiVersions } from "../wire/cluster.ts";
import type { TopicMetadata } from "../wire/metadata.ts";
import type { GroupDescription } from "./kafkajs-admin.ts";
import { KafkajsWay, needsKafkajs } from "./kafkajs-way.ts";

const none = Number.NaN;
let clock = 0;
let failing = new Map<string, CollectorError>();
let failingOnce = false;
let asked: string[] = [];
let restarts = 0;
let connected = false;
let groups: string[] = [];
/** Every topic's head, and every group's position in it: they move together, ten apart. */
let head = 0;

beforeEach(() => {
  clock = 1_000_000;
  failing = new Map();
  failingOnce = false;
  asked = [];
  restarts = 0;
  connected = false;
  groups = ["g1", "g2"];
  head = 110;
});

function answer<T>(what: string, value: T): Promise<T> {
  asked.push(what);
  const error = failing.get(what);
  if (failingOnce) failing.delete(what);
  return error ? Promise.reject(error) : Promise.resolve(value);
}

/** Group `g7` reads topic `t7`. */
const topicOf = (group: string) => group.replace("g", "t");

const admin = {
  get connected() {
    return connected;
  },
  connect: async () => {
    connected = true;
  },
  listGroups: () =>
    answer(
      "list",
      groups.map((id) => ({ id, protocolType: "consumer" })),
    ),
  describe: (id: string): Promise<GroupDescription> =>
    answer(`describe ${id}`, {
      id,
      error: 0,
      state: "Stable",
      protocolType: "consumer",
      assignor: "range",
      epoch: -1,
      members: [{ id: `member of ${id}`, clientId: "c", host: "h", assignment: null, topics: [] }],
    }),
  committed: (id: string) =>
    answer(`committed ${id}`, [{ topic: topicOf(id), partitions: [0], offsets: [head - 10] }]),
  ends: (topic: string) => answer(`ends ${topic}`, [{ partition: 0, head, floor: 0 }]),
  drop: (reason: CollectorError) => {
    connected = false;
    return reason;
  },
  abandon: () => {
    restarts++;
    connected = false;
  },
};

function topologyOf(names: readonly string[], leaders: readonly number[] = [1]) {
  const topics = names.map(
    (name): TopicMetadata => ({
      name,
      internal: false,
      error: 0,
      id: "",
      leaders: Int32Array.from(leaders),
      replicas: new Int32Array(leaders.length).fill(1),
      copies: [],
      missing: [],
      inSync: {
        nodes: new Int32Array(0),
        start: new Int32Array(leaders.length),
        count: new Int32Array(leaders.length),
      },
    }),
  );
  return toTopology({ clusterId: "c", brokers: [{ node: 1, host: "h", port: 1 }], topics }, undefined);
}

function start(topics = groups.map(topicOf)) {
  const way = new KafkajsWay({}, () => clock, admin);
  const keeper = new PlanKeeper({ read: (_link: unknown, decode: () => unknown) => decode() } as never);
  const versions: ApiVersions = { error: 0, ranges: new Map([[9, [0, 7]]]), metadataLevel: null };
  const link = { ready: true, address: "h:1", versions, failure: null as CollectorError | null };
  let topology = topologyOf(topics);
  let lanesVersion = 1;
  const compacted = new Set<string>();
  return {
    way,
    link,
    setTopology(next: typeof topology) {
      topology = next;
      lanesVersion++;
    },
    async sample(focus: readonly string[] = []) {
      asked = [];
      const down = new Map<number, CollectorError>();
      const samplers = new Map([[1, { link }]]) as never;
      const rounds = await way.commitRound(topology, { lanesVersion, samplers }, new Set(focus), down);
      if (rounds.length === 0) return { rounds, down, failures: [], position: [], head: [], backlog: null };
      const placed = keeper.place({ topology, lanesVersion, rounds, compacted, down, now: clock });
      const { heads } = await way.endRound(placed);
      return {
        rounds,
        down,
        failures: [...rounds.flatMap((round) => round.failures), ...way.failures()],
        position: [...placed.commits.position],
        head: [...heads.offset],
        asOf: [...placed.commits.asOf],
        backlog: placed.commits.backlog && [...placed.commits.backlog],
        readers: [...placed.membership.readers],
        facts: way.facts([link] as never, asked.length),
      };
    },
  };
}

describe("needsKafkajs", () => {
  const speaking = (offsetFetch: number) => ({
    versions: {
      ranges: new Map([
        [9, [0, offsetFetch]],
        [2, [0, 9]],
        [16, [0, 5]],
      ]),
    },
  });
  const closed = { versions: null };

  it.each([
    ["nobody has said anything", [closed, closed], null],
    ["every broker can do better", [speaking(9), closed], false],
    ["one broker is still an old one", [speaking(9), speaking(7)], true],
  ])("%s", (_what, links, expected) => {
    expect(needsKafkajs(links as never)).toBe(expected);
  });
});

const refusal = new CollectorError("DENIED", "no", "ask");

describe("through kafkajs", () => {
  it("reads positions before heads, and leaves the backlog to be derived where everything fits", async () => {
    const { sample } = start();
    expect(await sample()).toMatchObject({
      position: [100, 100],
      head: [110, 110],
      backlog: null,
      readers: [1, 1],
      failures: [],
    });
    // The one before them only has kafkajs know a topic.
    expect(asked.lastIndexOf("ends t1")).toBeGreaterThan(asked.indexOf("committed g2"));
  });

  it("describes groups every five seconds, and lists them as often", async () => {
    const { sample } = start();
    await sample();
    clock += 1000;
    await sample();
    expect(asked).toEqual(["committed g1", "committed g2", "ends t1", "ends t2"]);
    clock += 4000;
    await sample();
    expect(asked).toEqual(expect.arrayContaining(["list", "describe g1", "describe g2"]));
  });

  it("has them take turns where there are more than requests, each with the backlog of its turn", async () => {
    groups = Array.from({ length: 200 }, (_, n) => `g${n}`);
    const { sample } = start();
    let worst = 0;
    for (let second = 0; second < 12; second++) {
      const seen = await sample(["g150"]);
      expect(asked).toContain("committed g150");
      expect(asked.lastIndexOf("ends t150")).toBeGreaterThan(asked.indexOf("committed g150"));
      // The very first goes to whom it knows nothing of, topics included.
      if (second > 0) expect(asked.length).toBeLessThan(300);
      // Every backlog there is is ten, although heads and positions are of different times.
      const backlogs = seen.backlog?.filter((backlog) => !Number.isNaN(backlog)) ?? [];
      expect(new Set(backlogs)).toEqual(new Set([10]));
      worst = Math.max(...seen.asOf!.map((at) => clock - at));
      clock += 1000;
      head += 500;
    }
    expect(worst).toBeLessThanOrEqual(5000);
    const { facts = [] } = await sample();
    expect(shown(facts, clock)["Sampled with"]).toMatch(
      /^kafkajs admin client, because this broker \(Kafka 2\.5\) has no batched OffsetFetch; \d+ requests a sample; groups and topics take turns, the oldest number was read [\d.]+ s ago$/,
    );
  });

  it("loses only the group, and only the topic, that it is refused", async () => {
    const { sample } = start();
    failing.set("committed g1", refusal).set("ends t2", refusal);
    const seen = await sample();
    expect([seen.position, seen.head]).toEqual([[100], [110, none]]);
    expect(seen.failures).toMatchObject([
      { scope: "consumer", subject: "g1", code: "DENIED" },
      { scope: "stream", subject: "t2", code: "DENIED" },
    ]);
  });

  it("asks again where the broker that was to look up the coordinator has just gone", async () => {
    const { sample } = start();
    failing.set("committed g1", new CollectorError("UNREACHABLE", "gone", "wait"));
    failingOnce = true;
    expect(await sample()).toMatchObject({ position: [100, 100], failures: [] });
    expect(asked.filter((what) => what === "committed g1")).toHaveLength(2);
  });

  it("forgets what a group told before when it does not tell now", async () => {
    const { sample } = start();
    await sample();
    clock += 5000;
    failing.set("describe g1", refusal);
    const seen = await sample();
    expect([seen.position, seen.readers]).toEqual([
      [none, 100],
      [none, 1],
    ]);
  });

  it("fails as a whole where nobody answers, and connects anew after it", async () => {
    const { sample } = start();
    await sample();
    const late = new CollectorError("TIMEOUT", "late", "wait");
    for (const group of groups) failing.set(`committed ${group}`, late);
    await expect(sample()).rejects.toBe(late);
    expect(connected).toBe(false);
    failing.clear();
    expect((await sample()).position).toEqual([100, 100]);
  });

  it("does not ask kafkajs for a topic that has no leader, and says so", async () => {
    const { sample, setTopology } = start();
    await sample();
    setTopology(topologyOf(["t1", "t2"], [1, -1]));
    const seen = await sample();
    expect(asked.filter((what) => what.startsWith("ends"))).toEqual([]);
    expect(restarts).toBeGreaterThan(1); // it would go on asking for them
    expect(seen.head.every(Number.isNaN)).toBe(true);
    expect(seen.failures).toMatchObject([
      { scope: "stream", subject: "t1" },
      { scope: "stream", subject: "t2" },
    ]);
  });

  it("asks nothing while no broker is connected, and begins anew when one is back", async () => {
    const { sample, link } = start();
    await sample();
    link.ready = false;
    link.failure = refusal;
    expect(await sample()).toMatchObject({ rounds: [], down: new Map([[1, refusal]]) });
    expect(asked).toEqual([]);
    link.ready = true;
    link.versions = { ...link.versions };
    const before = restarts;
    await sample();
    expect(restarts).toBe(before + 1);
  });
});
