import { describe, expect, it } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { fixture } from "../jetstream/recorded.fixture.ts";
import type { ServerPart } from "./server-parts.ts";
import { createServerWatch } from "./server-watch.ts";
import type { MonitoringWay, ServerAnswer, SystemWay } from "./server-ways.ts";

const never = new AbortController().signal;
const varz = fixture("varz") as Record<string, unknown>;
const connection = (cid: number) => ({ cid, name: `c${cid}`, pending_bytes: 0, out_msgs: 1 });

/** Servers that answer what they are made to, and count what they are asked. */
function createCluster(now = () => 0) {
  const servers = new Map<string, Record<string, unknown>>();
  const asked: string[] = [];
  const refused = new Map<string, CollectorError>();
  const expectations: string[][] = [];
  const answer = <T>(id: string, part: ServerPart<T>): ServerAnswer<T> => {
    const own = servers.get(id)!;
    const connections = (own.connections_list as object[] | undefined) ?? [];
    const answers: Record<string, unknown> = {
      varz: { ...varz, server_id: id, server_name: own.server_name ?? id, ...own },
      connz: page(connections, part.path),
      routez: { routes: own.routes_list ?? [] },
      accstatz: { account_statz: [] },
      jsz: { account_details: [] },
    };
    const value = part.schema.parse(answers[part.path.split("?")[0]!]);
    return { serverId: id, serverName: `${own.server_name ?? id}`, value, asOf: now(), tookMs: 1 };
  };
  const system: SystemWay = {
    rests: false,
    async ask(part, expected) {
      asked.push(part.path);
      if (part.path === "varz") expectations.push([...expected].sort());
      const refusal = refused.get(part.path.split("?")[0]!) ?? refused.get("");
      if (refusal) throw refusal;
      // As the real one: until all who are expected are there; where one is not, until nobody else answers.
      const stalls = expected.size === 0 || [...expected].some((id) => !servers.has(id));
      const ids = [...servers.keys()].filter((id) => stalls || expected.has(id));
      return ids.map((id) => answer(id, part));
    },
  };
  const endpoint = (id: string): MonitoringWay => {
    let serverId: string | null = null;
    return {
      address: id,
      get serverId() {
        return serverId;
      },
      async ask(part) {
        asked.push(`${id}:${part.path}`);
        const told = answer(id, part);
        serverId = id;
        return told;
      },
    };
  };
  return { servers, asked, refused, expectations, system, endpoint };
}

function page(connections: readonly object[], path: string) {
  const query = new URLSearchParams(path.split("?")[1]);
  const offset = Number(query.get("offset") ?? 0);
  const limit = Number(query.get("limit"));
  return { total: connections.length, limit, connections: connections.slice(offset, offset + limit) };
}

const denied = new CollectorError("DENIED", "may not", "allow it");
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("the watch over servers", () => {
  it("asks an endpoint only where the system account has no answer", async () => {
    const { servers, asked, system, endpoint } = createCluster();
    servers.set("A", {}).set("B", {});
    const known = new Map([["A", {}]]);
    const partly: SystemWay = {
      ...system,
      ask: async (part, ...rest) =>
        (await system.ask(part, ...rest)).filter(({ serverId }) => known.has(serverId)),
    };
    const watch = createServerWatch(partly, [endpoint("A"), endpoint("B")], { now: () => 0 });
    await watch.sample(never);
    asked.length = 0;
    const { servers: found, failures } = await watch.sample(never);
    expect(found.map(({ name, missed }) => [name, missed])).toEqual([
      ["A", 0],
      ["B", 0],
    ]);
    expect(failures).toEqual([]);
    expect(asked.filter((path) => path.startsWith("A:"))).toEqual([]);
    expect(asked.filter((path) => path.startsWith("B:")).map((path) => path.split("?")[0])).toEqual([
      "B:varz",
      "B:connz",
    ]);
  });

  it("asks what is expensive less often than the rest, and keeps what was told", async () => {
    let now = 0;
    const { servers, asked, system } = createCluster(() => now);
    servers.set("A", { routes: 1, routes_list: [{ rid: 1, remote_name: "B" }] });
    const watch = createServerWatch(system, [], { now: () => now });
    for (let second = 0; second < 10; second++) {
      now = second * 1_000;
      const [server] = (await watch.sample(never)).servers;
      expect(server!.routez!.value.routes).toHaveLength(1);
    }
    const times = (start: string) => asked.filter((path) => path.startsWith(start)).length;
    expect([times("connz?sort=pending"), times("routez"), times("connz?sort=cid"), times("jsz")]).toEqual([
      10, 2, 1, 1,
    ]);
    expect([times("gatewayz"), times("leafz")]).toEqual([0, 0]);
  });

  it("asks a new server for everything at once", async () => {
    const { servers, system, asked } = createCluster();
    servers.set("A", {});
    const watch = createServerWatch(system, [], { now: () => 0 });
    for (let round = 0; round < 3; round++) await watch.sample(never);
    servers.delete("A");
    servers.set("A2", { server_name: "A" });
    for (let round = 0; round < 12; round++) {
      await watch.sample(never);
      await settled();
    }
    expect(asked.filter((path) => path.startsWith("jsz"))).toHaveLength(2);
  });

  it("waits only for servers it knows, and finds new ones beside that", async () => {
    const { servers, system, expectations } = createCluster();
    servers.set("A", {});
    const watch = createServerWatch(system, [], { now: () => 0 });
    await watch.sample(never);
    servers.set("B", {});
    const names = async () => {
      const { servers: found } = await watch.sample(never);
      await settled();
      return found.map(({ name }) => name);
    };
    const seen: string[][] = [];
    for (let round = 0; round < 12; round++) seen.push(await names());
    expect(seen[0]).toEqual(["A"]);
    expect(seen.at(-1)).toEqual(["A", "B"]);
    expect(expectations.filter((ids) => ids.length === 0).length).toBeLessThanOrEqual(3);
    expect(expectations.at(-1)).toEqual(["A", "B"]);
  });

  it("counts the rounds that a server misses, and takes its next start for the same server", async () => {
    let now = 0;
    const { servers, system } = createCluster(() => now);
    servers.set("A", {}).set("B", { server_name: "b" });
    const watch = createServerWatch(system, [], { now: () => now });
    await watch.sample(never);
    servers.delete("B");
    const missed = async () => (await watch.sample(never)).servers.map((one) => [one.name, one.missed]);
    expect(await missed()).toEqual([
      ["A", 0],
      ["b", 1],
    ]);
    expect(await missed()).toContainEqual(["b", 2]);
    servers.set("another B", { server_name: "b" });
    for (let round = 0; round < 12; round++) {
      await missed();
      await settled();
    }
    expect(await missed()).toEqual([
      ["A", 0],
      ["b", 0],
    ]);
    servers.delete("another B");
    await missed();
    now = 16 * 60_000;
    await missed();
    expect(await missed()).toEqual([["A", 0]]);
  });

  it("tells servers of one name apart", async () => {
    const { servers, system } = createCluster();
    servers.set("ABCDEFGHIJ", { server_name: "nats" }).set("KLMNOPQRST", { server_name: "nats" });
    const watch = createServerWatch(system, [], { now: () => 0 });
    for (let round = 0; round < 3; round++) {
      const { servers: found } = await watch.sample(never);
      expect(found.map(({ name }) => name)).toEqual(["nats", "nats KLMNOPQR"]);
    }
  });

  it("does not take servers for gone where it cannot ask them", async () => {
    const { servers, system, refused, endpoint } = createCluster();
    servers.set("A", {}).set("B", {});
    const watch = createServerWatch(system, [endpoint("B")], { now: () => 0 });
    await watch.sample(never);
    refused.set("", new CollectorError("UNREACHABLE", "lost", "wait"));
    for (let round = 0; round < 5; round++) await watch.sample(never);
    const missed = async () => (await watch.sample(never)).servers.map((one) => [one.name, one.missed]);
    expect(await missed()).toEqual([
      ["A", 1],
      ["B", 0],
    ]);
    refused.clear();
    expect(await missed()).toEqual([
      ["A", 0],
      ["B", 0],
    ]);
  });

  it("looks for dropped clients only when slow ones were counted", async () => {
    const { servers, asked, system } = createCluster();
    servers.set("A", {});
    const watch = createServerWatch(system, [], { now: () => 0 });
    const looks = async () => {
      asked.length = 0;
      await watch.sample(never);
      return asked.filter((path) => path.includes("state=closed")).length;
    };
    expect(await looks()).toBe(0);
    servers.set("A", { slow_consumers: 1 });
    expect([await looks(), await looks(), await looks(), await looks()]).toEqual([1, 1, 1, 0]);
  });

  it("tells what was refused until it is asked for again", async () => {
    let now = 0;
    const { servers, system, refused } = createCluster();
    servers.set("A", {});
    refused.set("accstatz", denied);
    const watch = createServerWatch(system, [], { now: () => now });
    const codes = async () => (await watch.sample(never)).failures.map(({ code }) => code);
    expect([await codes(), await codes()]).toEqual([["DENIED"], ["DENIED"]]);
    refused.clear();
    now = 5_000;
    expect(await codes()).toEqual([]);
  });

  it("asks nothing else of whoever is not answered as the system account", async () => {
    const { servers, asked, system, refused } = createCluster();
    servers.set("A", {});
    refused.set("", new CollectorError("ANSWERED_ERROR", "nobody answers", "be of the system account"));
    const { servers: found, failures } = await createServerWatch(system, [], { now: () => 0 }).sample(never);
    expect([found, failures.length, asked]).toEqual([[], 1, ["varz"]]);
  });

  it("reads subscriptions page by page, up to a point", async () => {
    const { servers, system } = createCluster();
    const many = (count: number) => Array.from({ length: count }, (_, cid) => connection(cid));
    const told = async (count: number) => {
      servers.set("A", { connections: count, subscriptions: count, connections_list: many(count) });
      servers.set("B", { connections: 1, subscriptions: 1, connections_list: many(1) });
      const found = (await createServerWatch(system, [], { now: () => 0 }).sample(never)).servers;
      return found.map(({ subscriptions }) => subscriptions!.value.connections.map(({ cid }) => cid));
    };
    expect(await told(1_500)).toEqual([many(1_500).map(({ cid }) => cid), [0]]);
    expect((await told(9_000))[0]!.length).toBe(4_096);
  });
});
