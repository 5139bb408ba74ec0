import { describe, expect, it } from "vitest";
import { type LayoutText, layoutOf, observe, type SampleText } from "../../pipeline/test-observation.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import type { StreamInfo } from "../../sample/layout.ts";
import type { MethodTotals } from "../../sample/method-totals.ts";
import { namesIn, scrape } from "../../serve/metrics/test-scrape.ts";
import { Store } from "../../store/store.ts";
import { type CallText, latencyOf, totalsOf, withCalls } from "../../store/test-calls.ts";
import { addSource, COST, type FedTable } from "../../store/test-store.ts";

interface SecondText extends Omit<SampleText, "at"> {
  readonly calls?: readonly CallText[];
  readonly totals?: readonly MethodTotals[];
}

/** Samples one gRPC source once a second; its first stream is the method. */
function feedCalls(
  store: Store,
  table: FedTable,
  about: Partial<StreamInfo>,
  seconds: number,
  sampleAt: (second: number) => SecondText,
  text: LayoutText = { streams: { m: { lanes: 1, kind: "method" } }, consumers: { p: ["m"] } },
): void {
  const layout = layoutOf(text);
  Object.assign(layout.streams[0]!, { name: "/pkg.Feed/Watch", ...about });
  for (let second = 0; second <= seconds; second++) {
    const { calls = [], totals = [], ...sample } = sampleAt(second);
    const observation = observe(layout, { at: second * 1_000, ...sample });
    table.accept(withCalls(observation, calls, totals), COST);
    store.tick(second * 1_000);
  }
}
async function scrapeCalls(
  about: Partial<StreamInfo>,
  seconds: number,
  sampleAt: (second: number) => SecondText,
): Promise<Map<string, number>> {
  const store = new Store();
  feedCalls(store, addSource(store, "g", "grpc"), about, seconds, sampleAt);
  return scrape(store, { now: seconds * 1_000 });
}
const unary = { calls: { kind: "unary", side: "server" } } as const;
const serverStream = { calls: { kind: "server stream", side: "server" } } as const;
const labels = (type: string) => `source="g",grpc_type="${type}",grpc_service="pkg.Feed",grpc_method="Watch"`;

describe("metrics of gRPC", () => {
  it("have the names of go-grpc-prometheus and of gRFC A66, and count what was watched", async () => {
    const series = await scrapeCalls(unary, 60, (second) => ({
      totals: [
        totalsOf({
          ...{
            started: 1_000 + 3 * second,
            completed: 998 + 3 * second,
            sent: 500 + second,
            received: second,
          },
          ...{ bytesSent: 64 * second, retries: 7 },
          statuses: [
            { code: 0, count: 900 + 2 * second },
            { code: 4, count: second },
            { code: 1, count: 5 },
          ],
          latencies: [
            {
              ...latencyOf("callDuration", { 0.5: second, 5.02: second, 4000: second, Infinity: second }),
              sumMs: second * 4_005.5,
            },
          ],
        }),
      ],
    }));
    expect(Object.fromEntries(series)).toMatchObject({
      // Two were alive from the beginning: what started less what ended is what lives.
      [`grpc_server_started_total{${labels("unary")}}`]: 182,
      [`grpc_server_handled_total{${labels("unary")},grpc_code="OK"}`]: 120,
      [`grpc_server_handled_total{${labels("unary")},grpc_code="DeadlineExceeded"}`]: 60,
      [`grpc_server_handled_total{${labels("unary")},grpc_code="Canceled"}`]: 0,
      [`grpc_server_msg_sent_total{${labels("unary")}}`]: 60,
      [`grpc_server_msg_received_total{${labels("unary")}}`]: 60,
      'grpc_server_call_started_total{source="g",grpc_method="pkg.Feed/Watch"}': 182,
      [`streamside_grpc_sent_bytes_total{${labels("unary")},side="server"}`]: 3_840,
      [`streamside_grpc_retries_total{${labels("unary")},side="server"}`]: 0,
      [`streamside_grpc_live_calls{${labels("unary")},side="server"}`]: 2,
    });
    const bucket = (name: string, le: string, where = labels("unary")) =>
      series.get(`${name}_bucket{${where},le="${le}"}`);
    const handling = "grpc_server_handling_seconds";
    expect(["0.005", "1", "2.5", "5", "+Inf"].map((le) => bucket(handling, le))).toEqual([
      120, 120, 120, 180, 240,
    ]);
    expect(series.get(`${handling}_count{${labels("unary")}}`)).toBe(240);
    expect(series.get(`${handling}_sum{${labels("unary")}}`)).toBeCloseTo(60 * 4.0055);
    const duration = "grpc_server_call_duration_seconds";
    const path = 'source="g",grpc_method="pkg.Feed/Watch"';
    expect(["0.0003", "0.0006", "0.004", "0.005", "2", "5"].map((le) => bucket(duration, le, path))).toEqual([
      0, 60, 60, 120, 120, 180,
    ]);
    expect(namesIn(series, "streamside_grpc_received_bytes_total")).toEqual([]);
    expect(namesIn(series, `${handling}_bucket`)).toHaveLength(12);
  });

  it("tell what waits, since when, and which calls do not get on", async () => {
    const store = new Store();
    const blocked = ConsumerFlag.blocked;
    const two = {
      streams: { m: { lanes: 2, kind: "method" } },
      consumers: { p: ["m/0"], q: ["m/1"] },
    } as const;
    const waits = {
      head: 9,
      position: 4,
      backlog: { "p /pkg.Feed/Watch/0": 4, "q /pkg.Feed/Watch/1": 1 },
      latencyMs: { "p /pkg.Feed/Watch/0": 2_500, "q /pkg.Feed/Watch/1": 10 },
    };
    const sampleAt = () => ({
      ...waits,
      calls: [
        { key: "a", waitingMs: 2_500, connection: 1 },
        { key: "b", waitingMs: 2_500, flags: blocked, connection: 1 },
        { key: "c", waitingMs: 2_500, flags: blocked, connection: 0 },
        { key: "d", waitingMs: 0, flags: ConsumerFlag.gone, connection: 2 },
        { key: "e" },
      ],
      totals: [
        totalsOf({ started: 5, completed: 0 }),
        totalsOf({ process: "two", started: 3, completed: 1 }),
      ],
    });
    feedCalls(store, addSource(store, "g", "grpc"), serverStream, 3, sampleAt, two);
    const series = await scrape(store, { now: 3_000 });
    const own = `${labels("server_stream")},side="server"`;
    expect(Object.fromEntries(series)).toMatchObject({
      [`streamside_grpc_queued_writes{${own}}`]: 5,
      [`streamside_grpc_oldest_unflushed_seconds{${own}}`]: 2.5,
      [`streamside_grpc_live_calls{${own}}`]: 7,
      [`grpc_server_started_total{${labels("server_stream")}}`]: 7,
      [`streamside_grpc_calls_held_up{${own},status="stalled"}`]: 1,
      [`streamside_grpc_calls_held_up{${own},status="blocked"}`]: 2,
      [`streamside_grpc_calls_held_up{${own},status="stopped"}`]: 1,
      'streamside_grpc_connections{source="g"}': 3,
    });
  });

  it("are a client's where the target calls others, and then what comes in waits to be read", async () => {
    const about = { calls: { kind: "server stream", side: "client" } } as const;
    const series = await scrapeCalls(about, 30, (second) => ({
      ...{ head: 9, position: 4, backlog: 5, latencyMs: 10 },
      totals: [
        totalsOf({
          ...{ started: second, completed: 0, received: 2 * second },
          latencies: [latencyOf("messageGap", { 20: second }), latencyOf("firstMessage", { 1500: second })],
        }),
      ],
    }));
    const own = `${labels("server_stream")},side="client"`;
    expect(Object.fromEntries(series)).toMatchObject({
      [`grpc_client_started_total{${labels("server_stream")}}`]: 30,
      [`grpc_client_msg_received_total{${labels("server_stream")}}`]: 60,
      [`grpc_client_handled_total{${labels("server_stream")},grpc_code="OK"}`]: 0,
      [`streamside_grpc_unread_messages{${own}}`]: 5,
      [`streamside_grpc_oldest_unread_seconds{${own}}`]: 0.01,
      [`streamside_grpc_message_gap_seconds_bucket{${own},le="0.025"}`]: 30,
      [`streamside_grpc_message_gap_seconds_bucket{${own},le="0.01"}`]: 0,
      [`streamside_grpc_first_message_seconds_bucket{${own},le="2.5"}`]: 30,
    });
    for (const absent of [
      "streamside_grpc_queued_writes",
      "grpc_server_call_started_total",
      "grpc_client_handling_seconds_count",
    ])
      expect(namesIn(series, absent)).toEqual([]);
    // What the source does not tell of its values is not made up.
    expect(namesIn(series, "streamside_grpc_message_gap_seconds_sum")).toEqual([]);
  });

  it("run on where a process starts again or another one comes", async () => {
    const series = await scrapeCalls(unary, 60, (second) => {
      const of = (process: string, since: number) =>
        totalsOf({
          ...{ process, started: second - since, completed: second - since },
          latencies: [latencyOf("callDuration", { 10: second - since })],
        });
      return { totals: second < 30 ? [of("old", -1_000)] : [of("new", 30), of("other", 0)] };
    });
    // 29 of the old one, 30 of each of those that came.
    expect(series.get(`grpc_server_started_total{${labels("unary")}}`)).toBe(89);
    expect(series.get(`grpc_server_handling_seconds_count{${labels("unary")}}`)).toBeGreaterThan(60);
    expect(series.get(`grpc_server_handling_seconds_count{${labels("unary")}}`)).toBeLessThan(90);
  });

  it("have no series for what is not known", async () => {
    const series = await scrapeCalls(serverStream, 3, () => ({ totals: [totalsOf({})] }));
    const names = [...series.keys()].filter((key) => key.includes("grpc_") && key.includes("Watch"));
    expect(names.map((key) => key.split("{")[0])).toEqual(Array(3).fill("streamside_grpc_calls_held_up"));
  });

  it("have all series of a method or none, and say how many were left out", async () => {
    const store = new Store();
    feedCalls(store, addSource(store, "g", "grpc"), unary, 30, (second) => ({
      totals: [
        totalsOf({
          started: second,
          completed: second,
          latencies: [latencyOf("callDuration", { 10: second })],
        }),
      ],
    }));
    const of = (series: Map<string, number>) =>
      [...series.keys()].filter((key) => key.includes("grpc_") && key.includes("Watch"));
    const all = of(await scrape(store, { now: 30_000 })).length;
    expect(all).toBeGreaterThan(50);
    const capped = await scrape(store, { now: 30_000, maxPositionSeries: all - 1 });
    expect(of(capped)).toEqual([]);
    expect(capped.get("streamside_position_series_dropped")).toBe(all);
    expect(of(await scrape(store, { now: 30_000, maxPositionSeries: all }))).toHaveLength(all);
  });

  it("name methods whose path has another form", async () => {
    const series = await scrapeCalls({ ...unary, name: "other" }, 3, () => ({
      totals: [totalsOf({ started: 1 })],
    }));
    expect(namesIn(series, "grpc_server_started_total")).toEqual([
      'grpc_server_started_total{source="g",grpc_type="unary",grpc_service="",grpc_method="other"}',
    ]);
  });
});
