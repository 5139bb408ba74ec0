import { describe, expect, it } from "vitest";
import { missingForBatches } from "../kafkajs/kafkajs-facts.ts";
import { decodeApiVersions, oldReleaseOf, releaseOf } from "./cluster.ts";
import { Cursor } from "./cursor.ts";
import { recorded } from "./fixtures/recorded.ts";
import { recordedOld } from "./fixtures/recorded-old.ts";
import { decodeDescribeGroups } from "./groups.ts";
import { decodeMetadata } from "./metadata.ts";

describe("what brokers of before 3.0 answer", () => {
  it.each([
    ["2.8", 10, recordedOld.metadata28, expect.stringMatching(/^[0-9a-f]{32}$/)],
    ["2.7", 9, recordedOld.metadata27, ""],
  ])("Metadata of %s", (_release, version, bytes, id) => {
    const { brokers, controller, topics } = decodeMetadata(new Cursor(bytes), version);
    expect(brokers).toEqual([{ node: 1, host: "127.0.0.1", port: expect.any(Number) }]);
    expect(controller).toBe(1);
    expect(topics.map(({ name, internal, leaders }) => [name, internal, leaders.length])).toEqual([
      ["__consumer_offsets", true, 8],
      ["orders", false, 2],
    ]);
    const orders = topics[1]!;
    expect([orders.id, [...orders.leaders], [...orders.replicas]]).toEqual([id, [1, 1], [1, 1]]);
  });

  it("DescribeGroups says Dead of a group it knows nothing of: its members are not known", () => {
    expect(decodeDescribeGroups(new Cursor(recordedOld.describeNobody28), 5)).toMatchObject([
      { id: "nobody", error: 69, members: [] },
    ]);
  });

  it("ApiVersions: which release it is, and what it lacks", () => {
    const told = (bytes: Buffer) => {
      const versions = decodeApiVersions(new Cursor(bytes));
      return [releaseOf(versions.metadataLevel), oldReleaseOf(versions), missingForBatches(versions)];
    };
    expect(told(recordedOld.apiVersions28)).toEqual([null, "2.8", "no batched OffsetFetch"]);
    expect(told(recordedOld.apiVersions27)).toEqual([null, "2.7", "no batched OffsetFetch"]);
    expect(told(recorded.apiVersions)).toEqual(["4.3", null, null]);
  });
});
