import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { clockTelling } from "../../../async/clock-telling.fixture.ts";
import type { Collector } from "../../../sample/collector.ts";
import { observationBreaches } from "../../../sample/contract-check.ts";
import type { Sample } from "../../../sample/sample.ts";
import { startDns, type TestDns } from "../test-dns.ts";
import { createSubjects } from "../test-subjects.ts";
import { factOf, type Target, TargetClient, until } from "../test-target.ts";

const { ending, target, ...subjects } = createSubjects();

const never = new AbortController().signal;

const collect: typeof subjects.collect = (target, options) =>
  subjects.collect(target, { connectTimeoutMs: 1_000, requestTimeoutMs: 1_000, ...options });

/** Servers on 127.0.0.2, 127.0.0.3 … that share a port, each with a live call whose client reads. */
async function replicas(count: number): Promise<{ port: number; hosts: string[]; servers: Target[] }> {
  const hosts = Array.from({ length: count }, (_, i) => `127.0.0.${i + 2}`);
  const servers: Target[] = [];
  let port = 0;
  for (const host of hosts) {
    const server = await target({ host, port });
    port = Number(server.address.split(":")[1]);
    servers.push(server);
    const client = new TargetClient(server.address);
    ending.push(() => client.close());
    client.watch().on("data", () => {});
    await until(
      () => server.watches.length,
      (calls) => calls === 1,
    );
  }
  return { port, hosts, servers };
}

async function dnsOf(...addresses: string[]): Promise<TestDns> {
  const dns = await startDns(addresses);
  ending.push(() => dns.close());
  return dns;
}

/** A clock that can be put forward, so that what is looked up every 30 s is looked up now. */
function timeMachine() {
  let ahead = 0;
  return {
    clock: clockTelling(() => Date.now() + ahead),
    pass: (ms: number) => {
      ahead += ms;
    },
  };
}

function section(seen: Sample, key: string) {
  const found = seen.sections?.find((one) => one.key === key);
  return {
    rows: found?.rows.map(({ id }) => id) ?? [],
    cell: (row: string, label: string) =>
      found?.rows.find(({ id }) => id === row)?.cells[
        found.columns.findIndex((column) => column.label === label)
      ],
    trouble: (row: string) => found?.rows.find(({ id }) => id === row)?.trouble,
  };
}

/** Samples until it fits; tells what happened meanwhile, too. */
async function sampled(collector: Collector, fits: (seen: Sample) => boolean) {
  const events: string[] = [];
  const seen = await until(async () => {
    const sample = await collector.sample(never);
    events.push(...sample.events.map(({ title }) => title));
    return sample;
  }, fits);
  return { seen, events };
}

const titles = ({ events }: Sample) => events.map(({ title }) => title);

describe("a name with several addresses", () => {
  test("is watched address by address; one that is killed costs its own rows, and is back by itself", async () => {
    const { port, hosts, servers } = await replicas(3);
    const dns = await dnsOf(...hosts);
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`);
    const all = await until(
      () => collector.sample(never),
      (sample) => sample.failures.length === 0 && factOf(sample, "Health") === "SERVING at 3 addresses",
    );
    expect(observationBreaches(all)).toEqual([]);
    expect(factOf(all, "Addresses")).toBe("3");
    expect([...all.positions.backlog!]).toEqual([0, 0, 0]);
    const names = hosts.map((host) => `${host}:${port}`);
    expect(section(all, "addresses").rows).toEqual(names);
    expect(section(all, "addresses").cell(names[0]!, "Connection")).toBe("READY");

    servers[1]!.kill();
    const two = await until(
      () => collector.sample(never),
      ({ failures }) => failures.length > 0,
    );
    expect(two.failures).toMatchObject([{ subject: names[1], code: "UNREACHABLE" }]);
    expect(two.layout).toBe(all.layout);
    expect([...two.positions.backlog!].sort()).toEqual([0, 0, Number.NaN]);
    expect(section(two, "addresses").rows[0]).toBe(names[1]);
    expect(section(two, "addresses").trouble(names[1]!)).toContain(names[1]);
    expect(factOf(two, "Addresses")).toBe("3, 1 of them not answering");
    expect(observationBreaches(two)).toEqual([]);

    await target({ host: hosts[1]!, port });
    const { seen: back, events } = await sampled(collector, ({ failures }) => failures.length === 0);
    expect(events).toContainEqual(expect.stringMatching(/^Connected again to .* at 127\.0\.0\.3:\d+ after/));
    expect(events).toContainEqual("The process was replaced: 1 live call is gone, its counters start again");
    expect(section(back, "addresses").cell(names[1]!, "Reconnects")).toBe(1);
    expect(section(back, "addresses").cell(names[1]!, "Last lost")).toMatch(/GOAWAY NO_ERROR|ECONNRESET/);
  });

  test("addresses come and go with DNS, and a DNS server that is silent takes none away", async () => {
    const { port, hosts } = await replicas(3);
    const dns = await dnsOf(hosts[0]!);
    const time = timeMachine();
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`, { clock: time.clock });
    const one = await collector.sample(never);
    expect(one.sections!.map(({ key }) => key)).not.toContain("addresses");

    dns.answers = [hosts[2]!, hosts[0]!];
    time.pass(30_000);
    const come = await until(
      () => collector.sample(never),
      (seen) => section(seen, "addresses").rows.length === 2,
    );
    expect(titles(come)).toEqual([
      expect.stringMatching(/^127\.0\.0\.4:\d+ is a new address of dns:.*quotes\.test:\d+$/),
    ]);

    dns.answers = [hosts[1]!, hosts[2]!];
    time.pass(30_000);
    const gone = await until(
      () => collector.sample(never),
      (seen) => seen.events.length > 0,
    );
    expect(titles(gone)).toEqual([
      expect.stringMatching(/^127\.0\.0\.2:\d+ is no longer an address of /),
      expect.stringMatching(/^127\.0\.0\.3:\d+ is a new address of /),
    ]);
    expect(section(gone, "addresses").rows).toEqual([`${hosts[2]}:${port}`, `${hosts[1]}:${port}`]);

    dns.answers = null;
    time.pass(30_000);
    const unheard = await until(
      () => collector.sample(never),
      ({ failures }) => failures.some(({ subject }) => subject === "DNS"),
    );
    expect(unheard.failures).toContainEqual(expect.objectContaining({ subject: "DNS", code: "TIMEOUT" }));
    expect(section(unheard, "addresses").rows).toHaveLength(2);
  });

  test("one that falls silent does not hold up the others, and its numbers are no longer told", async () => {
    const { port, hosts, servers } = await replicas(2);
    const silent = await blackHole(servers[0]!.address);
    const collector = collect(`ipv4:${silent.address},${hosts[1]}:${port}`, { requestTimeoutMs: 20_000 });
    const all = await until(
      () => collector.sample(never),
      ({ failures, positions }) => failures.length === 0 && positions.backlog!.length === 2,
    );
    expect([...all.positions.backlog!]).toEqual([0, 0]);
    silent.swallow();
    const late = await until(
      () => collector.sample(never),
      ({ failures }) => failures.some(({ subject }) => subject === silent.address),
    );
    expect(late.failures).toMatchObject([
      { code: "TIMEOUT", message: expect.stringContaining("has not answered for") },
    ]);
    expect([...late.positions.backlog!].sort()).toEqual([0, Number.NaN]);
    expect(late.layout).toBe(all.layout);
    // Known to be late, it is not waited for.
    const tookMs: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { startedAt, finishedAt } = await collector.sample(never);
      tookMs.push(finishedAt - startedAt);
    }
    expect(Math.min(...tookMs)).toBeLessThan(400);
    silent.restore();
    await until(
      () => collector.sample(never),
      ({ failures }) => failures.length === 0,
    );
  });

  test("all dead: the sample fails, and each address is tried no more than once a second", async () => {
    const { port, hosts, servers } = await replicas(2);
    const dns = await dnsOf(...hosts);
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`);
    await collector.sample(never);
    for (const server of servers) server.kill();
    const refusals = await until(
      () =>
        collector.sample(never).then(
          () => null,
          (error) => error,
        ),
      (error) => error !== null && /ECONNREFUSED/.test(error.message),
    );
    expect(refusals).toMatchObject({ code: "UNREACHABLE" });
    const startedAt = performance.now();
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "UNREACHABLE" });
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  test("is asked by its name, not by its address", async () => {
    const authorities = new Set<string>();
    const server = createHttp2Server();
    server.on("stream", (stream, headers) => {
      authorities.add(String(headers[":authority"]));
      stream.respond({ ":status": 404, "content-type": "text/html" }, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ending.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const dns = await dnsOf("127.0.0.1");
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`);
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "PROTOCOL" });
    expect([...authorities]).toEqual([`quotes.test:${port}`]);
  });

  test("that is closed while its name is looked up is never connected to", async () => {
    const dns = await dnsOf();
    dns.answers = null;
    let connected = 0;
    const server = createServer(() => connected++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ending.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`, { connectTimeoutMs: 400 });
    const sampling = collector.sample(never).catch((error) => error.code);
    await until(
      () => dns.asked,
      (asked) => asked > 0,
    );
    await collector.close();
    dns.answers = ["127.0.0.1"];
    expect(await sampling).toBe("INTERNAL");
    // The resolver asks once more before it gives up.
    await until(
      () => dns.asked,
      (asked) => asked > 2,
    );
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "INTERNAL" });
    // Only of the one that is asked for now.
    const another = collect(`127.0.0.1:${port}`, { connectTimeoutMs: 200 });
    await expect(another.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(connected).toBe(1);
  });

  test("of both families, the other one is taken where the first cannot be reached", async () => {
    const service = await target({ host: "127.0.0.5" });
    const port = Number(service.address.split(":")[1]);
    const dns = await dnsOf("127.0.0.6", "::1");
    const time = timeMachine();
    const collector = collect(`dns://${dns.address}/quotes.test:${port}`, {
      uses: ["health"],
      clock: time.clock,
    });
    await expect(collector.sample(never)).rejects.toMatchObject({
      message: expect.stringContaining("127.0.0.6"),
    });
    await expect(collector.sample(never)).rejects.toMatchObject({ message: expect.stringContaining("::1") });
    dns.answers = ["127.0.0.5", "::1"];
    time.pass(5_000);
    await until(
      () => collector.sample(never).catch(() => null),
      (seen) => seen !== null,
      15_000,
    );
  });
});

/** A way to a server that can swallow what passes, as a host that is gone does: nothing is closed, nothing answers. */
async function blackHole(to: string) {
  const [host, port] = to.split(":");
  const pairs = new Set<[Socket, Socket]>();
  let isOpen = true;
  const server = createServer((near) => {
    const far = connectTcp(Number(port), host);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, other] of [pair, [far, near]] as const) {
      from.on("data", (bytes) => {
        if (isOpen) other.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.9", resolve));
  ending.push(() => {
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  });
  const address = server.address() as { port: number };
  return {
    address: `127.0.0.9:${address.port}`,
    swallow: () => {
      isOpen = false;
    },
    /** What was swallowed is lost: those connections end. */
    restore: () => {
      isOpen = true;
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
  };
}
