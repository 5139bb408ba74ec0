import { describe, expect, it } from "vitest";
import { shown } from "../../facts.fixture.ts";
import { mapGroupFacts } from "./group-facts.ts";
import type { GroupRecord } from "./plan.ts";

const brokers = new Map([[1, { host: "kafka-1", port: 9092 }]]);
const factsOf = (more: Partial<GroupRecord>) => {
  const group: GroupRecord = {
    id: "billing",
    type: "classic",
    protocolType: "consumer",
    state: "Stable",
    node: 1,
    missingSince: null,
    members: [],
    membersIn: "Stable",
    assignor: "range",
    epoch: -1,
    ...more,
  };
  return shown(mapGroupFacts(group, brokers));
};

describe("the facts of a group", () => {
  it("are state, coordinator and protocol, and the epoch where the protocol has one", () => {
    const told = { State: "Stable", Coordinator: "broker 1 at kafka-1:9092" };
    expect(factsOf({})).toEqual({ ...told, Protocol: "consumer, assignor range" });
    expect(factsOf({ type: "share", protocolType: "share", assignor: "simple", epoch: 4 })).toEqual({
      ...told,
      Protocol: "share, assignor simple",
      Epoch: "4",
    });
    expect(factsOf({ type: "streams", protocolType: "streams", assignor: "" }).Protocol).toBe("streams");
    expect(factsOf({ protocolType: "connect", assignor: "compatible" }).Protocol).toBe(
      "connect, assignor compatible",
    );
  });

  it("say how many members have something to read", () => {
    const member = (...partitions: number[]) => ({
      id: "m",
      clientId: "app",
      host: "h",
      assignment: [{ topic: "orders", partitions }],
      topics: ["orders"],
    });
    const four = [member(0), member(), member(), member()];
    expect(factsOf({ members: four }).Members).toBe("4, 1 of them with a partition");
    expect(factsOf({ members: [member(0), member(1)] }).Members).toBe("2");
    expect(factsOf({ members: four, state: "PreparingRebalance" }).Members).toBe("4");
    expect(factsOf({ members: [] }).Members).toBeUndefined();
  });

  it("leave out what is not known", () => {
    expect(factsOf({ state: "", protocolType: "", assignor: "", node: 7 })).toEqual({
      State: "not told",
      Coordinator: "broker 7",
    });
  });
});
