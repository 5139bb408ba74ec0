import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalBroker, startLocalNats } from "../../../brokers/index.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createNatsCollector } from "./collector.ts";
import { natsWords } from "./words.ts";

const never = new AbortController().signal;
const explicit = { ack_policy: AckPolicy.Explicit };

interface Seq {
  consumer_seq: number;
  stream_seq: number;
}
interface Consumer {
  name: string;
  ack_floor: Seq;
  delivered: Seq;
  num_pending: number;
  num_ack_pending: number;
  num_redelivered: number;
  num_waiting: number;
  paused?: boolean;
}

async function jsz({ monitoring }: LocalBroker) {
  const response = await fetch(`${monitoring}/jsz?consumers=true&streams=true`);
  const { account_details } = (await response.json()) as {
    account_details: {
      stream_detail: {
        name: string;
        state: { first_seq: number; last_seq: number };
        consumer_detail: Consumer[];
      }[];
    }[];
  };
  return account_details.flatMap(({ stream_detail }) => stream_detail);
}

function consumerOf({ layout, positions, consumers }: Sample, key: string) {
  const row = layout.consumers.findIndex((consumer) => consumer.key === key);
  return {
    position: positions.position[row],
    backlog: positions.backlog?.[row],
    inFlight: positions.inFlight?.[row],
    due: consumers.dueTotal?.[row],
    out: consumers.outTotal?.[row],
    flags: consumers.flags?.[row],
  };
}

describe.each([
  ["2.10.29", { pauses: false }],
  ["2.12.15", { pauses: true }],
  ["2.15.2", { pauses: true }],
])("nats-server %s", (version, { pauses }) => {
  let nats: LocalBroker;
  let observation: Sample;
  let truth: Awaited<ReturnType<typeof jsz>>;

  beforeAll(async () => {
    nats = await startLocalNats({ version });
    const nc = await connect({ servers: nats.address });
    const jsm = await jetstreamManager(nc);
    const js = jetstream(nc);
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"], max_msgs: 90 });
    await jsm.streams.add({ name: "EMPTY", subjects: ["empty"] });
    for (let i = 0; i < 100; i++) {
      await js.publish(["orders.new", "orders.paid", "orders.sent", "orders.gone"][i % 4]!, "x");
    }
    const add = (durable_name: string, config = {}) =>
      jsm.consumers.add("ORDERS", { ...explicit, durable_name, ...config });
    await add("idle");
    await add("invoice", { filter_subject: "orders.new" });
    await add("ship", { filter_subjects: ["orders.paid", "orders.sent"] });
    await add("pulled");
    await add("poison", { max_deliver: 5 });
    await add("pushed", {
      ...{ deliver_subject: "pushed", ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All },
    });
    if (pauses) {
      await add("held");
      await jsm.consumers.pause("ORDERS", "held", new Date(Date.now() + 3_600_000));
    }
    const got: string[] = [];
    nc.subscribe("pushed", { callback: (_, message) => void got.push(message.subject) });
    const pull = async (name: string, count: number, each: (i: number) => "ack" | "nak" | "keep") => {
      let i = 0;
      const reader = await js.consumers.get("ORDERS", name);
      for await (const message of await reader.fetch({ max_messages: count, expires: 2_000 })) {
        const what = each(i++);
        if (what === "ack") await message.ackAck();
        if (what === "nak") message.nak();
      }
      await nc.flush();
    };
    await pull("pulled", 20, (i) => (i < 15 ? "ack" : "keep"));
    await pull("ship", 10, (i) => (i % 2 ? "ack" : "keep")); // acknowledged out of order: the floor stays
    await pull("poison", 1, () => "nak");
    await pull("poison", 1, () => "nak");
    await pull("poison", 1, () => "keep");
    await vi.waitUntil(() => got.length === 90);

    const collector = createNatsCollector({
      ...{ id: "test", servers: [nats.address], monitoring: [nats.monitoring!] },
      ...{ connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
    });
    observation = await collector.sample(never);
    await collector.close();
    truth = await jsz(nats);
    await nc.close();
  });
  afterAll(() => nats?.stop());

  it("is that version, and nothing failed", () => {
    expect(nats.version).toBe(version);
    expect(observation.facts.find(({ label }) => label === "Version")?.value).toContain(version);
    expect(observation.failures).toEqual([]);
  });

  it("tells of streams what its own /jsz says", () => {
    const { layout, lanes } = observation;
    for (const [name, messages] of [
      ["EMPTY", 0],
      ["ORDERS", 90],
    ] as const) {
      const row = layout.streams.findIndex(({ key }) => key === name);
      const { last_seq, first_seq } = truth.find((stream) => stream.name === name)!.state;
      expect(lanes.head[row]).toBe(last_seq + 1);
      expect(lanes.floor[row]).toBe(Math.max(1, first_seq));
      expect(lanes.head[row]! - lanes.floor[row]!).toBe(messages);
    }
  });

  it("tells of consumers what its own /jsz says: filters, push and pull, gaps, redeliveries, pauses", () => {
    const theirs = truth.find(({ name }) => name === "ORDERS")!.consumer_detail;
    expect(theirs.map(({ name }) => name).sort()).toEqual(
      [...(pauses ? ["held"] : []), "idle", "invoice", "poison", "pulled", "pushed", "ship"].sort(),
    );
    for (const consumer of theirs) {
      const { ack_floor, delivered, num_pending, num_ack_pending, paused } = consumer;
      const done = consumer.name === "pushed" ? delivered : ack_floor; // it acknowledges nothing
      expect(consumerOf(observation, `ORDERS.${consumer.name}`), consumer.name).toEqual({
        position: done.stream_seq + 1,
        backlog: num_pending + num_ack_pending,
        inFlight: num_ack_pending,
        due: num_pending + delivered.consumer_seq,
        out: delivered.consumer_seq - num_ack_pending, // those that acknowledge nothing have none
        // What had come again before anybody looked need not come again now.
        flags: paused ? ConsumerFlag.paused : 0,
      });
    }
    const of = (name: string) => consumerOf(observation, `ORDERS.${name}`);
    expect(of("invoice").backlog).toBe(22); // the first three of its 25 are gone
    expect(of("ship")).toMatchObject({ backlog: 40, inFlight: 5 });
    expect(of("pulled")).toMatchObject({ position: 26, backlog: 75, inFlight: 5 });
    if (pauses) expect(of("held").flags).toBe(ConsumerFlag.paused);
  });

  it("says nothing of what it does not know", () => {
    const row = observation.layout.consumers.findIndex(({ key }) => key === "ORDERS.idle");
    const facts = natsWords.consumerFacts(observation, row);
    expect(facts.map(({ label }) => label)).not.toContain("Paused");
    for (const told of [facts, natsWords.streamFacts(observation, 0), observation.facts]) {
      for (const value of Object.values(shown(told)))
        expect(value).not.toMatch(/NaN|Infinity|undefined|null/);
    }
  });
});
