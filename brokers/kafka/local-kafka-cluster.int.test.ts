import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheDirectory } from "../cache.ts";
import { isFree } from "../free-port.ts";
import { startLocalKafkaCluster } from "../index.ts";
import { identify, isAlive } from "../processes.ts";
import { parseEndpoint } from "../tcp-exchange.ts";
import { askKafkaCluster } from "./kafka-probe.ts";

const timeout = 120_000;

describe("a local Kafka cluster", () => {
  it("goes on without a killed node, and leaves nothing after stop", { timeout }, async () => {
    const cluster = await startLocalKafkaCluster();
    const endpoints = cluster.nodes.map(({ address }) => parseEndpoint(address, 0));
    const seenBy = async (node: number) => (await askKafkaCluster(endpoints[node - 1]!, 1_000)).brokers;
    try {
      const [, second] = cluster.nodes;
      const killed = identify(second.pid);
      await second.kill();
      expect(isAlive(killed)).toBe(false);
      await expect.poll(() => seenBy(1), { timeout: 20_000, interval: 100 }).toBe(2);
      await cluster.nodes[2].pause();
      await expect(seenBy(3)).rejects.toMatchObject({ code: "not-answering" });
    } finally {
      const last = cluster.nodes.map(({ pid }) => identify(pid));
      await cluster.stop(); // of a paused one, too
      expect(last.filter(isAlive)).toEqual([]);
    }
    for (const { port } of endpoints) expect(await isFree(port)).toBe(true);
  });

  it("leaves nothing where a node cannot start", { timeout }, async () => {
    await expect(
      startLocalKafkaCluster({ properties: { "authorizer.class.name": "no.such.Class" } }),
    ).rejects.toMatchObject({ name: "BrokerError", code: "start-failed" });
    const runs = join(cacheDirectory(process.env), "runs");
    const ours = (await readdir(runs)).filter((run) => ownerOf(join(runs, run)) === process.pid);
    expect(ours).toEqual([]);
  });
});

/** Undefined where somebody else takes the directory away at this moment. */
function ownerOf(run: string): number | undefined {
  try {
    return JSON.parse(readFileSync(join(run, "run.json"), "utf8")).owner.pid;
  } catch {
    return undefined;
  }
}
