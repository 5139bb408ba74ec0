import { beforeEach, describe, expect, it } from "vitest";
import { metadataAnswer } from "../answers.fixture.ts";
import { configsAnswer, linkAnswering } from "../topic-answers.fixture.ts";
import { type Topology, toTopology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeMetadata } from "../wire/metadata.ts";
import { ConfigWatch } from "./config-watch.ts";

const never = Number.POSITIVE_INFINITY;
const unknown = Number.NaN;
const HOUR = "3600000";

function topologyOf(...topics: string[]): Topology {
  const answer = metadataAnswer({ brokers: [], topics: topics.map((name) => [name, [1]]) });
  return toTopology(decodeMetadata(new Cursor(answer), 12), undefined);
}

/** What the broker answers for every topic, whatever it is asked for. */
let answer: Parameters<typeof configsAnswer>[0] | null;
let clock: number;
let watch: ConfigWatch;
let link: ReturnType<typeof linkAnswering>;

beforeEach(() => {
  clock = 0;
  watch = new ConfigWatch({ now: () => clock }, 60_000);
  link = linkAnswering(() => answer && configsAnswer(answer));
});

async function ask(topology: Topology): Promise<void> {
  watch.ask(topology, [link]);
  await new Promise(setImmediate);
}

const settings = (retention: string, policy = "delete", bytes = "-1") => ({
  "retention.ms": retention,
  "retention.bytes": bytes,
  "cleanup.policy": policy,
});

describe("ConfigWatch", () => {
  it("knows nothing until it is told, and then what limits each topic", async () => {
    const topology = topologyOf("a", "b", "c", "d", "e");
    answer = [
      ["a", settings(HOUR)],
      ["b", settings(HOUR, "compact", "1000")],
      ["c", settings("-1", "compact,delete", "1000")],
      ["d", {}],
      ["e", {}, 3],
    ];
    expect([...watch.columns(topology).retentionMs]).toEqual(Array(5).fill(unknown));
    await ask(topology);
    const { retentionMs, retentionBytes } = watch.columns(topology);
    expect([...retentionMs]).toEqual([3_600_000, never, never, unknown, unknown]);
    expect([...retentionBytes]).toEqual([never, never, 1_000, unknown, unknown]);
    expect(watch.takeEvents()).toEqual([]);
  });

  it("knows which topics overwrite; the same set until that changes", async () => {
    const topology = topologyOf("a", "b", "c");
    answer = [
      ["a", settings(HOUR)],
      ["b", settings(HOUR, "compact")],
      ["c", settings(HOUR, "delete,compact")],
    ];
    await ask(topology);
    const before = watch.compacted;
    expect([...before]).toEqual(["b", "c"]);
    clock += 60_000;
    await ask(topology);
    expect(watch.compacted).toBe(before);
    watch.columns(topologyOf("a", "c"));
    expect([...watch.compacted]).toEqual(["c"]);
  });

  it("knows before when no record that is still there can have been written", async () => {
    const topology = topologyOf("a", "b", "c");
    const firstKafka = Date.UTC(2011, 0, 1);
    const segments = { "segment.ms": "600000" };
    answer = [
      ["a", { ...settings(HOUR), ...segments }],
      ["b", { ...settings(HOUR, "compact"), ...segments }],
      ["c", {}],
    ];
    clock = Date.UTC(2026, 0, 1);
    expect([...watch.oldestPossible(topology)]).toEqual([firstKafka, firstKafka, firstKafka]);
    await ask(topology);
    expect([...watch.oldestPossible(topology)]).toEqual([clock - 80 * 60_000, firstKafka, firstKafka]);
  });

  it("asks for all of them once a round, and for a new topic at once", async () => {
    answer = [["a", settings(HOUR)]];
    const topology = topologyOf("a");
    await ask(topology);
    await ask(topology);
    expect(link.asked).toHaveLength(1);
    await ask(topologyOf("a", "b"));
    expect(link.asked).toHaveLength(2);
    clock = 60_000;
    await ask(topologyOf("a", "b"));
    expect(link.asked).toHaveLength(3);
  });

  it("takes a thousand topics in four turns", async () => {
    const topology = topologyOf(...Array.from({ length: 1_000 }, (_, n) => `t${n}`));
    answer = [];
    for (let turn = 0; turn < 6; turn++) await ask(topology);
    expect(link.asked).toHaveLength(4);
  });

  it("tells what has changed, in words", async () => {
    const topology = topologyOf("a", "b");
    answer = [
      ["a", settings("604800000", "delete", "1073741824")],
      ["b", settings(HOUR)],
    ];
    await ask(topology);
    clock = 60_000;
    answer = [
      ["a", settings(HOUR, "compact", "-1")],
      ["b", settings(HOUR)],
    ];
    await ask(topology);
    expect(watch.takeEvents()).toEqual([
      {
        at: 60_000,
        kind: "config-changed",
        title: "3 settings of a were changed",
        before: "retention.ms 7 d 00 h, retention.bytes 1.00 GiB, cleanup.policy delete",
        after: "retention.ms 1 h 00 m, retention.bytes unlimited, cleanup.policy compact",
        streamKey: "a",
      },
    ]);
    expect(watch.takeEvents()).toEqual([]);
    clock = 120_000;
    answer = [["b", settings("-1")]];
    await ask(topology);
    expect(watch.takeEvents()).toMatchObject([
      { title: "retention.ms of b was changed", before: "1 h 00 m", after: "unlimited" },
    ]);
  });

  it("says once which permission is missing, and keeps what it may not know unknown", async () => {
    const topology = topologyOf("a", "b", "c");
    answer = [
      ["a", {}, 29],
      ["b", settings(HOUR)],
      ["c", {}, 29],
    ];
    await ask(topology);
    expect(watch.failures()).toEqual([
      {
        scope: "source",
        subject: "topic configuration",
        code: "DENIED",
        message: expect.stringContaining("No permission to DESCRIBE_CONFIGS of topic a and 1 more"),
      },
    ]);
    expect([...watch.columns(topology).retentionMs]).toEqual([unknown, 3_600_000, unknown]);
    clock = 60_000;
    answer = [
      ["a", settings(HOUR)],
      ["c", settings(HOUR)],
    ];
    await ask(topology);
    expect(watch.failures()).toEqual([]);
    // What was not known before has not changed.
    expect(watch.takeEvents()).toEqual([]);
    clock = 120_000;
    answer = [["b", {}, 29]];
    await ask(topology);
    expect([...watch.columns(topology).retentionMs]).toEqual([3_600_000, unknown, 3_600_000]);
  });

  it("keeps what it knows over a failure, and over a change of topics", async () => {
    answer = [["b", settings(HOUR)]];
    await ask(topologyOf("b"));
    clock = 60_000;
    answer = null;
    await ask(topologyOf("a", "b"));
    expect([...watch.columns(topologyOf("a", "b")).retentionMs]).toEqual([unknown, 3_600_000]);
    expect(watch.failures()).toEqual([]);
  });

  it("takes a topic that was away for a new one", async () => {
    answer = [["a", settings(HOUR)]];
    await ask(topologyOf("a"));
    await ask(topologyOf("b"));
    answer = [["a", settings("-1")]];
    await ask(topologyOf("a"));
    expect(watch.takeEvents()).toEqual([]);
    expect([...watch.columns(topologyOf("a")).retentionMs]).toEqual([never]);
  });
});
