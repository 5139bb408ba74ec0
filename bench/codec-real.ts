import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DemoReady } from "../lib/lab/demo-control.ts";
import type { Collector } from "../lib/sample/collector.ts";
import { createGrpcCollector } from "../lib/sources/grpc/index.ts";
import { createKafkaCollector } from "../lib/sources/kafka/index.ts";
import { createNatsCollector } from "../lib/sources/nats/index.ts";
import { BIG, fillCluster, startBigBroker } from "./big-cluster.ts";
import { startPart, stopPart } from "./child.ts";
import type { Chain } from "./codec-samples.ts";

const EVERY_MS = 1_000;
/** Samples that are not kept: until rates, rhythms and turns have settled. */
const WARM_UP = 15;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Of each source of the demo, all three at a time, while its load runs. */
export async function takeDemoSamples(count: number): Promise<readonly Chain[]> {
  const demo = await startDemo();
  const collectors = demo.systems.map(({ system, address }) => collectorOf(system, address!));
  try {
    return await takeChains(collectors, count);
  } finally {
    await Promise.all(collectors.map((collector) => collector.close()));
    await stopPart(demo.child);
  }
}

/** Of the big cluster, while a tenth of it moves: every position is asked for every time. */
export async function takeBigSamples(count: number, say: (line: string) => void): Promise<Chain> {
  const broker = await startBigBroker();
  let mover: ChildProcess | undefined;
  try {
    await fillCluster(broker.address, BIG, say);
    mover = startPart(pathToFileURL(process.argv[1]!), "mover", [`--address=${broker.address}`]);
    const collector = createKafkaCollector({
      id: "bench",
      brokers: [broker.address],
      clientId: "streamside-bench",
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 60_000,
      commitBudgetMs: Number.POSITIVE_INFINITY,
    });
    try {
      const [chain] = await takeChains([collector], count);
      return chain!;
    } finally {
      await collector.close();
    }
  } finally {
    if (mover !== undefined) await stopPart(mover);
    await broker.stop();
  }
}

/** Once a second, all of them at a time. */
async function takeChains(collectors: readonly Collector[], count: number): Promise<readonly Chain[]> {
  const rounds: Chain[] = [];
  for (let round = 0; round < WARM_UP + count; round++) {
    const nextAt = performance.now() + EVERY_MS;
    const taken = await Promise.all(collectors.map((one) => one.sample(new AbortController().signal)));
    if (round >= WARM_UP) rounds.push(taken);
    await sleep(Math.max(0, nextAt - performance.now()));
  }
  return collectors.map((_, source) => rounds.map((taken) => taken[source]!));
}

function collectorOf(system: string, address: string): Collector {
  const timeouts = { connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 };
  switch (system) {
    case "kafka":
      return createKafkaCollector({ id: "demo-kafka", brokers: [address], clientId: "bench", ...timeouts });
    case "nats":
      return createNatsCollector({ id: "demo-nats", servers: [address], ...timeouts });
    default:
      return createGrpcCollector({ id: "demo-grpc", target: address, ...timeouts });
  }
}

/** The built demo, on a free port. */
export async function startDemo(): Promise<DemoReady & { readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [join(dirname(process.argv[1]!), "..", "demo.js"), "--json-ready"], {
    env: { ...process.env, STREAMSIDE_PORT: "0" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ready = await new Promise<DemoReady>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(JSON.parse(text.slice(0, text.indexOf("\n"))) as DemoReady);
    });
    child.once("exit", (code) => reject(new Error(`The demo ended early with code ${code}.`)));
  });
  return { ...ready, child };
}
