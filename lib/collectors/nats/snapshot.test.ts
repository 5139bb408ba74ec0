import { describe, expect, it } from "vitest";
import { type Connz, connzSchema, type Varz } from "./monitoring-types.ts";
import { mergeCore } from "./snapshot.ts";

const own = { name: "streamside", cid: 3 };
const connection = (cid: number, rest: Partial<Connz["connections"][number]> = {}) => ({
  cid,
  pending_bytes: 0,
  out_msgs: 1,
  ...rest,
});
function connectionsOf(connections: Connz["connections"], total = connections.length) {
  const varz = { in_msgs: 1, out_msgs: 2 } as Varz;
  const connz = { total, limit: 256, connections };
  return mergeCore({ varz: { value: varz, asOf: 1 }, connz: { value: connz, asOf: 2 } }, own, null)!
    .connections;
}

describe("the connections of the core", () => {
  it("are clients that something was delivered to, by id", () => {
    const shown = connectionsOf([
      connection(9),
      connection(2, { out_msgs: 0 }),
      connection(5, { kind: "Leafnode" }),
      connection(4, { kind: "Client", name: "app", ip: "::1", port: 7 }),
    ]);
    expect(shown.map(({ cid, name, detail }) => [cid, name, detail])).toEqual([
      [4, "app", "[::1]:7"],
      [9, "unknown address", "unknown address"],
    ]);
  });

  it("leave out Streamside's own, by name and id: others may carry either", () => {
    const shown = connectionsOf([
      connection(1, { name: "streamside" }),
      connection(3, { name: "streamside" }),
    ]);
    expect(shown.map(({ cid }) => cid)).toEqual([1]);
    expect(connectionsOf([connection(3, { name: "other" })])).toHaveLength(1);
  });

  it("are only those with bytes waiting where there are more than a page holds", () => {
    const page = [connection(1, { pending_bytes: 7 }), connection(2)];
    expect(connectionsOf(page, 3).map(({ cid }) => cid)).toEqual([1]);
    expect(connectionsOf(page, 2).map(({ cid }) => cid)).toEqual([1, 2]);
  });

  it("have no known backlog where the server says what no number holds", () => {
    const { connections } = connzSchema.parse({
      total: 1,
      limit: 1,
      connections: [connection(1, { pending_bytes: -5 })],
    });
    expect(connectionsOf(connections)[0]!.pendingBytes).toBeNaN();
  });
});
