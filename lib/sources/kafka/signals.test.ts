import { describe, expect, it } from "vitest";
import { type ClusterAnswer, metadataAnswer } from "./answers.fixture.ts";
import { mapSourceSignals, mapStreamSignals } from "./signals.ts";
import { toTopology } from "./topology/topology.ts";
import { Cursor } from "./wire/cursor.ts";
import { decodeMetadata } from "./wire/metadata.ts";

const ALL = [1, 2, 3];
const NOBODY = new Set<number>();

/** Each partition has copies on brokers 1 to 3. */
function topologyOf(topics: ClusterAnswer["topics"], nodes = ALL) {
  const brokers = nodes.map((node) => ({ node, host: `kafka-${node}`, port: 9092 }));
  return toTopology(decodeMetadata(new Cursor(metadataAnswer({ brokers, topics })), 12), {
    exclude: /^hidden/,
  });
}

describe("signals of topics", () => {
  it("name partitions with too few copies in sync or no leader, and who is missing", () => {
    const topology = topologyOf([
      ["a", [1], [ALL]],
      ["b", [1, 2, -1], [[1, 3], [2, 1, 3], []]],
      ["c", [1], [[1, 2]]],
    ]);
    expect([...mapStreamSignals(topology)]).toEqual([
      [
        1,
        [
          {
            kind: "copies",
            lanes: 3,
            behind: 2,
            leaderless: 1,
            missing: ["broker 1", "broker 2", "broker 3"],
          },
        ],
      ],
      [2, [{ kind: "copies", lanes: 1, behind: 1, leaderless: 0, missing: ["broker 3"] }]],
    ]);
  });
});

describe("signals of a cluster", () => {
  const whole = topologyOf([["a", [1], [ALL]]]);

  it("are none where everybody is there", () => {
    expect(mapSourceSignals(whole, NOBODY, 1)).toEqual([]);
    expect(mapSourceSignals(whole, NOBODY, null), "a controller that is not told").toEqual([]);
  });

  it("name a broker that does not answer, and one that is gone from the list though copies are due to it", () => {
    const gone = topologyOf(
      [
        ["a", [1], [[1, 2]]],
        ["hidden", [1], [[1, 2]]],
      ],
      [1, 2],
    );
    expect(mapSourceSignals(gone, new Set([2]), 1)).toEqual([
      { kind: "members", what: "broker", expected: 3, serving: 1, missing: ["broker 2", "broker 3"] },
      { kind: "copies", behind: 2, leaderless: 0 },
    ]);
  });

  it("say that nobody is the controller", () => {
    expect(mapSourceSignals(whole, NOBODY, -1)).toEqual([
      { kind: "quorum", what: "controller", leader: false },
    ]);
  });
});
