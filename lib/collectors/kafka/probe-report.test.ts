import { describe, expect, it } from "vitest";
import type { Collector, Observation } from "../contract.ts";
import { CollectorError } from "../contract.ts";
import { withProbe } from "./probe-collector.ts";
import { mapProbeFacts, mapProbeFailures, mapProbeGauges, type ProbeState } from "./probe-report.ts";

const state = (more: Partial<ProbeState["reading"]> = {}): ProbeState => ({
  topic: "streamside-probe",
  deadlineMs: 1_000,
  failure: null,
  reading: {
    ...{ sent: 4500, inTime: 4497, late: 1, lost: 2, outstanding: 0, waitingMs: 0 },
    p50: { ms: 3, atLeast: false },
    p99: { ms: 12.4, atLeast: false },
    max: { ms: 2_345, atLeast: false },
    ...more,
  },
});
const values = (of: ProbeState) => mapProbeFacts(of).map(({ value }) => value);

describe("what is told of a probe", () => {
  it("are its quantiles and counts", () => {
    expect(values(state())).toEqual([
      "p50 3 ms · p99 12 ms · slowest 2.3 s",
      "4,500 sent · 1 late · 2 lost · 0 on the way",
    ]);
    expect(mapProbeGauges(state())).toEqual({
      streamside_kafka_probe_sent_total: 4500,
      streamside_kafka_probe_late_total: 1,
      streamside_kafka_probe_lost_total: 2,
      streamside_kafka_probe_outstanding: 0,
      streamside_kafka_probe_waiting_seconds: 0,
      'streamside_kafka_probe_seconds{quantile="0.5"}': 0.003,
      'streamside_kafka_probe_seconds{quantile="0.99"}': 0.0124,
      'streamside_kafka_probe_seconds{quantile="1"}': 2.345,
    });
    expect(mapProbeFailures(state())).toEqual([]);
  });

  it("are lower bounds while messages are on their way", () => {
    const waiting = state({ outstanding: 40, waitingMs: 8_120, max: { ms: 8_120, atLeast: true } });
    expect(values(waiting)).toEqual([
      "p50 3 ms · p99 12 ms · slowest ≥ 8.1 s",
      "4,500 sent · 1 late · 2 lost · 40 on the way, for 8.1 s or longer",
    ]);
  });

  it("is no 0 before there is anything to tell", () => {
    const nothing = state({ p50: null, p99: null, max: null });
    expect(values(nothing)[0]).toBe("p50 – · p99 – · slowest –");
    expect(Object.keys(mapProbeGauges(nothing)).filter((key) => key.includes("quantile"))).toEqual([]);
  });

  it("is a partial failure where it does not get through", () => {
    const failure = new CollectorError("DENIED", "b:9092 did not create it.", "Allow CREATE.");
    expect(mapProbeFailures({ ...state(), failure })).toEqual([
      {
        scope: "source",
        subject: "probe on streamside-probe",
        code: "DENIED",
        message: "b:9092 did not create it. Allow CREATE.",
      },
    ]);
  });
});

describe("a collector with a probe", () => {
  it("passes everything on, and touches nothing before its first sample has come", async () => {
    const observation = {
      facts: [{ label: "Kafka", value: "4.3" }],
      gauges: { kafka_brokers: 1 },
      failures: [],
    };
    let fails = true;
    let closed = 0;
    const scopes: unknown[] = [];
    const inner: Collector = {
      system: "kafka",
      async sample(_signal, scope) {
        scopes.push(scope);
        if (fails) throw new CollectorError("UNREACHABLE", "gone", "");
        return observation as unknown as Observation;
      },
      async close() {
        closed++;
      },
    };
    const collector = withProbe(inner, {
      ...{ brokers: ["127.0.0.1:1"], clientId: "t", connectTimeoutMs: 200, requestTimeoutMs: 200 },
      ...{ topic: "streamside-probe", intervalMs: 50, deadlineMs: 100, lostAfterMs: 1000 },
    });
    const scope = { focus: [], unaged: [1] };
    await expect(collector.sample(AbortSignal.timeout(1000), scope)).rejects.toThrow("gone");
    fails = false;
    await collector.sample(AbortSignal.timeout(1000), scope);
    expect(scopes).toEqual([scope, scope]);
    await expect
      .poll(async () => (await collector.sample(AbortSignal.timeout(1000))).failures, { timeout: 5000 })
      .toEqual([expect.objectContaining({ subject: "probe on streamside-probe", code: "UNREACHABLE" })]);
    const { facts, gauges } = await collector.sample(AbortSignal.timeout(1000));
    expect(facts.map(({ label }) => label)).toEqual(["Kafka", "End to end", "Probe messages"]);
    expect(gauges).toMatchObject({ kafka_brokers: 1, streamside_kafka_probe_sent_total: 0 });
    expect(collector.sampleFocus).toBeUndefined();
    await collector.close();
    expect(closed).toBe(1);
  });
});
