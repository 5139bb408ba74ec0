import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { fixture } from "../jetstream/recorded.fixture.ts";
import { type Loopback, listenHttp } from "../loopback.fixture.ts";
import { createMonitoringClient } from "./monitoring.ts";
import { createServerWatch } from "./server-watch.ts";
import { createMonitoringWay, type MonitoringWay } from "./server-ways.ts";

const never = new AbortController().signal;
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** Answers as a server would, but for what `change` answers itself. */
function server(id: string, change: Record<string, unknown> = {}): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://x");
    const kind = searchParams.get("subs") ? "subs" : searchParams.get("state") ? "closed" : pathname.slice(1);
    const own = { server_id: id, server_name: id };
    const answer = change[kind] ?? { ...ANSWERS[kind]!, ...own };
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  };
}
const connz = fixture("connz") as object;
const ANSWERS: Record<string, object> = {
  varz: {
    ...(fixture("varz") as object),
    routes: 1,
    leafnodes: 1,
    gateway: { name: "A" },
    slow_consumers: 1,
  },
  connz,
  subs: connz,
  closed: { total: 0, limit: 1, connections: [] },
  routez: { routes: [] },
  gatewayz: { outbound_gateways: {}, inbound_gateways: {} },
  leafz: { leafs: [] },
  accstatz: { account_statz: [] },
  jsz: { account_details: [] },
};

const TIMEOUT_MS = 10_000;

async function watch(...handles: RequestListener[]) {
  const clock = new ManualClock(Date.now());
  const ways: MonitoringWay[] = [];
  const loopbacks: Loopback[] = [];
  for (const handle of handles) {
    const loopback = await listenHttp(handle);
    const client = createMonitoringClient(`http://127.0.0.1:${loopback.port}`, TIMEOUT_MS, clock);
    opened.push(client, loopback);
    loopbacks.push(loopback);
    ways.push(createMonitoringWay(client, `127.0.0.1:${loopback.port}`, clock));
  }
  const sample = () => clock.advanceUntil(createServerWatch(null, ways, clock).sample(never));
  return { sample, loopbacks };
}

describe("a server that tells what no server tells", () => {
  it("costs nothing where it tells what it should", async () => {
    const { sample } = await watch(server("A"), server("B"));
    const { servers, failures } = await sample();
    expect(failures).toEqual([]);
    expect(servers.map(({ name }) => name)).toEqual(["A", "B"]);
  });

  it.each(["connz", "subs", "closed", "routez", "gatewayz", "leafz", "accstatz", "jsz"])(
    "costs its %s only, whatever that is",
    async (kind) => {
      const answers = [
        "<html>",
        "null",
        "[]",
        "7",
        `"${"x".repeat(1 << 17)}"`,
        { server_id: "A" },
        { server_id: 5 },
        { server_id: "A", connections: {}, routes: 1, leafs: "x", account_statz: [[]], account_details: 3 },
        {
          server_id: "A",
          connections: [{}],
          routes: [null],
          leafs: [3],
          account_statz: [{}],
          account_details: [7],
        },
      ].filter((answer) => kind !== "jsz" || JSON.stringify(answer) !== '{"server_id":"A"}'); // no account has any
      for (const answer of answers) {
        const { sample } = await watch(server("A", { [kind]: answer }), server("B"));
        const { servers, failures } = await sample();
        expect(failures, JSON.stringify(answer).slice(0, 80)).toMatchObject([
          { scope: "source", code: "PROTOCOL" },
        ]);
        expect(servers.map(({ name }) => name)).toEqual(["A", "B"]);
        for (const { varz, accounts, routez } of servers.slice(1)) {
          expect([varz, accounts, routez]).not.toContain(null);
        }
      }
    },
  );

  it("costs itself where it does not even say who it is", async () => {
    for (const varz of ["<html>", {}, { server_id: "A" }, { server_id: "", version: "1" }]) {
      const { sample } = await watch(server("A", { varz }), server("B"));
      const { servers, failures } = await sample();
      expect(failures).toMatchObject([{ code: "PROTOCOL" }]);
      expect(servers.map(({ name }) => name)).toEqual(["B"]);
    }
  });

  it("has unknown numbers where they are none, or beyond what a number holds", async () => {
    const huge = "18446744073709551615";
    const varz = JSON.stringify({
      ...ANSWERS.varz,
      ...{ server_id: "A", server_name: "A", uptime: "for ever", mem: "much", cpu: null, in_msgs: -1 },
      ...{ slow_consumer_stats: [], cluster: "C", jetstream: 7, out_msgs: 77 },
    }).replace("77", huge);
    const { sample } = await watch(server("A", { varz }));
    const { servers, failures } = await sample();
    expect(failures).toEqual([]);
    const { value } = servers[0]!.varz;
    for (const number of [value.uptime, value.mem, value.cpu, value.in_msgs, value.out_msgs]) {
      expect(number).toBeNaN();
    }
    expect([value.slow_consumer_stats, value.cluster, value.jetstream]).toEqual([null, null, null]);
    expect(servers[0]!.cluster).toBe("");
  });

  it("takes names for what they are", async () => {
    const varz = { ...ANSWERS.varz, server_id: "__proto__", server_name: "constructor" };
    const gatewayz = JSON.stringify({
      server_id: "__proto__",
      outbound_gateways: { x: { connection: { cid: 1 } } },
      inbound_gateways: {},
    }).replace('"x"', '"__proto__"');
    const { sample } = await watch(server("__proto__", { varz, gatewayz }));
    const { servers, failures } = await sample();
    expect(failures).toEqual([]);
    expect(servers.map(({ id, name }) => [id, name])).toEqual([["__proto__", "constructor"]]);
  });

  it("holds the others up for one time limit, and then rests", async () => {
    const { sample, loopbacks } = await watch(() => {}, server("B"));
    const { servers, failures } = await sample();
    expect(failures).toMatchObject([{ code: "TIMEOUT" }]);
    expect(servers.map(({ name }) => name)).toEqual(["B"]);
    const accepted = loopbacks[0]!.accepted;
    expect((await sample()).failures).toMatchObject([{ code: "TIMEOUT" }]);
    expect(loopbacks[0]!.accepted).toBe(accepted);
  });
});
