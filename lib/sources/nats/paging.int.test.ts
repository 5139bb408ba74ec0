import { AckPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalBroker, startLocalNats } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { createNatsCollector } from "./collector.ts";

const never = new AbortController().signal;
/** More than two pages of 256, spread over the names so that whatever comes and goes does so among them. */
const STEADY = Array.from({ length: 600 }, (_, i) => `c${String(i).padStart(3, "0")}`);
const config = { ack_policy: AckPolicy.Explicit, mem_storage: true, inactive_threshold: 600e9 };

let nats: LocalBroker;
let nc: NatsConnection;
let jsm: JetStreamManager;
let collector: Collector;

beforeAll(async () => {
  nats = await startLocalNats();
  nc = await connect({ servers: nats.address });
  jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "BUSY", subjects: ["busy"], storage: "memory" });
  await nc.request("busy", "x"); // something waits, so that its consumers are asked for every time
  await Promise.all(STEADY.map((name) => jsm.consumers.add("BUSY", { ...config, name })));
  collector = createNatsCollector({
    ...{ id: "test", servers: [nats.address], connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 },
  });
}, 60_000);
afterAll(async () => {
  await collector?.close();
  await nc?.close();
  await nats?.stop();
});

const namesOf = ({ layout }: Sample) => layout.consumers.map(({ name }) => name);

describe("600 consumers of one stream", () => {
  it("are those of the server's list of names, each once", async () => {
    const listed: string[] = [];
    for await (const { name } of jsm.consumers.list("BUSY")) listed.push(name);
    const observation = await collector.sample(never);
    expect(namesOf(observation)).toEqual(STEADY);
    expect(listed.sort()).toEqual(STEADY);
    expect([...observation.positions.backlog!]).toEqual(STEADY.map(() => 1));
  });

  it("are all there, each once, while others come and go among them", async () => {
    let churning = true;
    let churned = 0;
    const churn = async (worker: number) => {
      while (churning) {
        const name = `c${String((churned * 37 + worker) % 600).padStart(3, "0")}-${churned++}`;
        await jsm.consumers.add("BUSY", { ...config, name });
        await jsm.consumers.delete("BUSY", name);
      }
    };
    const workers = [0, 1].map(churn);
    const missed: string[] = [];
    let samples = 0;
    for (; churned < 150; samples++) {
      const observation = await collector.sample(never);
      const names = namesOf(observation);
      if (new Set(names).size !== names.length) missed.push("twice");
      const seen = new Set(names);
      const lost = STEADY.filter((name) => !seen.has(name));
      if (lost.length > 0) missed.push(`${samples}: ${lost}`);
    }
    churning = false;
    await Promise.all(workers);
    expect(samples).toBeGreaterThan(5);
    expect(missed).toEqual([]);
    expect(namesOf(await collector.sample(never))).toEqual(STEADY);
  });
});
