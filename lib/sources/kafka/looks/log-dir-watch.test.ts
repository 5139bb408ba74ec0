import { beforeEach, describe, expect, it } from "vitest";
import { shown } from "../../facts.fixture.ts";
import { metadataAnswer } from "../answers.fixture.ts";
import { buildPlan, type Plan } from "../groups/plan.ts";
import type { BrokerSampler } from "../offsets/broker-sampler.ts";
import { type LogDirText, linkAnswering, logDirsAnswer } from "../topic-answers.fixture.ts";
import { type Topology, toTopology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeMetadata } from "../wire/metadata.ts";
import { LogDirWatch } from "./log-dir-watch.ts";

const unknown = Number.NaN;
const nodes = [1, 2];

function topologyOf(topics: readonly (readonly [string, readonly number[]])[]): Topology {
  const brokers = nodes.map((node) => ({ node, host: "h", port: 9092 }));
  return toTopology(decodeMetadata(new Cursor(metadataAnswer({ brokers, topics })), 12), {
    exclude: /^hidden/,
  });
}

let clock: number;
let watch: LogDirWatch;
/** What each broker answers; null hangs up. */
let answers: Record<number, Buffer | null>;
let links: Map<number, ReturnType<typeof linkAnswering>>;

beforeEach(() => {
  clock = 0;
  watch = new LogDirWatch(() => clock, 60_000);
  answers = {};
  links = new Map(nodes.map((node) => [node, linkAnswering(() => answers[node] ?? null)]));
});

const planOf = (topology: Topology, before?: Plan) =>
  buildPlan(topology, [], new Map(), new Set(), before?.layout);

async function ask(topology: Topology, head: number[], floor: number[]): Promise<void> {
  watch.ask({
    topology,
    plan: planOf(topology),
    head: Float64Array.from(head),
    floor: Float64Array.from(floor),
    samplers: new Map([...links].map(([node, link]) => [node, { node, link } as unknown as BrokerSampler])),
  });
  await new Promise(setImmediate);
}

const said = (...dirs: LogDirText[]) => logDirsAnswer(dirs);
const orders = topologyOf([
  ["hidden", [1]],
  ["orders", [1, 2, 1]],
]);

describe("LogDirWatch", () => {
  it("takes the size of a lane from its leader, and nothing from a lane that is empty", async () => {
    answers = {
      1: said({ topics: { orders: [5_000, 1, 900], hidden: [100] } }),
      2: said({ topics: { orders: [1, 8_000, 1] } }),
    };
    expect([...watch.messageBytes(planOf(orders))]).toEqual([unknown, unknown, unknown]);
    await ask(orders, [60, 80, 7], [10, 0, 7]);
    expect([...watch.messageBytes(planOf(orders))]).toEqual([100, 100, unknown]);
    expect(watch.totalBytes).toBe(14_003);
  });

  it("tells the size of each broker and what is free of its fullest volume", async () => {
    const topics = { orders: [2_048] };
    answers = {
      1: said({ topics, freeBytes: 4_096 }, { topics, freeBytes: 1_024 }),
      2: said({ topics: {}, freeBytes: 3_072 }),
    };
    expect(watch.facts()).toEqual([]);
    await ask(orders, [1, 1, 1], [0, 0, 0]);
    expect(shown(watch.facts())).toEqual({
      Logs: "4.00 KiB: 1 4.00 KiB (1.00 KiB free), 2 0 B (3.00 KiB free)",
    });
  });

  it("does not add up what not all brokers have told", async () => {
    answers = { 1: said({ topics: { orders: [1] } }) };
    await ask(orders, [1, 1, 1], [0, 0, 0]);
    expect(watch.totalBytes).toBeNaN();
  });

  it("asks each broker twice at first, then once an interval, and one that failed much later", async () => {
    answers = { 1: said({}) };
    for (clock of [0, 9_999, 10_000, 69_999, 70_000]) await ask(orders, [1, 1, 1], [0, 0, 0]);
    expect(nodes.map((node) => links.get(node)!.asked.length)).toEqual([3, 1]);
    clock = 600_000;
    await ask(orders, [1, 1, 1], [0, 0, 0]);
    expect(nodes.map((node) => links.get(node)!.asked.length)).toEqual([4, 2]);
  });

  it("keeps what it knows of a lane while its row moves", async () => {
    answers = { 1: said({ topics: { orders: [5_000, 1, 900] } }), 2: said({}) };
    await ask(orders, [50, 1, 9], [0, 0, 0]);
    const wider = topologyOf([
      ["a", [1]],
      ["orders", [1, 2, 1, 2]],
    ]);
    expect([...watch.messageBytes(planOf(wider, planOf(orders)))]).toEqual([
      unknown,
      100,
      unknown,
      100,
      unknown,
    ]);
  });

  it.each([
    ["says so", logDirsAnswer([], 31)],
    ["lists no directory, as brokers before 3.2 do", logDirsAnswer([])],
  ])("says which permission is missing where the broker %s", async (_how, answer) => {
    answers = { 1: answer, 2: answer };
    await ask(orders, [1, 1, 1], [0, 0, 0]);
    expect(watch.failures()).toEqual([
      {
        scope: "source",
        subject: "log directories",
        code: "DENIED",
        message: expect.stringContaining("No permission to DESCRIBE the cluster"),
      },
    ]);
    expect(watch.facts()).toEqual([]);
  });

  it("tells a directory that has failed, and counts the others", async () => {
    answers = { 1: said({ error: 56 }, { topics: { orders: [500] } }), 2: said({}) };
    await ask(orders, [5, 1, 1], [0, 0, 0]);
    expect(watch.failures()).toMatchObject([
      { subject: "broker 1", message: "A log directory of broker 1 has failed: KAFKA_STORAGE_ERROR." },
    ]);
    expect(watch.messageBytes(planOf(orders))[0]).toBe(100);
  });
});
