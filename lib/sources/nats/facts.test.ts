import type { ServerInfo } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { shown } from "../facts.fixture.ts";
import { type Findings, mapFacts } from "./facts.ts";
import { accountInfoSchema } from "./jetstream/api-types.ts";
import { fixture, serverReport } from "./jetstream/recorded.fixture.ts";

const findings: Findings = {
  info: fixture("server-info") as ServerInfo,
  roundTripMs: 0.4321,
  jetstream: "on",
  account: accountInfoSchema.parse(fixture("account-info")),
  servers: [serverReport()],
  systemAccount: true,
};
const facts = (change: Partial<Findings> = {}) =>
  shown(mapFacts({ ...findings, ...change }), Date.parse("2026-11-21T15:04:19Z"));

describe("mapFacts", () => {
  it("says what was found", () => {
    expect(facts()).toEqual({
      Server: "nats-1",
      Version: "nats-server 2.15.2",
      JetStream: "0 B on disk, 472 B in memory",
      "Round trip": "0.4 ms",
      Connections: "2",
      "Slow consumers": "0",
      Started: "1.4 s ago",
    });
  });

  it("says how to see the core where no monitoring address is given", () => {
    const [fact] = mapFacts({ ...findings, servers: null, systemAccount: false }).slice(-1);
    expect(fact).toMatchObject({
      label: "Core NATS",
      title: expect.stringContaining("http: 127.0.0.1:8222"),
    });
  });

  it("tells JetStream that is off from JetStream that failed", () => {
    const values = (["off", "unwanted", "failed"] as const).map(
      (jetstream) => facts({ jetstream }).JetStream,
    );
    expect(values).toEqual(["off for this server or account", "not sampled", "could not be sampled"]);
    expect(facts({ account: null }).JetStream).toBe("on");
  });

  it("adds up what several servers say, and says who is not seen", () => {
    const servers = [serverReport(), serverReport({ id: "N2", name: "n2" })];
    expect(facts({ servers, systemAccount: false })).toMatchObject({
      Servers: "2, nats-server 2.15.2",
      Connections: "4",
      "Servers seen": "those with a monitoring address here",
    });
    expect(facts({ servers })).not.toHaveProperty("Servers seen");
  });
});
