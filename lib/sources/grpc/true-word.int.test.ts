import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { SourceFact } from "../../model/source.ts";
import type { CollectorError } from "../../sample/collector-error.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import type { Sample } from "../../sample/sample.ts";
import { goProgram, startGoTarget } from "./test-go-target.ts";
import { python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { createSubjects } from "./test-subjects.ts";
import { factOf, startTarget, TargetClient, until } from "./test-target.ts";

const { ending, ...subjects } = createSubjects();
const never = new AbortController().signal;

/** Keeps so many streams open, each opened again as soon as it ends; how often they ended. */
function keepOpen(
  count: number,
  open: () => { on(event: "end" | "error", listener: () => void): unknown; resume(): unknown },
) {
  const state = { ended: 0, isOver: false };
  ending.push(() => {
    state.isOver = true;
  });
  const keep = () => {
    const stream = open();
    let isEnded = false;
    const again = () => {
      if (isEnded || state.isOver) return;
      isEnded = true;
      state.ended++;
      setImmediate(keep);
    };
    stream.on("end", again);
    stream.on("error", again);
    stream.resume();
  };
  for (let i = 0; i < count; i++) keep();
  return state;
}

function failingIn({ consumers }: Sample): number {
  return [...consumers.flags!].filter((flags) => (flags & ConsumerFlag.failing) !== 0).length;
}

describe("streams that are recycled by the age of their connection, and opened again at once, fail nothing", () => {
  const AGE = 700;
  const GRACE = 200;

  test.skipIf(goProgram === null)("with grpc-go, which metrics tell of", { timeout: 60_000 }, async () => {
    const target = await startGoTarget({ maxConnectionAgeMs: AGE, maxConnectionAgeGraceMs: GRACE });
    ending.push(() => target.stop());
    const collector = subjects.collect(target.address, { metrics: target.metrics });
    // Its own connection is recycled, too.
    await until(
      () => collector.sample(never).catch(() => null),
      (seen) => seen !== null && factOf(seen, "Last connection lost")?.includes("max_age") === true,
      20_000,
    );
    const quotes = new QuotesClient(target.address);
    ending.push(() => quotes.close());
    const kept = keepOpen(30, () => quotes.watch({ intervalMs: 20 }));
    let failing = 0;
    const seen = await until(
      async () => {
        const sample = await collector.sample(never).catch(() => null);
        if (sample !== null) failing += failingIn(sample);
        return sample;
      },
      (sample) => {
        if (sample === null || kept.ended < 60) return false;
        const row = sample.layout.streams.findIndex(({ name }) => name.endsWith("/Watch"));
        const told = sample.streams.calls![row]!.flatMap(({ statuses }) => statuses);
        return told.some(({ code, count }) => code === 14 && count >= 60);
      },
      30_000,
    );
    expect(failing).toBe(0);
    expect(seen!.events.filter(({ kind }) => kind === "call ended")).toEqual([]);
  });

  test.skipIf(python === null)("with grpcio", { timeout: 60_000 }, async () => {
    const target = await startPythonTarget({
      streamHealth: true,
      threads: 60,
      options: { "grpc.max_connection_age_ms": AGE, "grpc.max_connection_age_grace_ms": GRACE },
    });
    ending.push(() => target.stop());
    const quotes = new QuotesClient(target.address);
    ending.push(() => quotes.close());
    await recycled(target.address, () => quotes.watch({ intervalMs: 20 }));
  });

  test("with grpc-js", { timeout: 60_000 }, async () => {
    const target = await startTarget({
      options: { "grpc.max_connection_age_ms": AGE, "grpc.max_connection_age_grace_ms": GRACE },
    });
    ending.push(() => target.kill());
    const client = new TargetClient(target.address);
    ending.push(() => client.close());
    const writing = setInterval(() => {
      for (const watch of target.watches) if (!watch.cancelled) watch.write("quote");
    }, 20);
    ending.push(() => clearInterval(writing));
    await recycled(target.address, () => client.watch());
  });

  async function recycled(address: string, open: Parameters<typeof keepOpen>[1]) {
    const collector = subjects.collect(address);
    await collector.sample(never).catch(() => null);
    const kept = keepOpen(30, open);
    const seen: Sample[] = [];
    await until(
      async () => {
        const sample = await collector.sample(never).catch(() => null);
        if (sample !== null) seen.push(sample);
        return kept.ended;
      },
      (ended) => ended >= 90,
      30_000,
    );
    expect(seen.reduce((sum, sample) => sum + failingIn(sample), 0)).toBe(0);
    const titles = seen.flatMap(({ events }) => events.map(({ title }) => title));
    expect(titles.filter((title) => /UNAVAILABLE/.test(title))).toEqual([]);
  }
});

describe("what is told of a target that is lost", () => {
  async function failureOf(collector: ReturnType<typeof subjects.collect>): Promise<CollectorError | null> {
    return collector.sample(never).then(
      () => null,
      (error: CollectorError) => error,
    );
  }

  async function lost(address: string, drain: () => void, end: () => unknown, options = {}) {
    const collector = subjects.collect(address, options);
    expect((await collector.sample(never)).signals).toBeUndefined();
    drain();
    const seen: Sample[] = [];
    const news: CollectorError["news"][] = [];
    let isEnded = false;
    await until(
      async () => {
        await collector.sample(never).then(
          (sample) => seen.push(sample),
          (error: CollectorError) => news.push(error.news),
        );
        if (!isEnded) await end();
        isEnded = true;
        return news;
      },
      (told) => told.length >= 2,
      20_000,
    );
    const events = [...seen, ...news.map((one) => one!)].flatMap((told) => told.events);
    return { collector, events, facts: news.at(-1)!.facts!, signals: news.at(-1)!.signals };
  }

  const factIn = (facts: readonly SourceFact[], label: string) =>
    facts.find((fact) => fact.label === label)?.value;

  test.skipIf(python === null)(
    "is its last word with the time, what it said as it went, and nothing that held",
    async () => {
      const target = await startPythonTarget();
      ending.push(() => target.stop());
      const { events, facts, signals } = await lost(
        target.address,
        () => {
          target.setHealth("", "NOT_SERVING");
          target.drain(100);
        },
        () => target.stop(),
      );
      expect(events.map(({ title }) => title)).toContainEqual(expect.stringContaining("became NOT_SERVING"));
      expect(events.filter(({ kind }) => kind === "goaway" || kind === "connection lost")).toHaveLength(1);
      expect(signals).toContainEqual({ kind: "health", service: "", says: "NOT_SERVING" });
      expect(factIn(facts, "Health")).toMatch(/^not known; last told NOT_SERVING, at \d{4}-.* UTC$/);
      expect(factIn(facts, "Connection")).toMatch(/^(CONNECTING|TRANSIENT_FAILURE|IDLE) since .* UTC/);
    },
  );

  test("of a process that was killed is not that it serves", async () => {
    const target = await subjects.target();
    const { facts, signals } = await lost(
      target.address,
      () => {},
      () => target.kill(),
      { services: [""] },
    );
    expect(factIn(facts, "Health")).toMatch(/^not known; last told SERVING, at /);
    expect(facts.some(({ value }) => String(value).includes("READY"))).toBe(false);
    expect(signals).toEqual([]);
  });

  test("which of its addresses serve is told, and which methods' service does not", async () => {
    const targets = await Promise.all([subjects.target(), subjects.target()]);
    const client = new TargetClient(targets[0].address);
    ending.push(() => client.close());
    await client.get(1);
    const names = targets.map(({ address }) => address).sort(); // as they are told
    const collector = subjects.collect(`ipv4:${names.join(",")}`, { services: ["", "test.Quotes"] });
    const sample = await until(
      () => collector.sample(never),
      ({ layout }) => layout.streams.length === 1,
    );
    expect(sample.signals).toEqual([{ kind: "health", service: "test.Quotes", says: "NOT_SERVING" }]);
    expect([...sample.streams.signals!]).toEqual([
      [0, [{ kind: "health", service: "test.Quotes", says: "NOT_SERVING" }]],
    ]);
    const second = targets.find(({ address }) => address === names[1])!;
    second.health.setStatus("", "NOT_SERVING");
    const missing = (serving: number, ...gone: string[]) =>
      expect.objectContaining({ kind: "members", what: "address", expected: 2, serving, missing: gone });
    const signals = async () => (await collector.sample(never)).signals;
    await expect.poll(signals, { timeout: 5_000 }).toContainEqual(missing(1, names[1]!));
    for (const { health } of targets) health.setStatus("", "NOT_SERVING");
    await expect.poll(signals, { timeout: 5_000 }).toContainEqual(missing(0, ...names));
    for (const target of targets) target.kill();
    const error = await until(
      () => failureOf(collector),
      (failure) => failure !== null,
    );
    expect(error!.news!.signals).toContainEqual(missing(0, ...names));
  });
});

test("a proxy that cannot reach the server is told as one, where the server was live before", async () => {
  const first = await subjects.target({ health: true });
  const port = Number(first.address.split(":")[1]);
  const collector = subjects.collect(first.address);
  await collector.sample(never);
  first.kill();
  const proxy = await proxyAt(port, 503);
  ending.push(() => proxy.close());
  const failure = await until(
    () =>
      collector.sample(never).then(
        () => null,
        (error: CollectorError) => error,
      ),
    (error) => error?.message.includes("HTTP") === true,
    15_000,
  );
  expect(failure).toMatchObject({
    code: "UNREACHABLE",
    message: `${first.address}: a proxy in front of it answered HTTP 503 in the place of the server.`,
  });
  expect(failure!.hint).not.toContain("web server");
});

async function proxyAt(port: number, status: number) {
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.respond({ ":status": status, "content-type": "text/plain" });
    stream.end("no healthy upstream");
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
