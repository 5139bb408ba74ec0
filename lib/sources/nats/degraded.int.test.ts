import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalNatsCluster, startLocalNatsCluster } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import { CollectorError } from "../../sample/collector-error.ts";
import type { Sample } from "../../sample/sample.ts";
import { createNatsCollector } from "./collector.ts";

const never = new AbortController().signal;

let cluster: LocalNatsCluster;
let collector: Collector;
beforeAll(async () => {
  cluster = await startLocalNatsCluster();
  const nc = await connect({ servers: cluster.addresses });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "R3", subjects: ["r"], num_replicas: 3 });
  await jsm.streams.add({ name: "LOG", subjects: ["l"], num_replicas: 3 });
  for (let i = 0; i < 5; i++) await jetstream(nc).publish("r");
  await nc.close();
  collector = createNatsCollector({
    ...{ id: "test", servers: cluster.addresses, connectTimeoutMs: 2_000, requestTimeoutMs: 6_000 },
    systemAccount: cluster.users.system,
  });
}, 60_000);
afterAll(async () => {
  await collector?.close();
  await cluster?.stop();
});

/** What the next sample that can be had tells. */
async function sampled(): Promise<Sample> {
  for (;;) {
    try {
      return await collector.sample(never);
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
    }
  }
}

/** What it tells of the servers, and of the streams by name. */
async function shown() {
  const { layout, streams, signals } = await sampled();
  return {
    source: signals ?? [],
    streams: Object.fromEntries(
      [...(streams.signals ?? [])].map(([row, found]) => [layout.streams[row]!.name, found]),
    ),
  };
}
const patiently = { timeout: 60_000, interval: 500 };

it("tells of copies, servers and a quorum that are missing, and of none that is there", async () => {
  await expect.poll(shown, patiently).toEqual({ source: [], streams: {} });

  const [, second, third] = cluster.nodes;
  await third.kill();
  const short = { kind: "copies", lanes: 1, behind: 1, leaderless: 0, missing: [third.serverName] };
  await expect.poll(async () => (await shown()).streams, patiently).toEqual({ R3: [short], LOG: [short] });
  await expect
    .poll(async () => (await shown()).source, patiently)
    .toEqual([
      { kind: "members", what: "server", expected: 3, serving: 2, missing: [third.serverName] },
      { kind: "copies", behind: 2, leaderless: 0 },
    ]);

  // Without a quorum nobody answers for the streams any more: only the servers themselves tell.
  await second.kill();
  const gone = [second.serverName, third.serverName].sort();
  await expect
    .poll(async () => (await shown()).source, patiently)
    .toEqual([
      { kind: "quorum", what: "JetStream meta group C1", leader: false },
      { kind: "members", what: "server", expected: 3, serving: 1, missing: gone },
    ]);

  await second.restart();
  await third.restart();
  await expect.poll(shown, patiently).toEqual({ source: [], streams: {} });
}, 240_000);
