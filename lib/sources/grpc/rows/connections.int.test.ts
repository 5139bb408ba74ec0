import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ServerCredentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { WatchRequest, WatchResponse } from "@streamside/grpc-health";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freeze, thaw } from "../../../../brokers/stand-still.ts";
import { systemClock } from "../../../async/clock.ts";
import { clockTelling } from "../../../async/clock-telling.fixture.ts";
import type { Collector } from "../../../sample/collector.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { Sample } from "../../../sample/sample.ts";
import type { GrpcCollectorOptions } from "../config.ts";
import { createGrpcClient } from "../connection/client.ts";
import { FakeProcess } from "../fake-process.ts";
import { createAuthority, type Pair, type TestAuthority } from "../test-certificates.ts";
import { startDns } from "../test-dns.ts";
import { type StrangeWatch, startStrangeTarget } from "../test-strange-target.ts";
import { createSubjects } from "../test-subjects.ts";
import { factOf, until } from "../test-target.ts";

const { ending, collect, target } = createSubjects();

const never = new AbortController().signal;

/** Samples until it fits, failures included; tells what happened and what could not be had meanwhile, too. */
async function sampled(
  collector: Collector,
  fits: (seen: Sample | null, failure: CollectorError | null) => boolean,
) {
  const events: { readonly kind: string; readonly title: string }[] = [];
  const failures: string[] = [];
  let last: Sample | null = null;
  await until(
    () =>
      collector.sample(never).then(
        (sample) => {
          events.push(...sample.events);
          failures.push(...sample.failures.map(({ subject }) => subject));
          last = sample;
          return { sample, error: null };
        },
        (error: CollectorError) => {
          events.push(...(error.news?.events ?? []));
          return { sample: null, error };
        },
      ),
    ({ sample, error }) => fits(sample, error),
  );
  return { seen: last as Sample | null, events, failures };
}

/** What the first sample may not know yet on a busy machine. */
async function healthOf(collector: Collector): Promise<string> {
  const { seen } = await sampled(
    collector,
    (sample) => sample !== null && factOf(sample, "Health") !== undefined,
  );
  return factOf(seen!, "Health")!;
}

describe("GOAWAY", () => {
  test("a server that ends old connections is told with its reason, and costs no sample", async () => {
    const service = await target({
      options: { "grpc.max_connection_age_ms": 3_000, "grpc.max_connection_age_grace_ms": 100 },
    });
    const collector = collect(service.address, { connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 });
    await healthOf(collector);
    let failed = 0;
    const { events, seen } = await sampled(collector, (sample) => {
      failed += sample === null || sample.failures.length > 0 ? 1 : 0;
      return sample?.events.some(({ kind }) => kind === "connection back") === true;
    });
    expect(failed).toBe(0);
    expect(events.map(({ kind }) => kind)).toEqual(["goaway", "connection back"]);
    expect(events[0]!.title).toMatch(/asks to be left: GOAWAY NO_ERROR/);
    expect(factOf(seen!, "Connection")).toMatch(/^READY since .*, made again once$/);
    expect(factOf(seen!, "Last connection lost")).toMatch(/UTC: GOAWAY NO_ERROR/);
  });

  test("a target that restarts on its port is another process on another connection", async () => {
    const service = await target();
    const port = Number(service.address.split(":")[1]);
    const collector = collect(service.address);
    await collector.sample(never);
    service.server.tryShutdown(() => {});
    const gone = await sampled(collector, (_, error) => error?.code === "UNREACHABLE");
    expect(gone.seen?.failures ?? []).toEqual([]);
    await target({ port });
    const back = await sampled(collector, (sample) => sample?.failures.length === 0);
    expect([...gone.events, ...back.events].map(({ kind }) => kind)).toEqual([
      "goaway",
      "connection back",
      "restart",
    ]);
  });
});

describe("one way that is lost", () => {
  test("costs what it alone could tell, says what stands in for it, and is told when it is back", async () => {
    const process = new FakeProcess("one");
    process.write(process.begin("SERVER_STREAM"), 3);
    const watches: ServerWritableStream<WatchRequest, WatchResponse>[] = [];
    let isBroken = false;
    const address = await watchTarget((call) => {
      if (isBroken) return void call.emit("error", { code: status.INTERNAL, details: "broken" });
      process.reopen();
      call.write(process.next());
      const timer = setInterval(() => call.write(process.next()), 100);
      call.on("cancelled", () => clearInterval(timer));
      watches.push(call);
      ending.push(() => clearInterval(timer));
    });
    const time = { ahead: 0 };
    const collector = collect(address, { clock: clockTelling(() => Date.now() + time.ahead) });
    await collector.sample(never);

    isBroken = true;
    watches[0]!.emit("error", { code: status.UNAVAILABLE, details: "restarting" });
    const lost = await sampled(collector, (sample) => sample!.failures.length > 0);
    expect(lost.seen!.failures).toMatchObject([{ subject: "StreamHealth", code: "ANSWERED_ERROR" }]);
    expect(lost.events).toMatchObject([
      {
        kind: "way lost",
        title: expect.stringMatching(/^StreamHealth of .* is lost: .*broken.*; no live calls$/),
      },
    ]);
    expect(wayRow(lost.seen!, "StreamHealth")).toMatchObject({
      trouble: "lost; no live calls",
      cells: [
        "StreamHealth",
        expect.stringMatching(/^lost: .*INTERNAL \(broken\)/),
        expect.stringMatching(/ UTC$/),
        expect.any(String),
        "no live calls",
      ],
    });
    expect(factOf(lost.seen!, "Health")).toBe("SERVING");
    expect([...lost.seen!.positions.backlog!]).toEqual([Number.NaN]);

    // Not asked again at once; and what is lost for long leaves no rows behind where the address is seen otherwise.
    time.ahead += 11_000;
    const empty = await sampled(collector, (sample) => sample!.layout.positions.count === 0);
    expect(empty.events).toEqual([]);

    isBroken = false;
    time.ahead += 8_000;
    const back = await sampled(collector, (sample) => sample!.failures.length === 0);
    expect(back.events).toMatchObject([
      { kind: "way back", title: expect.stringMatching(/^StreamHealth of .* is back$/) },
    ]);
    expect([...back.seen!.positions.backlog!]).toEqual([3]);
  });

  test("methods come from metrics while StreamHealth is lost", async () => {
    const page = readFileSync(new URL("../ways/metrics/fixtures/go-grpc-prometheus.txt", import.meta.url));
    const web = createServer((_, response) => response.end(page));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    ending.push(() => web.close());
    const process = new FakeProcess("one");
    process.begin("SERVER_STREAM");
    let opened = 0;
    const address = await watchTarget((call) => {
      if (opened++ > 0) return void call.emit("error", { code: status.PERMISSION_DENIED });
      call.write(process.next());
      setImmediate(() => call.emit("error", { code: status.UNAVAILABLE }));
    });
    const time = { ahead: 0 };
    const metrics = `http://127.0.0.1:${(web.address() as AddressInfo).port}/metrics`;
    const collector = collect(address, { metrics, clock: clockTelling(() => Date.now() + time.ahead) });
    await collector.sample(never);
    time.ahead += 11_000;
    const { seen } = await sampled(
      collector,
      (sample) => sample?.layout.streams.every(({ key }) => !key.includes("test.Quotes")) === true,
    );
    expect(wayRow(seen!, "StreamHealth")!.trouble).toBe("refused; methods from metrics, no live calls");
    expect(seen!.layout.streams.length).toBeGreaterThan(0);
    expect(seen!.streams.calls![0]).toMatchObject([{ from: "metrics" }]);
  });

  test("what the target does not offer is no failure, unless the source lists it", async () => {
    const service = await target({ instrumented: false });
    const auto = await collect(service.address).sample(never);
    expect(auto.failures).toEqual([]);
    expect(wayRow(auto, "StreamHealth")!.cells[1]).toBe("not offered");
    expect(wayRow(auto, "Metrics")!.cells[1]).toBe("not wanted");
    const listed = await collect(service.address, { uses: ["health", "reflection"] }).sample(never);
    expect(listed.failures).toMatchObject([{ subject: "Reflection", code: "UNAVAILABLE" }]);
  });
});

test("a process that is stopped is told within its time, and is back on another connection", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HEALTHY_PROCESS], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  ending.push(() => child.kill("SIGKILL"));
  const address = await new Promise<string>((resolve) =>
    child.stdout.once("data", (line) => resolve(String(line).trim())),
  );
  const collector = collect(address, { requestTimeoutMs: 600, connectTimeoutMs: 600 });
  await collector.sample(never);
  await freeze(child.pid!);
  const stopped = await sampled(collector, (_, error) => error !== null);
  expect(stopped.seen?.failures ?? []).toEqual([]);
  // The kernel of a stopped process goes on accepting connections.
  const stuck = await until(
    () =>
      collector.sample(never).then(
        () => null,
        (error: CollectorError) => error,
      ),
    (error) => /never sent HTTP\/2 settings/.test(error?.message ?? ""),
  );
  expect(stuck!.code).toBe("TIMEOUT");
  await thaw(child.pid!);
  const back = await sampled(collector, (sample) => sample !== null);
  // Told as it was lost, not when it was back.
  expect(stopped.events.map(({ title }) => title)).toEqual([
    expect.stringMatching(/was lost: let go by Streamside: no answer in time$/),
  ]);
  expect(back.events.map(({ title }) => title)).toEqual([expect.stringMatching(/^Connected again to/)]);
});

const HEALTHY_PROCESS = `
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
const server = new Server();
new HealthImplementation({ "": "SERVING" }).addToServer(server);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => console.log("127.0.0.1:" + port));
`;

async function watchTarget(watch: StrangeWatch): Promise<string> {
  const { address, stop } = await startStrangeTarget(watch);
  ending.push(stop);
  return address;
}

function wayRow({ sections }: Sample, way: string) {
  return sections?.find(({ key }) => key === "ways")?.rows.find(({ cells }) => cells[0] === way);
}

const hasOpenssl = (() => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)("TLS", () => {
  let ours: TestAuthority;
  let theirs: TestAuthority;
  let quotes: Pair;
  beforeAll(() => {
    ours = createAuthority();
    theirs = createAuthority();
    quotes = ours.issue("quotes.test");
  });
  afterAll(() => {
    ours?.close();
    theirs?.close();
  });

  const pairOf = ({ key, cert }: Pair) => [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }];
  const behindTls = (pair = quotes) =>
    target({ credentials: ServerCredentials.createSsl(null, pairOf(pair)) });
  const failureOf = (address: string, tls: GrpcCollectorOptions["tls"]) =>
    collect(address, { tls })
      .sample(never)
      .then(
        () => ({ message: "it did not fail" }),
        (error: CollectorError) => error,
      );

  test("is trusted by its authority, for the name the certificate has", async () => {
    const { address } = await behindTls();
    const trusted = { ca: ours.ca, servername: "quotes.test" };
    expect(await healthOf(collect(address, { tls: trusted }))).toBe("SERVING");
    await collect(address, { tls: { rejectUnauthorized: false } }).sample(never);
  });

  test("hides no GOAWAY", async () => {
    const service = await behindTls();
    const timeouts = { connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 };
    const tls = { ca: ours.ca, servername: "quotes.test" };
    const client = createGrpcClient({ id: "test", target: service.address, tls, ...timeouts }, systemClock);
    ending.push(() => client.close());
    const { localAddress } = await client.open(never);
    expect(localAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    service.kill();
    await expect.poll(() => client.link.lastLoss?.reason).toBe("GOAWAY NO_ERROR");
  });

  test("of a name that DNS resolves, is checked against that name", async () => {
    const { address } = await behindTls();
    const dns = await startDns(["127.0.0.1"]);
    const port = address.split(":")[1];
    const named = collect(`dns://${dns.address}/quotes.test:${port}`, { tls: { ca: ours.ca } });
    expect(await healthOf(named)).toBe("SERVING");
    expect(await failureOf(`dns://${dns.address}/other.test:${port}`, { ca: ours.ca })).toMatchObject({
      code: "AUTH",
      message: expect.stringContaining("is for other names: DNS:quotes.test"),
      hint: expect.stringContaining("servername"),
    });
  });

  test("each failure says what to do", async () => {
    const { address } = await behindTls();
    const expired = await behindTls(ours.issue("quotes.test", { expired: true }));
    const plain = await target();
    const trusted = { ca: ours.ca, servername: "quotes.test" };
    const cases = [
      [address, { ...trusted, ca: theirs.ca }, "AUTH", /no authority that this source trusts/, /caFile/],
      [address, {}, "AUTH", /no authority that this source trusts/, /caFile/],
      [address, { ca: ours.ca }, "AUTH", /is for other names: DNS:quotes\.test/, /servername/],
      [address, { ...trusted, cert: "no PEM", key: "no PEM" }, "AUTH", /cannot be read/, /PEM/],
      [expired.address, trusted, "AUTH", /has expired/, /Renew/],
      [plain.address, trusted, "PROTOCOL", /TLS handshake failed/, /Leave out the tls section/],
      [address, null, /PROTOCOL|UNREACHABLE/, /closed it at once|not in HTTP\/2/, /add a tls section/],
    ] as const;
    for (const [to, tls, code, message, hint] of cases) {
      expect(await failureOf(to, tls)).toMatchObject({
        code: typeof code === "string" ? code : expect.stringMatching(code),
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
    }
  });

  test("that is mutual wants a client certificate, of an authority the target trusts", async () => {
    const credentials = ServerCredentials.createSsl(Buffer.from(ours.ca), pairOf(quotes), true);
    const { address } = await target({ credentials });
    const trusted = { ca: ours.ca, servername: "quotes.test" };
    const known = collect(address, { tls: { ...trusted, ...ours.issue("streamside") } });
    expect(await healthOf(known)).toBe("SERVING");
    for (const tls of [trusted, { ...trusted, ...theirs.issue("streamside") }]) {
      expect(await failureOf(address, tls)).toMatchObject({
        code: "AUTH",
        hint: expect.stringContaining("certFile"),
      });
    }
  });
});
