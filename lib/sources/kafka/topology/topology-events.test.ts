import { describe, expect, it } from "vitest";
import { type ClusterAnswer, metadataAnswer } from "../answers.fixture.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeMetadata } from "../wire/metadata.ts";
import { toTopology } from "./topology.ts";
import { mapTopologyEvents } from "./topology-events.ts";

const ALL = [1, 2, 3];

function topologyOf(topics: ClusterAnswer["topics"], nodes = ALL) {
  const brokers = nodes.map((node) => ({ node, host: `kafka-${node}`, port: 9092 }));
  return toTopology(decodeMetadata(new Cursor(metadataAnswer({ brokers, topics })), 12), {
    exclude: /^hidden/,
  });
}

type Topics = ClusterAnswer["topics"];
const told = (before: Topics, after: Topics) =>
  mapTopologyEvents(topologyOf(before), topologyOf(after), 7).map(({ kind, title, streamKey }) => [
    kind,
    title,
    streamKey,
  ]);

/** Many topics with the same leaders and replicas in sync. */
const many = (count: number, leaders: number[], inSync: number[][]): Topics =>
  Array.from({ length: count }, (_, n) => [`t${n}`, leaders, inSync] as const);

describe("mapTopologyEvents", () => {
  it("says nothing where nothing changed, in whatever order the nodes are told", () => {
    expect(told([["orders", [1, 2], [ALL, ALL]]], [["orders", [1, 2], [[3, 1, 2], ALL]]])).toEqual([]);
  });

  it("tells of topics that come, go and grow; of hidden ones nothing", () => {
    const before: Topics = [
      ["a", [1]],
      ["b", [1, 1]],
      ["hidden-1", [1]],
    ];
    const after: Topics = [
      ["b", [1, 1, 2]],
      ["c", [2, 2]],
      ["hidden-2", [1]],
    ];
    expect(mapTopologyEvents(topologyOf(before), topologyOf(after), 7)).toEqual([
      { at: 7, kind: "topic-created", title: "Topic c was created with 2 partitions", streamKey: "c" },
      { at: 7, kind: "topic-deleted", title: "Topic a was deleted", streamKey: "a" },
      {
        at: 7,
        kind: "partitions-added",
        title: "Topic b got more partitions",
        before: "2 partitions",
        after: "3 partitions",
        streamKey: "b",
      },
    ]);
  });

  it("tells a topic that was made anew under its name from one that stayed", () => {
    const topology = topologyOf([["a", [1]]]);
    const withId = (id: string) => ({
      ...topology,
      topics: topology.topics.map((topic) => ({ ...topic, id })),
    });
    const made = (before: string, after: string) => mapTopologyEvents(withId(before), withId(after), 7);
    expect(made("one", "another")).toMatchObject([{ kind: "topic-recreated", streamKey: "a" }]);
    expect(made("one", "one")).toEqual([]);
    // An upgrade gives ids to topics that had none.
    expect(made("", "one")).toEqual([]);
  });

  it("tells leaders by topic, with from where to where", () => {
    const events = mapTopologyEvents(
      topologyOf([
        ["a", [1, 2, 3]],
        ["b", [1]],
        ["c", [1, 1]],
      ]),
      topologyOf([
        ["a", [2, 2, 1]],
        ["b", [3]],
        ["c", [-1, -1]],
      ]),
      7,
    );
    expect(events).toEqual([
      {
        at: 7,
        kind: "leader-changed",
        title: "2 partitions of a have another leader",
        before: "brokers 1, 3",
        after: "brokers 1, 2",
        streamKey: "a",
      },
      {
        at: 7,
        kind: "leader-changed",
        title: "b/0 has another leader",
        before: "broker 1",
        after: "broker 3",
        streamKey: "b",
      },
      {
        at: 7,
        kind: "leader-lost",
        title: "2 partitions of c have no leader",
        before: "broker 1",
        after: "no broker",
        streamKey: "c",
      },
    ]);
  });

  it("says which broker left the replicas in sync, and which came back", () => {
    const whole: Topics = [["a", [1, 1], [ALL, ALL]]];
    const shrunk: Topics = [["a", [1, 1], [[1, 3], [1]]]];
    expect(mapTopologyEvents(topologyOf(whole), topologyOf(shrunk), 7)).toEqual([
      {
        at: 7,
        kind: "isr-shrunk",
        title: "Brokers 2, 3 are no longer in sync on 2 partitions of a",
        before: "6 of 6 replicas in sync",
        after: "3 of 6 replicas in sync",
        streamKey: "a",
      },
    ]);
    expect(
      told(shrunk, [
        [
          "a",
          [1, 1],
          [
            [1, 3],
            [1, 3],
          ],
        ],
      ]),
    ).toEqual([["isr-expanded", "Broker 3 is in sync again on a/1", "a"]]);
  });

  it("tells the death of a broker that leads 300 topics in a few events", () => {
    const before = topologyOf(many(300, [1, 2], [ALL, ALL]));
    const after = topologyOf(
      many(
        300,
        [1, 3],
        [
          [1, 3],
          [1, 3],
        ],
      ),
      [1, 3],
    );
    expect(mapTopologyEvents(before, after, 7)).toEqual([
      {
        at: 7,
        kind: "broker-gone",
        title: "Broker 2 left the cluster",
        before: "3 brokers",
        after: "2 brokers",
      },
      {
        at: 7,
        kind: "leader-changed",
        title: "300 partitions of 300 topics have another leader",
        before: "broker 2",
        after: "broker 3",
      },
      {
        at: 7,
        kind: "isr-shrunk",
        title: "Broker 2 is no longer in sync on 600 partitions of 300 topics",
      },
    ]);
    expect(mapTopologyEvents(after, before, 9)[0]).toMatchObject({
      kind: "broker-joined",
      title: "Broker 2 joined the cluster",
    });
  });

  it("tells a thousand new topics as twenty and a number", () => {
    const events = mapTopologyEvents(topologyOf([]), topologyOf(many(1020, [1], [ALL])), 7);
    expect(events).toHaveLength(21);
    expect(events.at(-1)).toEqual({
      at: 7,
      kind: "topic-created",
      title: "1,000 more topics were created",
    });
  });
});

describe("what is wrong with partitions", () => {
  it("is counted over all topics, hidden and internal ones too", () => {
    const { underReplicated, offline } = topologyOf([
      ["a", [1, -1], [ALL, []]],
      ["__consumer_offsets", [1], [[1, 2]]],
      ["hidden-1", [-1], [[3]]],
    ]);
    expect([underReplicated, offline]).toEqual([3, 2]);
  });
});
