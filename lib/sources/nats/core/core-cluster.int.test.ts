import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type LocalNatsCluster,
  type LocalNatsNode,
  startLocalNatsCluster,
} from "../../../../brokers/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { Collector } from "../../../sample/collector.ts";
import type { Sample } from "../../../sample/sample.ts";
import { shown } from "../../facts.fixture.ts";
import { createNatsCollector } from "../collector.ts";
import type { NatsCollectorOptions } from "../config.ts";
import { natsWords } from "../words.ts";

const never = new AbortController().signal;
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

let cluster: LocalNatsCluster;
let nodes: readonly LocalNatsNode[];
beforeAll(async () => {
  cluster = await startLocalNatsCluster({ gateway: true, leaf: true });
  nodes = [...cluster.nodes, cluster.remote!];
}, 120_000);
afterAll(() => cluster?.stop());

function collect(change: Partial<NatsCollectorOptions>): Collector {
  const collector = createNatsCollector({
    id: "test",
    servers: cluster.addresses,
    auth: cluster.users.app,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    ...change,
  });
  opened.push(collector);
  return collector;
}
const bySystemAccount = () => collect({ systemAccount: cluster.users.system });

async function client(node: LocalNatsNode): Promise<NatsConnection> {
  const { user, password: pass } = cluster.users.app;
  const nc = await connect({ servers: node.address.replace("nats://", ""), user, pass });
  opened.push(nc);
  return nc;
}

const sectionOf = ({ sections }: Sample, key: string) => sections?.find((one) => one.key === key);
const idsOf = (observation: Sample, key: string) =>
  (sectionOf(observation, key)?.rows ?? []).map(({ id }) => id).sort();
function cellOf(observation: Sample, key: string, id: string, label: string) {
  const section = sectionOf(observation, key)!;
  return section.rows.find((row) => row.id === id)?.cells[
    section.columns.findIndex((c) => c.label === label)
  ];
}

async function ask<T>(node: LocalNatsNode, path: string): Promise<T> {
  return (await fetch(`${node.monitoring}/${path}`)).json() as Promise<T>;
}

/** The ids that rows of a section must have, from the endpoints of all servers. */
async function truth() {
  const routes = new Set<string>();
  const gateways = new Set<string>();
  const leafnodes = new Set<string>();
  for (const node of nodes) {
    const name = node.serverName;
    type Remotes = Record<string, unknown>;
    const told = await ask<{ routes: { remote_name: string; account?: string }[] }>(node, "routez");
    for (const { remote_name, account } of told.routes) {
      routes.add([name, remote_name, account].filter(Boolean).join("/"));
    }
    const ways = await ask<{ outbound_gateways: Remotes; inbound_gateways: Remotes }>(node, "gatewayz");
    for (const remote of Object.keys(ways.outbound_gateways)) gateways.add(`${name}/${remote}/outbound`);
    for (const remote of Object.keys(ways.inbound_gateways)) gateways.add(`${name}/${remote}/inbound`);
    const { leafs } = await ask<{ leafs: { name: string; account: string }[] }>(node, "leafz");
    for (const leaf of leafs) leafnodes.add(`${name}/${leaf.name}/${leaf.account}`);
  }
  return { routes: [...routes].sort(), gateways: [...gateways].sort(), leafnodes: [...leafnodes].sort() };
}

describe("a cluster with a gateway and a leaf node", () => {
  it("is told alike over both ways, as its servers tell it", async () => {
    const expected = await truth();
    expect(expected.routes.length).toBeGreaterThanOrEqual(6);
    expect(expected.leafnodes).toHaveLength(1);
    const { meta_cluster } = await ask<{ meta_cluster: { leader: string } }>(cluster.nodes[0], "jsz");
    const names = cluster.nodes.map(({ serverName }) => serverName);
    for (const collector of [
      bySystemAccount(),
      collect({ monitoring: nodes.map(({ monitoring }) => monitoring) }),
    ]) {
      const observation = await collector.sample(never);
      expect(observation.failures).toEqual([]);
      expect(idsOf(observation, "servers")).toEqual(nodes.map(({ serverName }) => serverName).sort());
      expect(idsOf(observation, "routes")).toEqual(expected.routes);
      expect(idsOf(observation, "gateways")).toEqual(expected.gateways);
      expect(idsOf(observation, "leafnodes")).toEqual(expected.leafnodes);
      expect(idsOf(observation, "meta")).toEqual(names.map((name) => `C1/${name}`).sort());
      for (const name of names) {
        const role = name === meta_cluster.leader ? "leader" : "follower";
        expect(cellOf(observation, "meta", `C1/${name}`, "Role")).toBe(role);
        expect(cellOf(observation, "meta", `C1/${name}`, "State")).toBe("up to date");
      }
      // The other cluster is without JetStream, and means to be.
      expect(sectionOf(observation, "servers")!.rows.filter(({ trouble }) => trouble)).toEqual([]);
      expect(observation.facts).toContainEqual(
        expect.objectContaining({ label: "Servers", value: `4, nats-server ${cluster.version}` }),
      );
      await collector.close();
    }
  });

  it("counts a message once, however many servers pass it on", async () => {
    const [near, far, remote] = [cluster.nodes[0], cluster.nodes[1], cluster.remote!];
    let got = 0;
    for (const node of [far, remote]) {
      const reader = await client(node);
      reader.subscribe("counted", { callback: () => void got++ });
      await reader.flush();
    }
    const collector = bySystemAccount();
    const totals = async () => {
      const { layout, streams } = await collector.sample(never);
      const core = layout.streams.findIndex(({ kind }) => kind === "core");
      return { in: streams.inTotal![core]!, out: streams.outTotal![core]! };
    };
    const before = await totals();
    const sender = await client(near);
    for (let i = 0; i < 2_000; i++) sender.publish("counted");
    await sender.flush();
    await expect.poll(() => got).toBe(4_000);
    const after = await totals();
    expect(after.in - before.in).toBeGreaterThanOrEqual(2_000);
    expect(after.in - before.in).toBeLessThan(2_100); // those of Streamside itself
    expect(after.out - before.out).toBeGreaterThanOrEqual(4_000);
    expect(after.out - before.out).toBeLessThan(4_200);
  });

  it("tells streams of other accounts as their leaders do", async () => {
    const { user, password: pass } = cluster.users.other;
    const nc = await connect({
      servers: cluster.addresses.map((at) => at.replace("nats://", "")),
      user,
      pass,
    });
    opened.push(nc);
    const jsm = await jetstreamManager(nc);
    const config = { num_replicas: 3, storage: "memory" as const };
    for (let i = 0; i < 3; i++) {
      await jsm.streams.add({ ...config, name: `THEIRS${i}`, subjects: [`theirs${i}`] });
      await jsm.consumers.add(`THEIRS${i}`, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
      for (let k = 0; k < 5; k++) await jetstream(nc).publish(`theirs${i}`);
    }
    const collector = bySystemAccount();
    const observation = await collector.sample(never);
    expect(observation.failures).toEqual([]);
    for (let i = 0; i < 3; i++) {
      const { cluster: group } = await jsm.streams.info(`THEIRS${i}`);
      const row = observation.layout.streams.findIndex(({ key }) => key === `OTHER/THEIRS${i}`);
      const { lanes, positions, layout } = observation;
      expect([lanes.head[row], lanes.replicas![row]]).toEqual([6, 3]);
      expect(shown(natsWords.streamFacts(observation, row)).Leader).toBe(group!.leader);
      const consumer = layout.consumers.findIndex(({ key }) => key === `OTHER/THEIRS${i}.reader`);
      expect(positions.backlog![consumer]).toBe(5);
    }
  });

  // Last: a server goes.
  it("tells who goes, who leads then, and which ways are lost", async () => {
    const { meta_cluster } = await ask<{ meta_cluster: { leader: string } }>(cluster.nodes[1], "jsz");
    const leader = cluster.nodes.find(({ serverName }) => serverName === meta_cluster.leader)!;
    const others = cluster.nodes.filter((node) => node !== leader);
    const collector = collect({
      servers: others.map(({ address }) => address),
      systemAccount: cluster.users.system,
    });
    await collector.sample(never);
    await leader.kill();
    const events: SourceEvent[] = [];
    let observation!: Sample;
    const kinds = async () => {
      observation = await collector.sample(never);
      events.push(...observation.events);
      return [...new Set(events.map(({ kind }) => kind))];
    };
    await expect
      .poll(kinds, { timeout: 20_000 })
      .toEqual(expect.arrayContaining(["server-gone", "route-lost", "meta-leader"]));
    const row = sectionOf(observation, "servers")!.rows.find(({ id }) => id === leader.serverName);
    expect(row?.trouble).toBe("does not answer any more");
    expect(events.find(({ kind }) => kind === "server-gone")).toMatchObject({
      title: `Server ${leader.serverName} does not answer any more`,
      before: "4 servers",
      after: "3 servers",
    });
    await expect
      .poll(
        async () => {
          const meta = sectionOf(await collector.sample(never), "meta");
          return meta?.rows.find(({ id }) => id === `C1/${leader.serverName}`)?.trouble;
        },
        { timeout: 20_000 },
      )
      .toMatch(/^(\d+ operations? behind|offline|.* is not up to date)$/);
    await leader.restart();
    await expect.poll(kinds, { timeout: 20_000 }).toContain("server-restarted");
  });
});
