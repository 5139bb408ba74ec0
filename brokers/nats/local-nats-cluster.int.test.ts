import { describe, expect, it } from "vitest";
import { isFree } from "../free-port.ts";
import { startLocalNatsCluster } from "../index.ts";
import { identify, isAlive } from "../processes.ts";
import { askNatsInfo, parseNatsAddress } from "./nats-probe.ts";

const timeout = 120_000;
type Answer = Record<string, unknown>;

async function get(url: string): Promise<Answer> {
  return (await (await fetch(url)).json()) as Answer;
}

describe("a local NATS cluster", () => {
  it("has routes, a gateway and a leaf node, goes on without a killed one, and leaves nothing", {
    timeout,
  }, async () => {
    const cluster = await startLocalNatsCluster({ gateway: true, leaf: true });
    const servers = [...cluster.nodes, cluster.remote!, cluster.leaf!];
    const at = servers.map(({ address }) => parseNatsAddress(address));
    try {
      const [first, second, third] = cluster.nodes;
      expect(new Set(servers.map(({ serverName }) => serverName)).size).toBe(5);
      for (const [i, { serverName }] of servers.entries())
        expect(await askNatsInfo(at[i]!, 1_000)).toMatchObject({ serverName });
      const meta = async () => (await get(`${first.monitoring}/jsz`)).meta_cluster as Answer;
      expect(cluster.nodes.map(({ serverName }) => serverName)).toContain((await meta()).leader);

      const killed = identify(second.pid);
      await second.kill();
      expect(isAlive(killed)).toBe(false);
      await second.restart(); // finds its routes again
      const routes = async () => {
        const { routes } = await get(`${second.monitoring}/routez`);
        return new Set((routes as Answer[]).map(({ remote_id }) => remote_id)).size;
      };
      await expect.poll(routes, { timeout: 20_000, interval: 50 }).toBe(2);
      await third.pause();
      await expect(askNatsInfo(at[2]!, 200)).rejects.toMatchObject({ code: "not-answering" });
    } finally {
      const last = servers.map(({ pid }) => identify(pid));
      await cluster.stop(); // of a paused one, too
      expect(last.filter(isAlive)).toEqual([]);
    }
    for (const { port } of at) expect(await isFree(port)).toBe(true);
  });

  it("leaves nothing where a server cannot start", { timeout }, async () => {
    await expect(startLocalNatsCluster({ config: "max_payload: nonsense" })).rejects.toMatchObject({
      name: "BrokerError",
      code: "start-failed",
    });
  });
});
