import { describe, expect, it } from "vitest";
import type { Collector } from "../../sample/collector.ts";
import { CollectorError } from "../../sample/collector-error.ts";
import { gaugesOf } from "../../sample/gauge.ts";
import { seriesOf } from "../../sample/gauges.fixture.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { mapProbeFacts, mapProbeFailures, mapProbeGauges, type ProbeState } from "./probe-report.ts";
import { withProbe } from "./with-probe.ts";

const state = (more: Partial<ProbeState["reading"]> = {}): ProbeState => ({
  words: {
    ...{ over: "streamside-probe", times: "End to end", sent: "Probe messages" },
    ...{ timesTitle: "From here to there", lostTitle: "Gone", gauges: "streamside_kafka_probe" },
  },
  deadlineMs: 1_000,
  failure: null,
  reading: {
    ...{ sent: 4500, inTime: 4497, late: 1, lost: 2, outstanding: 0, waitingMs: 0, waitingSince: Number.NaN },
    p50: { ms: 3, atLeast: false },
    p99: { ms: 12.4, atLeast: false },
    max: { ms: 2_345, atLeast: false },
    ...more,
  },
});
const values = (of: ProbeState) => Object.values(shown(mapProbeFacts(of), 20_000));

describe("what is told of a probe", () => {
  it("are its quantiles and counts", () => {
    expect(mapProbeFacts(state()).map(({ label, title }) => [label, title])).toEqual([
      ["End to end", "From here to there, over 15 minutes"],
      ["Probe messages", "Late: later than 1 s, counted with its true time. Lost: Gone"],
    ]);
    expect(values(state())).toEqual([
      "p50 3 ms · p99 12 ms · slowest 2.3 s",
      "4,500 sent · 1 late · 2 lost · 0 on the way",
    ]);
    expect(seriesOf(mapProbeGauges(state()))).toEqual({
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
    const on = { outstanding: 40, waitingMs: 8_120, waitingSince: 11_880 };
    const waiting = state({ ...on, max: { ms: 8_120, atLeast: true } });
    expect(values(waiting)).toEqual([
      "p50 3 ms · p99 12 ms · slowest ≥ 8.1 s",
      "4,500 sent · 1 late · 2 lost · 40 on the way, the oldest sent 8.1 s ago",
    ]);
  });

  it("is no 0 before there is anything to tell", () => {
    const nothing = state({ p50: null, p99: null, max: null });
    expect(values(nothing)[0]).toBe("p50 – · p99 – · slowest –");
    expect(mapProbeGauges(nothing).filter(({ labels }) => "quantile" in labels)).toEqual([]);
  });

  it("are as fine as they are short", () => {
    const times = { p50: 0.2345, p99: 9.999, max: 10.4 };
    const quick = Object.fromEntries(Object.entries(times).map(([key, ms]) => [key, { ms, atLeast: false }]));
    expect(values(state(quick))[0]).toBe("p50 0.23 ms · p99 10 ms · slowest 10 ms");
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
      gauges: gaugesOf({ kafka_brokers: ["Brokers.", 1] }),
      failures: [],
    };
    let fails = true;
    const happened: string[] = [];
    const scopes: unknown[] = [];
    const inner: Collector = {
      async sample(_signal, scope) {
        scopes.push(scope);
        if (fails) throw new CollectorError("UNREACHABLE", "gone", "");
        return observation as unknown as Sample;
      },
      peek: async (streamKey, sequence) => ({ streamKey, sequence }) as never,
      async close() {
        happened.push("collector closed");
      },
    };
    const collector = withProbe(inner, () => {
      happened.push("probe begun");
      const failure = new CollectorError("UNREACHABLE", "Nobody.", "");
      return {
        state: () => ({ ...state({ sent: 0 }), failure }),
        close: async () => void happened.push("probe closed"),
      };
    });
    const scope = { focus: [], unaged: [1] };
    const { signal } = new AbortController();
    await expect(collector.sample(signal, scope)).rejects.toThrow("gone");
    expect(happened).toEqual([]);
    fails = false;
    await collector.sample(signal, scope);
    expect(scopes).toEqual([scope, scope]);
    const { facts, gauges, failures } = await collector.sample(signal);
    expect(failures).toEqual([
      expect.objectContaining({ subject: "probe on streamside-probe", code: "UNREACHABLE" }),
    ]);
    expect(facts.map(({ label }) => label)).toEqual(["Kafka", "End to end", "Probe messages"]);
    expect(seriesOf(gauges)).toMatchObject({ kafka_brokers: 1, streamside_kafka_probe_sent_total: 0 });
    expect(collector.sampleFocus).toBeUndefined();
    expect(await collector.peek!("a", 7, signal)).toEqual({ streamKey: "a", sequence: 7 });
    await collector.close();
    expect(happened).toEqual(["probe begun", "probe closed", "collector closed"]);
    expect((await collector.sample(signal)).facts, "no probe after the end").toHaveLength(1);
  });
});
