import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createNatsCollector } from "./collector.ts";
import type { NatsCollectorOptions } from "./config.ts";

const never = new AbortController().signal;
const auth = (user: string, password = "pw") => ({ user, password });

let nats: Awaited<ReturnType<typeof startLocalNats>>;
/** A connection to each account: APP and BILLING have a stream ORDERS each. */
const connections = new Map<string, NatsConnection>();
const opened: Collector[] = [];

beforeAll(async () => {
  nats = await startLocalNats({
    config: `
      accounts {
        APP: {jetstream: enabled, users: [{user: app, password: pw}]}
        BILLING: {jetstream: enabled, users: [
          {user: billing, password: pw}
          {user: blind, password: pw, permissions: {publish: {deny: ["$JS.API.CONSUMER.>"]}}}
        ]}
        PLAIN: {users: [{user: plain, password: pw}]}
      }`,
  });
  for (const user of ["app", "billing"]) {
    const nc = await connect({ servers: nats.address.replace("nats://", ""), user, pass: "pw" });
    connections.set(user, nc);
    const jsm = await jetstreamManager(nc);
    for (const name of user === "app" ? ["ORDERS"] : ["INVOICES", "ORDERS"]) {
      await jsm.streams.add({ name, subjects: [`${name}.>`] });
      await jsm.consumers.add(name, { durable_name: "one", ack_policy: AckPolicy.Explicit });
    }
    await jetstream(nc).publish("ORDERS.x", user);
  }
});
afterEach(async () => {
  for (const collector of opened.splice(0)) await collector.close();
});
afterAll(async () => {
  for (const nc of connections.values()) await nc.close();
  await nats?.stop();
});

function collect(change: Partial<NatsCollectorOptions>): Collector {
  const collector = createNatsCollector({
    id: "test",
    servers: [nats.address],
    auth: auth("app"),
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    ...change,
  });
  opened.push(collector);
  return collector;
}

const streams = ({ layout }: Sample) => layout.streams.map(({ key, account }) => [key, account]);
const consumers = ({ layout }: Sample) => layout.consumers.map(({ key }) => key);
const backlogs = ({ positions }: Sample) => [...positions.backlog!];

describe("several accounts", () => {
  it("are sampled together: its own first, then by name", async () => {
    const accounts = [
      { name: "PLAIN", auth: auth("plain") },
      { name: "BILLING", auth: auth("billing") },
    ];
    const collector = collect({ accounts });
    const observation = await collector.sample(never);
    expect(observation.failures).toEqual([]);
    expect(streams(observation)).toEqual([
      ["ORDERS", undefined],
      ["BILLING/INVOICES", "BILLING"],
      ["BILLING/ORDERS", "BILLING"],
    ]);
    expect(consumers(observation)).toEqual(["ORDERS.one", "BILLING/INVOICES.one", "BILLING/ORDERS.one"]);
    expect(backlogs(observation)).toEqual([1, 0, 1]);
    expect((await collector.sample(never)).layout).toBe(observation.layout);
    const facts = shown(observation.facts);
    expect(facts["JetStream of BILLING"]).toMatch(/ on disk/);
    expect(facts["JetStream of PLAIN"]).toBe("off for this server or account");
    // Streams and consumers of each account with JetStream, INFO, and a ping.
    expect(observation.cost.requests).toBe(1 + 3 + 4 + 2);
  });

  it.each([
    ["may not sign in", auth("billing", "wrong"), "AUTH"],
    ["is nobody", auth("nobody"), "AUTH"],
  ])("cost nothing but themselves where a user %s", async (_, wrong, code) => {
    const collector = collect({ accounts: [{ name: "BILLING", auth: wrong }] });
    const first = await collector.sample(never);
    expect(streams(first)).toEqual([["ORDERS", undefined]]);
    expect(first.failures).toMatchObject([{ scope: "source", subject: "account BILLING", code }]);
    expect((await collector.sample(never)).failures).toEqual(first.failures);
  });

  it("name the subject that a user may not ask, with the account", async () => {
    const collector = collect({ accounts: [{ name: "BILLING", auth: auth("blind") }] });
    const observation = await collector.sample(never);
    expect(streams(observation)).toHaveLength(3);
    expect(observation.failures).toMatchObject([
      {
        subject: "BILLING/INVOICES",
        code: "DENIED",
        message: expect.stringContaining("CONSUMER.LIST.INVOICES"),
      },
      { subject: "BILLING/ORDERS", code: "DENIED" },
    ]);
  });

  it("keep the others where its own may not be asked, and none where nobody answers", async () => {
    const accounts = [{ name: "BILLING", auth: auth("billing") }];
    const jetstreamOff = await collect({ auth: auth("plain"), accounts }).sample(never);
    expect(streams(jetstreamOff).map(([key]) => key)).toEqual(["BILLING/INVOICES", "BILLING/ORDERS"]);
  });

  it("leave their rows with unknown numbers while the server is away", async () => {
    const collector = collect({
      accounts: [{ name: "BILLING", auth: auth("billing") }],
      requestTimeoutMs: 400,
    });
    const before = await collector.sample(never);
    await nats.pause();
    try {
      await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    } finally {
      await nats.resume();
    }
    await expect
      .poll(async () => {
        const { layout, failures } = await collector.sample(never);
        return layout === before.layout && failures.length === 0;
      })
      .toBe(true);
  });
});

describe("a closer look", () => {
  const focused = ["BILLING/ORDERS.one", "nobody"];

  it("tells where a consumer stands now, in the columns of the last sample", async () => {
    const collector = collect({ accounts: [{ name: "BILLING", auth: auth("billing") }] });
    const last = await collector.sample(never);
    for (const nc of connections.values()) await jetstream(nc).publish("ORDERS.x", "x");
    const looked = (await collector.sampleFocus!(focused, never))!;
    expect(looked.layout).toBe(last.layout);
    const grown = backlogs(last).map((backlog, row) => backlog + (row === 2 ? 1 : 0));
    expect(backlogs(looked)).toEqual(grown);
    expect([...looked.lanes.head].map((head, lane) => head - last.lanes.head[lane]!)).toEqual([0, 0, 1]);
    expect(looked.positions.asOf[2]).toBeGreaterThanOrEqual(last.positions.asOf[2]!);
    expect(looked.positions.asOf[0]).toBe(last.positions.asOf[0]);
    expect(looked.cost.requests).toBe(2);
    expect(backlogs(last)).not.toEqual(grown);
  });

  it("has nothing to tell before there is a sample, or of nobody", async () => {
    const collector = collect({});
    expect(await collector.sampleFocus!(focused, never)).toBeNull();
    await collector.sample(never);
    expect(await collector.sampleFocus!(focused, never)).toBeNull();
  });

  it("keeps what it knew of a consumer that is gone or was made anew", async () => {
    const collector = collect({});
    const jsm = await jetstreamManager(connections.get("app")!);
    const add = () => jsm.consumers.add("ORDERS", { durable_name: "brief", ack_policy: AckPolicy.None });
    await add();
    const last = await collector.sample(never);
    await jsm.consumers.delete("ORDERS", "brief");
    const look = async () => (await collector.sampleFocus!(["ORDERS.brief"], never))!.positions;
    expect((await look()).asOf[0]).toBe(last.positions.asOf[0]);
    await add();
    expect((await look()).asOf[0]).toBe(last.positions.asOf[0]);
    await jsm.consumers.delete("ORDERS", "brief");
  });
});
