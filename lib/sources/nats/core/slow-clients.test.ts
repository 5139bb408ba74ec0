import { describe, expect, it } from "vitest";
import { serverReport } from "../jetstream/recorded.fixture.ts";
import { connzSchema, type Varz } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { createSlowClients } from "./slow-clients.ts";

const T0 = Date.parse("2026-01-01T00:00:00Z");
const told = (connections: object[]) => ({
  value: connzSchema.parse({ total: connections.length, limit: 512, connections }),
  asOf: T0,
});
const closed = (cid: number, seconds: number, rest: object = {}) => ({
  cid,
  kind: "Client",
  name: `edge-${cid}`,
  ip: "10.0.0.5",
  port: 7,
  account: "APP",
  reason: "Slow Consumer (Pending Bytes)",
  stop: new Date(T0 + seconds * 1_000).toISOString(),
  pending_bytes: 64 << 20,
  ...rest,
});
const server = (connections: object[] | null, rest: Partial<ServerReport> = {}) =>
  serverReport({ closed: connections && told(connections), ...rest });

describe("clients that were dropped as slow consumers", () => {
  it("are told of by name, each once", () => {
    const slow = createSlowClients();
    slow([server(null)], T0);
    const { dropped, events } = slow([server([closed(7, 1), closed(8, 1, { reason: "Client Closed" })])], T0);
    expect(dropped).toMatchObject([
      { name: "edge-7", account: "APP", address: "10.0.0.5:7", pendingBytes: 64 << 20, at: T0 + 1_000 },
    ]);
    expect(events).toEqual([
      {
        at: T0 + 1_000,
        kind: "slow-consumer-dropped",
        title:
          "Client edge-7 (10.0.0.5:7, account APP, on n1) was dropped: slow consumer, pending bytes, 64.0 MiB waiting",
        streamKey: "$core",
      },
    ]);
    expect(slow([server([closed(7, 1)])], T0).events).toEqual([]);
  });

  it("had what was last seen waiting, where the server does not say", () => {
    const slow = createSlowClients();
    slow([server(null, { connz: told([{ cid: 7, pending_bytes: 1 << 20 }]) })], T0);
    const { dropped, events } = slow([server([closed(7, 1, { pending_bytes: 0 })])], T0);
    expect(dropped[0]!.pendingBytes).toBe(1 << 20);
    expect(events[0]!.title).toContain("1.00 MiB waiting");
    const unseen = createSlowClients();
    unseen([server(null)], T0);
    expect(unseen([server([closed(9, 1, { pending_bytes: 0 })])], T0).events[0]!.title).toMatch(
      /pending bytes$/,
    );
  });

  it("are history where they went before anybody looked", () => {
    const { dropped, events } = createSlowClients()([server([closed(7, -60)])], T0);
    expect(dropped).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it("are bounded, the newest kept, and told as a number past a few", () => {
    const slow = createSlowClients();
    slow([server([])], T0);
    const many = Array.from({ length: 1_000 }, (_, i) => closed(i, i));
    const { dropped, events } = slow([server(many)], T0);
    expect(dropped).toHaveLength(200);
    expect(dropped[0]!.name).toBe("edge-999");
    expect(events).toHaveLength(21);
    expect(events.at(-1)!.title).toBe("980 more clients were dropped as slow consumers");
  });

  it("are not told again once they are forgotten", () => {
    const slow = createSlowClients();
    slow([server([])], T0);
    const many = Array.from({ length: 300 }, (_, i) => closed(i, i));
    slow([server(many)], T0);
    expect(slow([server(many)], T0).events).toEqual([]);
  });
});

it("tells of servers that do not take what another one sends them", () => {
  const slow = createSlowClients();
  const counts = (routes: number, gateways = 0) => {
    const { varz } = serverReport();
    const stats = { clients: 0, routes, gateways, leafs: 0 };
    const value: Varz = { ...varz.value, slow_consumer_stats: stats };
    return [serverReport({ varz: { ...varz, value } })];
  };
  expect(slow(counts(3), T0).events).toEqual([]);
  expect(slow(counts(5, 1), T0).events.map(({ title }) => title)).toEqual([
    "Server n1 found 2 slow routes",
    "Server n1 found 1 slow gateway",
  ]);
  expect(slow(counts(0), T0).events).toEqual([]);
});
