import { AckPolicy, type JetStreamClient, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalNatsCluster, type LocalNatsNode, startLocalNatsCluster } from "../../../brokers/index.ts";
import { systemClock } from "../../async/clock.ts";
import { parseConfig } from "../../config/index.ts";
import { createSampling, type Sampling } from "../../runtime/sampling.ts";
import type { Sample } from "../../sample/sample.ts";
import { SourceSnapshot } from "../../store/source-snapshot.ts";
import type { SourceTable } from "../../store/source-table.ts";
import { Store } from "../../store/store.ts";
import { SOURCE_KINDS } from "../index.ts";
import { createNatsCollector } from "./collector.ts";
import type { NatsCollectorOptions } from "./config.ts";

/** The times are those of an idle machine; where others take the cores they may be twice as long. */
const BUSY = 2;

const never = new AbortController().signal;
/** `A` is led by the first server, `B` by the second, `C` by the third; and so are `x`, `y` and `z` of each. */
const STREAMS = ["A", "B", "C"];
const CONSUMERS = ["x", "y", "z"];
/** `x` was given 20 messages and has acknowledged 15. */
const ACKED = 15;
const HELD = 5;
const BEFORE = 50;

let cluster: LocalNatsCluster;
let nc: NatsConnection;
let js: JetStreamClient;
let table: SourceTable;
let sampling: Sampling;
let watching: NodeJS.Timeout;
let publishing: Promise<void>;
let stopped = false;
const seen: Sample[] = [];
const wrong: string[] = [];
/** When each message of a stream was sent and when it was acknowledged, if it was. */
const sent: Record<string, { readonly at: number; ackedAt: number }[]> = { A: [], B: [], C: [] };

interface Jsz {
  meta_cluster?: { leader?: string };
  account_details?: { stream_detail?: StreamDetail[] }[];
}
interface StreamDetail {
  name: string;
  cluster?: { leader?: string };
  state: { first_seq: number; last_seq: number };
  consumer_detail?: ConsumerDetail[];
}
interface ConsumerDetail {
  name: string;
  cluster?: { leader?: string };
  num_pending: number;
  num_ack_pending: number;
  ack_floor: { stream_seq: number; consumer_seq: number };
  delivered: { consumer_seq: number };
}

async function jsz({ monitoring }: LocalNatsNode): Promise<{ leader: string; streams: StreamDetail[] }> {
  const response = await fetch(`${monitoring}/jsz?acc=APP&streams=true&consumers=true`, {
    signal: AbortSignal.timeout(1_000),
  });
  const { meta_cluster, account_details = [] } = (await response.json()) as Jsz;
  const streams = account_details.flatMap(({ stream_detail = [] }) => stream_detail);
  return { leader: meta_cluster?.leader ?? "", streams };
}

/** What each of these servers says of what it leads itself, by the keys of streams and consumers. */
async function led(nodes: readonly LocalNatsNode[]) {
  const streams = new Map<string, StreamDetail>();
  const consumers = new Map<string, ConsumerDetail>();
  const followers: number[] = [];
  let meta = 0;
  for (const node of nodes) {
    const { leader, streams: details } = await jsz(node);
    if (leader === node.serverName) meta++;
    for (const stream of details) {
      if (stream.cluster?.leader === node.serverName) streams.set(stream.name, stream);
      for (const consumer of stream.consumer_detail ?? []) {
        const key = `${stream.name}.${consumer.name}`;
        if (consumer.cluster?.leader === node.serverName) consumers.set(key, consumer);
        else followers.push(consumer.num_pending);
      }
    }
  }
  return { streams, consumers, followers, meta };
}

/** Moves the leader to where the tests want it. */
async function lead(api: string, { serverName }: LocalNatsNode): Promise<void> {
  const body = JSON.stringify({ placement: { preferred: serverName } });
  await vi.waitUntil(
    async () => {
      const subject = `$JS.API.${api.replace(" ", ".LEADER.STEPDOWN.")}`;
      // Nobody answers while another one is being elected.
      const answer = await nc.request(subject, body).catch(() => null);
      return answer?.string().includes("already leader");
    },
    { timeout: 20_000, interval: 50 },
  );
}

beforeAll(async () => {
  cluster = await startLocalNatsCluster({ gateway: true, leaf: true });
  const [first, second, third] = cluster.nodes;
  nc = await connect({
    servers: [third.address, second.address, first.address],
    noRandomize: true,
    reconnectTimeWait: 50,
    maxReconnectAttempts: -1,
  });
  const jsm = await jetstreamManager(nc);
  js = jetstream(nc, { timeout: 1_000 });
  await Promise.all(
    STREAMS.map(async (name) => {
      await jsm.streams.add({ name, subjects: [name], num_replicas: 3 });
      for (const durable_name of CONSUMERS) {
        await jsm.consumers.add(name, { durable_name, ack_policy: AckPolicy.Explicit, max_ack_pending: 20 });
      }
      for (let i = 0; i < BEFORE; i++) await publish(name);
      await Promise.all([
        lead(`STREAM ${name}`, cluster.nodes[STREAMS.indexOf(name)]!),
        ...CONSUMERS.map((one, i) => lead(`CONSUMER ${name}.${one}`, cluster.nodes[i]!)),
      ]);
      const reader = await vi.waitUntil(() => js.consumers.get(name, "x").catch(() => null), 20_000);
      let given = 0;
      for await (const message of await reader.fetch({ max_messages: ACKED + HELD, expires: 5_000 })) {
        if (given++ < ACKED) await message.ackAck();
      }
    }),
  );
}, 120_000);

afterAll(async () => {
  stopped = true;
  clearInterval(watching);
  await sampling?.stop();
  await publishing;
  await nc?.close();
  await cluster?.stop();
});

async function publish(stream: string): Promise<void> {
  const message = { at: Date.now(), ackedAt: Number.POSITIVE_INFINITY };
  sent[stream]!.push(message);
  await js.publish(stream, "x").then(
    () => {
      message.ackedAt = Date.now();
    },
    () => {},
  );
}

async function sampleOnce(change: Partial<NatsCollectorOptions>): Promise<Sample> {
  const collector = createNatsCollector({
    ...{ id: "once", servers: cluster.addresses, connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 },
    ...change,
  });
  try {
    return await collector.sample(never);
  } finally {
    await collector.close();
  }
}

const streamRow = ({ layout }: Sample, key: string) => layout.streams.findIndex((one) => one.key === key);
const consumerRow = ({ layout }: Sample, key: string) => layout.consumers.findIndex((one) => one.key === key);

function figures(observation: Sample) {
  const { layout, lanes, positions, consumers } = observation;
  return {
    streams: layout.streams.map(({ key }, row) => ({ key, head: lanes.head[row], floor: lanes.floor[row] })),
    consumers: layout.consumers.map(({ key }, row) => ({
      ...{ key, position: positions.position[row], backlog: positions.backlog?.[row] },
      ...{ inFlight: positions.inFlight?.[row], out: consumers.outTotal?.[row] },
    })),
  };
}

describe("at rest", () => {
  it("tells what each leader says of itself and never what a follower says, whichever server is asked", async () => {
    const truth = await led(cluster.nodes);
    expect(truth.streams.size + truth.consumers.size).toBe(12);
    expect(truth.followers).toContain(0); // followers do count wrong
    const expected = {
      streams: STREAMS.map((key) => {
        const { last_seq, first_seq } = truth.streams.get(key)!.state;
        return { key, head: last_seq + 1, floor: first_seq };
      }),
      consumers: STREAMS.flatMap((stream) =>
        CONSUMERS.map((name) => {
          const { num_pending, num_ack_pending, ack_floor } = truth.consumers.get(`${stream}.${name}`)!;
          return {
            key: `${stream}.${name}`,
            position: ack_floor.stream_seq + 1,
            backlog: num_pending + num_ack_pending,
            inFlight: num_ack_pending,
            out: ack_floor.consumer_seq,
          };
        }),
      ),
    };
    expect(expected.consumers[0]).toMatchObject({ key: "A.x", backlog: BEFORE - ACKED, inFlight: HELD });
    for (const { address } of [...cluster.nodes, cluster.remote!]) {
      const observation = await sampleOnce({ servers: [address] });
      expect(observation.failures).toEqual([]);
      expect(figures(observation)).toEqual(expected);
    }
  });

  it("sees another account, one without JetStream, and a leaf node's domain, each by itself", async () => {
    const { users, nodes, leaf } = cluster;
    expect((await sampleOnce({ auth: users.other })).layout.streams).toEqual([]);
    const plain = await sampleOnce({ auth: users.plain });
    expect(plain.failures).toEqual([]);
    expect(plain.facts.find(({ label }) => label === "JetStream")?.value).toMatch(/^off/);

    const there = await connect({ servers: leaf!.address });
    await (await jetstreamManager(there)).streams.add({ name: "EDGE", subjects: ["edge"] });
    for (let i = 0; i < 3; i++) await jetstream(there).publish("edge", "x");
    await there.close();
    const expected = [{ key: "EDGE", head: 4, floor: 1 }];
    expect(figures(await sampleOnce({ servers: [leaf!.address] })).streams).toEqual(expected);
    const throughHub = await sampleOnce({ servers: [nodes[1].address], domain: "leaf" });
    expect(figures(throughHub).streams).toEqual(expected);
  });
});

/** Numbers that the truth rules out. */
function mistakesIn({ layout, lanes, positions, finishedAt, startedAt }: Sample): string[] {
  const mistakes: string[] = [];
  const check = (what: string, value: number, asOf: number, least: number, most: number) => {
    if (!(value >= least && value <= most)) mistakes.push(`${what} is ${value}, not ${least} to ${most}`);
    if (!(asOf <= finishedAt)) mistakes.push(`${what} is of ${asOf - finishedAt} ms later`);
  };
  // What a follower of the stream leads lags behind what was acknowledged.
  const within = (stream: string, asOf: number) => {
    const acked = sent[stream]!.filter(({ ackedAt }) => ackedAt < asOf - 1_500).length;
    return [acked, sent[stream]!.filter(({ at }) => at <= asOf).length] as const;
  };
  layout.streams.forEach(({ key }, row) => {
    const [head, asOf] = [lanes.head[row]!, lanes.asOf[row]!];
    if (Number.isNaN(head) || !everything.streams.includes(key)) return;
    const [least, most] = within(key, asOf);
    check(`head of ${key}`, head, asOf, least + 1, most + 1);
    check(`floor of ${key}`, lanes.floor[row]!, asOf, 1, 1);
  });
  layout.consumers.forEach(({ key }, row) => {
    const [backlog, asOf] = [positions.backlog![row]!, positions.asOf[row]!];
    if (Number.isNaN(backlog) || !everything.consumers.includes(key)) return;
    const acked = key.endsWith(".x") ? ACKED : 0;
    const [least, most] = within(key.slice(0, 1), asOf);
    check(`backlog of ${key}`, backlog, asOf, least - acked, most - acked);
    check(`position of ${key}`, positions.position[row]!, asOf, acked + 1, acked + 1);
    check(`in flight of ${key}`, positions.inFlight![row]!, asOf, acked && HELD, acked && HELD);
  });
  const streams = layout.streams.filter(({ kind }) => kind === "jetstream").length;
  if (streams !== STREAMS.length) mistakes.push(`${streams} streams`);
  const consumers = layout.consumers.filter(({ kind }) => kind !== "connection").length;
  if (consumers !== everything.consumers.length) mistakes.push(`${consumers} consumers`);
  if (finishedAt - startedAt > 5_000) mistakes.push(`a sample took ${finishedAt - startedAt} ms`);
  return mistakes;
}

interface Share {
  readonly streams: readonly string[];
  readonly consumers: readonly string[];
}

/** What a server leads, and what it does not. */
async function sharesOf(node: LocalNatsNode): Promise<{ its: Share; others: Share }> {
  const { streams, consumers } = await led([node]);
  const all = STREAMS.flatMap((stream) => CONSUMERS.map((name) => `${stream}.${name}`));
  // Consumers of a stream without a leader are not known either.
  const lost = (key: string) => consumers.has(key) || streams.has(key.slice(0, 1));
  return {
    its: { streams: STREAMS.filter((key) => streams.has(key)), consumers: all.filter(lost) },
    others: {
      streams: STREAMS.filter((key) => !streams.has(key)),
      consumers: all.filter((key) => !lost(key)),
    },
  };
}

function asOfs({ streams, consumers }: Share, observation: Sample): number[] {
  return [
    ...streams.map((key) => observation.lanes.asOf[streamRow(observation, key)]!),
    ...consumers.map((key) => observation.positions.asOf[consumerRow(observation, key)]!),
  ];
}

const everything: Share = {
  streams: STREAMS,
  consumers: STREAMS.flatMap((stream) => CONSUMERS.map((name) => `${stream}.${name}`)),
};

/** When the servers' own accounts of themselves have a leader of everything among these. */
async function elected(nodes: readonly LocalNatsNode[]): Promise<number> {
  await vi.waitUntil(
    async () => {
      const truth = await led(nodes).catch(() => null); // one may be starting
      return truth?.meta === 1 && truth.streams.size === STREAMS.length && truth.consumers.size === 9;
    },
    { timeout: 40_000, interval: 25 },
  );
  return Date.now();
}

/** The first observation with all of it read after `time`; resolves with how long after it was there. */
async function knownAfter(time: number, share: Share): Promise<number> {
  const known = (observation: Sample) => asOfs(share, observation).every((asOf) => asOf > time);
  await vi.waitUntil(() => seen.some(known), { timeout: 20_000, interval: 20 });
  return seen.find(known)!.finishedAt - time;
}

/** The longest time for which something of this was not read, from `from` on. */
function longestGap(share: Share, from: number): number {
  let longest = 0;
  const last = new Map<number, number>();
  for (const observation of seen.filter(({ finishedAt }) => finishedAt > from - 1_500)) {
    for (const [i, asOf] of asOfs(share, observation).entries()) {
      if (Number.isNaN(asOf)) continue;
      longest = Math.max(longest, asOf - (last.get(i) ?? asOf));
      last.set(i, asOf);
    }
  }
  return longest;
}

describe("with servers that fail", () => {
  beforeAll(async () => {
    const store = new Store();
    const config = parseConfig(
      `sources:
        - { id: test, kind: nats, servers: [${cluster.addresses}], user: app, password: app-pw,
            systemAccount: { user: sys, password: sys-pw },
            accounts: [{ name: other, user: other, password: other-pw }] }`,
      { kinds: SOURCE_KINDS, env: {}, path: "streamside.yaml" },
    );
    const log = () => {};
    sampling = createSampling({
      ...{ config, unavailable: [], store, clock: systemClock },
      log: { info: log, warn: log, error: log },
      watchedConsumers: () => [],
      onConsumers: () => {},
    });
    sampling.start();
    table = store.sources.get("test")!;
    publishing = (async () => {
      while (!stopped) {
        await Promise.all([...STREAMS.map(publish), new Promise((resolve) => setTimeout(resolve, 100))]);
      }
    })();
    watching = setInterval(() => {
      const observation = table.sampled?.sample;
      if (!observation || observation === seen.at(-1)) return;
      seen.push(observation);
      wrong.push(...mistakesIn(observation));
    }, 10);
    await knownAfter(Date.now(), everything);
  });

  it("kill -9 of one that leads: unknown until the election, and the others keep their second", async () => {
    const [first, second, third] = cluster.nodes; // sampled through the first
    const { its, others } = await sharesOf(second);
    expect(its.streams.length).toBeGreaterThan(0);
    const failedAt = Date.now();
    await second.kill();
    try {
      const electedAt = await elected([first, third]);
      expect(await knownAfter(electedAt, everything)).toBeLessThan(BUSY * 3_000);
      expect(longestGap(others, failedAt)).toBeLessThan(BUSY * 4_000);
      const told = seen.flatMap(({ failures, finishedAt }) => (finishedAt > failedAt ? failures : []));
      for (const subject of its.streams) {
        expect(told).toContainEqual(
          expect.objectContaining({ subject, message: expect.stringMatching(/leader/) }),
        );
      }
    } finally {
      await second.restart();
    }
    await elected(cluster.nodes);
    expect(wrong).toEqual([]);
  });

  it("SIGSTOP of the one it is connected to: goes on with another one within the same sample", async () => {
    const [first, second, third] = cluster.nodes;
    const { others } = await sharesOf(first);
    const failedAt = Date.now();
    const { failed } = table.counts;
    await first.pause();
    try {
      const electedAt = await elected([second, third]);
      expect(await knownAfter(electedAt, everything)).toBeLessThan(BUSY * 3_000);
      expect(longestGap(others, failedAt)).toBeLessThan(BUSY * 5_000);
      expect(table.counts.failed).toBe(failed);
    } finally {
      await first.resume();
    }
    await elected(cluster.nodes);
    expect(wrong).toEqual([]);
  });

  it("two of three killed: says so and shows no zeroes, and is back with the quorum", async () => {
    const [first, second, third] = cluster.nodes;
    await Promise.all([second.kill(), first.kill()]);
    const failedAt = Date.now();
    const told = () => {
      const partial = seen.flatMap(({ failures, finishedAt }) => (finishedAt > failedAt ? failures : []));
      const ofSource = partial.filter(({ scope }) => scope === "source");
      return [...ofSource, ...(table.lastFailure ? [table.lastFailure] : [])];
    };
    await vi.waitUntil(() => told().length > 0, { timeout: 20_000, interval: 20 });
    // What is seen first: that they are gone, or that nobody answers for lack of a quorum.
    expect(told()[0]!.message).toMatch(/closed the connection|did not answer in time|STREAM\.LIST/);
    await second.restart();
    const electedAt = await elected([second, third]);
    expect(await knownAfter(electedAt, everything)).toBeLessThan(BUSY * 3_000);
    expect(new SourceSnapshot(table, Date.now()).status).toBe("live");
    expect(wrong).toEqual([]);
  });
});
