import { createRecordsBatch, Writer } from "@platformatic/kafka";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { metadataAnswer } from "../answers.fixture.ts";
import { buildPlan, type GroupRecord, type Plan } from "../groups/plan.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import { type Topology, toTopology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeMetadata } from "../wire/metadata.ts";
import { AgeReader } from "./age-reader.ts";

/** Written one second after the other from here on. */
const FIRST_AT = 1_000_000;

interface Asked {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A leader that holds `size` bytes of records a message, and cuts its answers as Kafka does. */
class Leader {
  readonly requests: Asked[][] = [];
  readonly link = { ready: true, request: (_api: unknown, encode: () => Buffer) => this.answer(encode()) };
  size = 10;
  error: (topic: string) => number = () => 0;
  held: Promise<void> | undefined;
  fails = false;

  constructor(readonly node: number) {}

  private async answer(request: Buffer): Promise<{ body: Buffer }> {
    const { asked, maxBytes, partitionMaxBytes } = readRequest(request);
    this.requests.push(asked);
    if (this.fails) throw new Error("gone");
    await this.held;
    let left = maxBytes;
    let first = true;
    const writer = Writer.create().appendInt32(0).appendInt16(0).appendInt32(0);
    writer.appendArray(asked, (w, { topic, partition, offset }) => {
      const error = this.error(topic);
      let records: Buffer = Buffer.alloc(0);
      if (error === 0) {
        const timestamp = BigInt(FIRST_AT + offset * 1000);
        records = createRecordsBatch([{ topic, value: Buffer.alloc(this.size), timestamp }]).buffer;
        records.writeBigInt64BE(BigInt(offset), 0);
        if (!first && records.length > Math.min(left, partitionMaxBytes)) records = Buffer.alloc(0);
        else first = false;
        left = Math.max(0, left - records.length);
      }
      w.appendString(topic).appendArray([0], (p) => {
        p.appendInt32(partition).appendInt16(error).appendInt64(0n).appendInt64(0n).appendInt64(0n);
        p.appendUnsignedVarInt(0).appendInt32(-1).appendBytes(records);
      });
    });
    return { body: writer.appendTaggedFields().buffer };
  }
}

function readRequest(bytes: Buffer): { asked: Asked[]; maxBytes: number; partitionMaxBytes: number } {
  const cursor = new Cursor(bytes);
  cursor.skip(12);
  const maxBytes = cursor.int32();
  cursor.skip(9);
  let partitionMaxBytes = 0;
  const asked = Array.from({ length: cursor.array(1) }, () => {
    const topic = cursor.string();
    cursor.array(1);
    const partition = cursor.int32();
    cursor.skip(4);
    const offset = cursor.int64();
    cursor.skip(12);
    partitionMaxBytes = cursor.int32();
    cursor.skipTags();
    cursor.skipTags();
    return { topic, partition, offset };
  });
  return { asked, maxBytes, partitionMaxBytes };
}

function topologyOf(topics: Record<string, number[]>): Topology {
  const brokers = [1, 2].map((node) => ({ node, host: "b", port: node }));
  const answer = metadataAnswer({ brokers, topics: Object.entries(topics) });
  return toTopology(decodeMetadata(new Cursor(answer), 12), undefined);
}

function planOf(topology: Topology, groups: Record<string, string>, before?: Plan): Plan {
  const records = Object.keys(groups).map(
    (id): GroupRecord => ({
      id,
      type: "classic",
      protocolType: "consumer",
      state: "Empty",
      node: 1,
      missingSince: null,
      members: [],
      membersIn: "Stable",
      assignor: "",
      epoch: -1,
    }),
  );
  const every = (topic: string) =>
    [...topology.topics.find(({ name }) => name === topic)!.leaders.keys()] as const;
  const committed = new Map(
    Object.entries(groups).map(([id, topic]) => [id, new Map([[topic, every(topic)]])]),
  );
  return buildPlan(topology, records, committed, new Set(), before?.layout);
}

let clock: ManualClock;
let leaders: Leader[];
let reader: AgeReader;
beforeEach(() => {
  clock = new ManualClock();
  leaders = [new Leader(1), new Leader(2)];
  reader = new AgeReader(clock);
});

const offsetsAsked = (leader: Leader) => leader.requests.map((asked) => asked.map(({ offset }) => offset));

/** A sample with these positions; the rows that are wanted are all of them, worst first, unless told. */
async function sample(
  topology: Topology,
  plan: Plan,
  positions: readonly number[],
  wanted: readonly number[] = positions.map((_, row) => row),
  floor = new Float64Array(plan.layout.lanes.count).fill(Number.NaN),
) {
  const position = Float64Array.from(positions);
  const samplers = new Map(leaders.map((leader) => [leader.node, leader as unknown as BrokerSampler]));
  await clock.advanceUntil(reader.look({ plan, position, floor, topology, samplers, wanted }));
  const column = reader.column({ plan, position, floor });
  return column && [...column].map((at) => (at - FIRST_AT) / 1000);
}

describe("looking up ages", () => {
  const topology = topologyOf({ orders: [1, 2, 1] });
  const plan = planOf(topology, { far: "orders" });
  const none = Number.NaN;
  /** The first sample makes the rows known that the next one is told of. */
  const start = () => sample(topology, plan, [0, 0, 0], []);

  it("asks each leader once, and knows the time at each position until it moves", async () => {
    await start();
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([7, 8, 9]);
    expect(leaders.map(offsetsAsked)).toEqual([[[7, 9]], [[8]]]);
    await clock.advance(1000);
    expect(await sample(topology, plan, [7, 18, 9], [])).toEqual([7, none, 9]);
    expect(await sample(topology, plan, [7, 18, 9])).toEqual([7, 18, 9]);
    expect(leaders.map(offsetsAsked)).toEqual([[[7, 9]], [[8], [18]]]);
  });

  it("asks for nothing it was not told to, and for no position that is not known", async () => {
    await start();
    expect(await sample(topology, plan, [7, 8, none], [1, 2])).toEqual([none, 8, none]);
    expect(leaders.map(offsetsAsked)).toEqual([[], [[8]]]);
  });

  it("takes the log start for a position below it", async () => {
    await start();
    const floor = Float64Array.from([50, none, none]);
    expect(await sample(topology, plan, [7, 8, 9], [0, 1, 2], floor)).toEqual([50, 8, 9]);
    // Retention moves on.
    floor[0] = 60;
    expect((await sample(topology, plan, [7, 8, 9], [], floor))![0]).toBeNaN();
  });

  it("asks once for groups that stand at the same place", async () => {
    const two = planOf(topology, { a: "orders", b: "orders" });
    await sample(topology, two, [0, 0, 0, 0, 0, 0], []);
    expect(await sample(topology, two, [7, 8, 9, 7, 18, 9])).toEqual([7, 8, 9, 7, none, 9]);
    expect(leaders.map(offsetsAsked)).toEqual([[[7, 9]], [[8]]]);
    // The other place in the same partition is next.
    expect(await sample(topology, two, [7, 8, 9, 7, 18, 9])).toEqual([7, 8, 9, 7, 18, 9]);
  });

  it("looks up no more than 20 a second, the worst first", async () => {
    const wide = topologyOf({ orders: Array.from({ length: 100 }, () => 1) });
    const far = planOf(wide, { far: "orders" });
    const positions = Array.from({ length: 100 }, (_, row) => row);
    const worstFirst = [...positions].reverse();
    await sample(wide, far, positions, []);
    await sample(wide, far, positions, worstFirst);
    expect(offsetsAsked(leaders[0]!)).toEqual([worstFirst.slice(0, 20)]);
    await clock.advance(250);
    await sample(wide, far, positions, worstFirst);
    expect(offsetsAsked(leaders[0]!).at(-1)).toEqual(worstFirst.slice(20, 25));
    await clock.advance(60_000);
    const known = await sample(wide, far, positions, worstFirst);
    expect(known!.filter((at) => !Number.isNaN(at))).toEqual(worstFirst.slice(0, 45).reverse());
  });

  it("does not let positions that move keep others from being looked up", async () => {
    const wide = topologyOf({ orders: Array.from({ length: 40 }, () => 1) });
    const far = planOf(wide, { far: "orders" });
    const positions = Array.from({ length: 40 }, (_, row) => row);
    await sample(wide, far, positions, []);
    const known = new Set<number>();
    for (let second = 1; second <= 3; second++) {
      await clock.advance(1000);
      // The first 20 are the worst and move all the time.
      const moved = positions.map((row) => (row < 20 ? row + 1000 * second : row));
      const column = await sample(wide, far, moved);
      column!.forEach((at, row) => {
        if (!Number.isNaN(at)) known.add(row);
      });
    }
    expect(known.size).toBe(40);
  });

  it("asks first the next time for who got nothing because a batch was large", async () => {
    leaders[0]!.size = 100_000;
    const wide = topologyOf({ orders: [1, 1, 1] });
    const far = planOf(wide, { far: "orders" });
    await sample(wide, far, [0, 0, 0], []);
    expect(await sample(wide, far, [7, 8, 9], [0, 1])).toEqual([7, none, none]);
    // Meanwhile another has become worse.
    expect(await sample(wide, far, [7, 8, 9], [2, 1])).toEqual([7, 8, none]);
    expect(offsetsAsked(leaders[0]!)).toEqual([
      [7, 8],
      [8, 9],
    ]);
  });

  it("leaves a partition alone for a while that answers an error, and keeps the others", async () => {
    const two = topologyOf({ bad: [1], good: [1] });
    const plans = planOf(two, { a: "bad", b: "good" });
    leaders[0]!.error = (topic) => (topic === "bad" ? 6 : 0);
    await sample(two, plans, [0, 0], []);
    expect(await sample(two, plans, [7, 8])).toEqual([none, 8]);
    await clock.advance(5000);
    await sample(two, plans, [7, 8]);
    expect(leaders[0]!.requests).toHaveLength(1);
    leaders[0]!.error = () => 0;
    await clock.advance(5000);
    expect(await sample(two, plans, [7, 8])).toEqual([7, 8]);
  });

  it("says once which permission is missing, for as long as it is", async () => {
    const two = topologyOf({ secret: [1, 1], hidden: [1], open: [1] });
    const plans = planOf(two, { a: "secret", b: "hidden", c: "open" });
    leaders[0]!.error = (topic) => (topic === "open" ? 0 : 29);
    await sample(two, plans, [0, 0, 0, 0], []);
    expect(reader.failures()).toEqual([]);
    expect(await sample(two, plans, [7, 8, 9, 10])).toEqual([none, none, none, 10]);
    const [failure, ...more] = reader.failures();
    expect(more).toEqual([]);
    expect(failure).toMatchObject({ scope: "source", code: "DENIED" });
    expect(failure!.message).toMatch(/READ topic secret and 1 more/);
    await clock.advance(30_000);
    await sample(two, plans, [17, 18, 19, 10]);
    expect(leaders[0]!.requests, "it is not asked again in that time").toHaveLength(1);
    leaders[0]!.error = () => 0;
    await clock.advance(31_000);
    expect(await sample(two, plans, [17, 18, 19, 10])).toEqual([17, 18, 19, 10]);
    expect(reader.failures()).toEqual([]);
  });

  it("leaves out a leader that fails, for a while, and never throws", async () => {
    await start();
    leaders[0]!.fails = true;
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([none, 8, none]);
    leaders[0]!.fails = false;
    await clock.advance(9_000);
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([none, 8, none]);
    await clock.advance(1_000);
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([7, 8, 9]);
  });

  it("does not hold up a sample for a leader that is slow, and takes its answer into the next", async () => {
    await start();
    let release = () => {};
    leaders[0]!.held = new Promise((resolve) => {
      release = resolve;
    });
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([none, 8, none]);
    expect(await sample(topology, plan, [7, 8, 9])).toEqual([none, 8, none]);
    expect(leaders[0]!.requests, "one request at a time").toHaveLength(1);
    release();
    await expect.poll(() => sample(topology, plan, [7, 8, 19], [])).toEqual([7, 8, none]);
  });

  it("keeps what it knows when topics and groups come and go", async () => {
    await start();
    await sample(topology, plan, [7, 8, 9]);
    const grown = topologyOf({ early: [1], orders: [1, 2, 1], zebra: [2] });
    const replanned = planOf(grown, { ["__proto__"]: "early", a: "early", far: "orders" }, plan);
    const rows = replanned.layout.positions.count;
    const positions = [...Array.from({ length: rows - 3 }, () => 1), 7, 8, 9];
    // Rows that were wanted of the plan before mean something else now.
    expect((await sample(grown, replanned, positions, [0]))!.slice(-3)).toEqual([7, 8, 9]);
    expect(leaders[0]!.requests).toHaveLength(1);
    expect((await sample(grown, replanned, positions, [0]))![0]).toBe(1);
  });
});
