import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../../brokers/index.ts";
import { systemClock } from "../../../async/clock.ts";
import { seriesOf } from "../../../sample/gauges.fixture.ts";
import { createNatsCollector } from "../collector.ts";
import type { NatsAuthOptions } from "../config.ts";
import { NatsProbe, type NatsProbeSettings } from "./probe.ts";

const EVERY_MS = 20;
const DEADLINE_MS = 200;
const USERS = `authorization { users: [
  { user: app, password: app }
  { user: mute, password: mute, permissions: { publish: "$JS.API.>", subscribe: "_INBOX.>" } }
  { user: shy, password: shy, permissions: { publish: "probe.>", subscribe: ">" } }
  { user: deaf, password: deaf, permissions: { publish: ">", subscribe: "_INBOX.>" } }
] }`;
const as = (user: string): NatsAuthOptions => ({ user, password: user });
const patient = { timeout: 10_000, interval: 20 };
const never = new AbortController().signal;

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let app: NatsConnection;
let probe: NatsProbe;

beforeAll(async () => {
  nats = await startLocalNats({ config: USERS });
  app = await connect({
    ...{ servers: nats.address.replace("nats://", ""), user: "app", pass: "app" },
    ...{ name: "app", maxReconnectAttempts: -1, reconnectTimeWait: 100 },
  });
});
afterEach(() => probe?.close());
afterAll(async () => {
  await app?.close();
  await nats?.stop();
});

const access = (user = "app") => ({
  ...{ id: "test", servers: [nats.address], auth: as(user) },
  ...{ connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 },
});

function start(subject: string, more: Partial<NatsProbeSettings> = {}): void {
  probe = new NatsProbe({
    ...{ access: access(), subject, respond: true, intervalMs: EVERY_MS, deadlineMs: DEADLINE_MS },
    storedBy: () => null,
    clock: systemClock,
    ...more,
  });
}

/** Answers on a subject `afterMs` later. */
const answering = (subject: string, afterMs: number) =>
  app.subscribe(subject, {
    callback: (_error, message) => void setTimeout(() => message.respond("pong"), afterMs),
  });
const reading = () => probe.state().reading;
const isBalanced = () => {
  const { sent, inTime, late, lost, outstanding } = reading();
  return sent === inTime + late + lost + outstanding;
};

describe("a request/reply probe", () => {
  it("answers itself, and takes the time of every reply", async () => {
    start("probe.own");
    await expect.poll(() => reading().inTime, patient).toBeGreaterThanOrEqual(30);
    const { p50, p99, max, lost } = reading();
    expect(lost).toBe(0);
    expect(p50!.ms).toBeGreaterThan(0);
    expect(p99!.ms).toBeGreaterThanOrEqual(p50!.ms);
    expect(max!.ms).toBeGreaterThanOrEqual(p99!.ms);
    expect(probe.state().failure).toBeNull();
    expect(isBalanced()).toBe(true);
  });

  it("does not answer what others ask", async () => {
    start("probe.shared");
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(0);
    await expect(app.request("probe.shared", "hello", { timeout: 300 })).rejects.toThrow();
  });

  it("counts the true time of somebody who answers late", async () => {
    const slow = answering("probe.slow", 350);
    start("probe.slow", { respond: false });
    await expect.poll(() => reading().late, patient).toBeGreaterThanOrEqual(10);
    slow.unsubscribe();
    const { inTime, lost, outstanding, waitingMs, p50 } = reading();
    expect([inTime, lost]).toEqual([0, 0]);
    expect(p50!.ms).toBeGreaterThanOrEqual(350);
    expect(outstanding, "by the clock, not by the answers").toBeGreaterThan(5);
    expect(waitingMs).toBeGreaterThan(0);
  });

  it("says that nobody answers, until somebody does", async () => {
    start("probe.nobody", { respond: false });
    await expect.poll(() => reading().lost, patient).toBeGreaterThan(5);
    expect(probe.state().failure).toMatchObject({
      code: "ANSWERED_ERROR",
      message: 'Nobody answers on "probe.nobody".',
      hint: expect.stringContaining("respond: true"),
    });
    expect(reading()).toMatchObject({ inTime: 0, late: 0 });
    const late = answering("probe.nobody", 0);
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(5);
    expect(probe.state().failure).toBeNull();
    expect(isBalanced()).toBe(true);
    late.unsubscribe();
  });

  it("says what its user may not do, and does not ask for it all the time", async () => {
    start("probe.denied", { access: access("mute"), respond: false });
    await expect
      .poll(() => probe.state().failure, patient)
      .toMatchObject({ code: "DENIED", hint: expect.stringContaining("probe.denied") });
    const { sent } = reading();
    await probe.close();
    expect(sent).toBeLessThan(5);

    start("probe.deaf", { access: access("deaf") });
    const other = answering("probe.deaf", 0);
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(0);
    expect(probe.state().failure, "somebody else answers").toMatchObject({
      code: "DENIED",
      message: expect.stringContaining('subscribe to "probe.deaf"'),
    });
    other.unsubscribe();
  });

  it("says so when replies do not come, though somebody is there", async () => {
    start("probe.shy", { access: access("shy") });
    await expect
      .poll(() => probe.state().failure, patient)
      .toMatchObject({ code: "TIMEOUT", hint: expect.stringContaining("allow_responses") });
  });

  it("sends nothing that a stream would store", async () => {
    const jsm = await jetstreamManager(app);
    await jsm.streams.add({ name: "GREEDY", subjects: ["greedy.*"] });
    start("greedy.one", { storedBy: () => "GREEDY" });
    const captured = { code: "ANSWERED_ERROR", message: expect.stringContaining("GREEDY") };
    await expect.poll(() => probe.state().failure, patient).toMatchObject(captured);
    expect(reading().sent).toBe(0);
    await probe.close();

    start("greedy.two", { respond: false });
    await expect.poll(() => probe.state().failure, patient).toMatchObject(captured);
    const { sent, lost } = reading();
    expect(sent, "not known before its first reply").toBeLessThan(5);
    await expect.poll(() => reading().lost, patient).toBe(sent);
    expect(lost).toBeGreaterThan(0);
    expect((await jsm.streams.info("GREEDY")).state.messages).toBe(sent);
    await jsm.streams.delete("GREEDY");
  });

  it("goes on by the clock while the server stands still, with lower bounds and then the true times", async () => {
    start("probe.pause");
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(5);
    await nats.pause();
    const before = reading();
    const stoppedAt = performance.now();
    let stoodStillMs: number;
    try {
      await expect.poll(() => reading().waitingMs, patient).toBeGreaterThan(800);
      const during = reading();
      expect(during.max!.atLeast).toBe(true);
      expect(during.max!.ms).toBeGreaterThanOrEqual(800);
      expect(during.outstanding).toBeGreaterThanOrEqual(700 / EVERY_MS);
      expect(during.late).toBe(before.late);
    } finally {
      stoodStillMs = performance.now() - stoppedAt;
      await nats.resume();
    }
    await expect.poll(() => reading().waitingMs, patient).toBeLessThan(DEADLINE_MS);
    const after = reading();
    expect(after.lost).toBe(0);
    expect(after.late).toBeGreaterThanOrEqual(Math.floor((stoodStillMs - DEADLINE_MS - 300) / EVERY_MS));
    expect(after.max).toMatchObject({ atLeast: false });
    expect(after.max!.ms).toBeGreaterThanOrEqual(stoodStillMs - 300);
  });

  it("comes back with the server, and forgets no request", async () => {
    start("probe.restart");
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(5);
    await nats.kill();
    const killedAt = performance.now();
    await expect.poll(() => probe.state().failure?.code, patient).toBe("UNREACHABLE");
    await nats.restart();
    const { inTime } = reading();
    await expect.poll(() => reading().inTime, patient).toBeGreaterThan(inTime + 5);
    await expect.poll(() => reading().waitingMs, patient).toBeLessThan(DEADLINE_MS);
    const after = reading();
    expect(after.late, "what was due meanwhile").toBeGreaterThan(0);
    expect(after.lost, "sent again").toBe(0);
    expect(after.max!.ms).toBeLessThan(performance.now() - killedAt + 1_000);
    expect(isBalanced()).toBe(true);
    expect(probe.state().failure).toBeNull();
  });

  it("is told of with the samples of its source, and is none of its consumers", async () => {
    const collector = createNatsCollector({
      ...access(),
      ...{ monitoring: [nats.monitoring!], name: "me" },
      probe: { subject: "probe.told", respond: true, intervalMs: EVERY_MS, deadlineMs: DEADLINE_MS },
    });
    try {
      let { gauges, facts, layout } = await collector.sample(never);
      await expect
        .poll(async () => {
          ({ gauges, facts, layout } = await collector.sample(never));
          return facts.find(({ label }) => label === "Request and reply")?.value;
        }, patient)
        .toMatch(/^p50 [\d.]+ ms · p99 /);
      const series = seriesOf(gauges);
      expect(series['streamside_nats_probe_seconds{quantile="0.99"}']).toBeGreaterThan(0);
      expect(series).toMatchObject({
        streamside_nats_probe_sent_total: expect.any(Number),
        streamside_nats_probe_late_total: expect.any(Number),
        streamside_nats_probe_lost_total: 0,
      });
      expect(layout.consumers.filter(({ name }) => name.startsWith("me"))).toEqual([]);
    } finally {
      await collector.close();
    }
    const connections = async () => {
      const answer = await fetch(`${nats.monitoring}/connz`);
      const { connections: all } = (await answer.json()) as { connections: { name: string }[] };
      return all.map(({ name }) => name);
    };
    await expect.poll(connections, patient).toEqual(["app"]);
  });
});
