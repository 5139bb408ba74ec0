import { AckPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalNatsCluster, startLocalNatsCluster } from "../../../../brokers/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { seriesOf } from "../../../sample/gauges.fixture.ts";
import { createNatsCollector } from "../collector.ts";

const never = new AbortController().signal;
let cluster: LocalNatsCluster;
let nc: NatsConnection;
let jsm: JetStreamManager;
beforeAll(async () => {
  cluster = await startLocalNatsCluster({ leaf: true });
  nc = await connect({ servers: cluster.addresses });
  jsm = await jetstreamManager(nc);
});
afterAll(async () => {
  await nc?.close();
  await cluster?.stop();
});

it("tells who leads a stream and a consumer now, and who did before", async () => {
  await jsm.streams.add({ name: "R3", subjects: ["r3"], num_replicas: 3 });
  await jsm.consumers.add("R3", { durable_name: "work", ack_policy: AckPolicy.Explicit });
  const leaders = async () => {
    const stream = (await jsm.streams.info("R3")).cluster?.leader;
    const consumer = (await jsm.consumers.info("R3", "work")).cluster?.leader;
    return { stream, consumer };
  };
  await expect
    .poll(leaders, { timeout: 5_000 })
    .toEqual({ stream: expect.any(String), consumer: expect.any(String) });
  const before = await leaders();

  const { system } = cluster.users;
  const collector = createNatsCollector({
    id: "test",
    servers: cluster.addresses,
    systemAccount: system,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
  const events: SourceEvent[] = [];
  const sample = async () => {
    events.push(...(await collector.sample(never)).events);
    return events;
  };
  const led = ({ kind }: SourceEvent) => kind === "leader-changed";
  try {
    await sample();
    // The election that made the first leaders is no news.
    await sample();
    expect(events.filter(led)).toEqual([]);
    await nc.request("$JS.API.STREAM.LEADER.STEPDOWN.R3", "");
    await expect.poll(async () => (await sample()).filter(led), { timeout: 10_000 }).toHaveLength(1);
    await nc.request("$JS.API.CONSUMER.LEADER.STEPDOWN.R3.work", "");
    await expect.poll(async () => (await sample()).filter(led), { timeout: 10_000 }).toHaveLength(2);
    const after = await leaders();
    expect(after.stream).not.toBe(before.stream);
    const told = { streamKey: "R3", kind: "leader-changed" };
    expect(events.filter(led)).toMatchObject([
      { ...told, title: "R3 has another leader", before: before.stream, after: after.stream },
      { ...told, consumerKey: "R3.work", before: before.consumer, after: after.consumer },
    ]);
    for (let i = 0; i < 3; i++) await sample();
    expect(events.filter(led)).toHaveLength(2);

    // The leaf node's own domain is heard in this account too.
    const leaf = await connect({ servers: cluster.leaf!.address });
    const theirs = await jetstreamManager(leaf);
    const said = nc.subscribe("$JS.EVENT.ADVISORY.STREAM.CREATED.ELSEWHERE", { max: 1 });
    await nc.flush();
    await theirs.streams.add({ name: "ELSEWHERE", subjects: ["elsewhere"] });
    for await (const message of said) expect(message.json()).toMatchObject({ domain: "leaf" });
    const ignored = async () =>
      seriesOf((await collector.sample(never)).gauges).streamside_nats_advisories_ignored_total;
    for (let i = 0; i < 3; i++) expect(await ignored()).toBe(0);
    await leaf.close();
  } finally {
    await collector.close();
  }
});
