import { describe, expect, it } from "vitest";
import { gaugesOf } from "../../sample/gauge.ts";
import { SOURCE_KINDS } from "../../sources/index.ts";
import { consumerEntry, streamEntry } from "../../sources/nats/jetstream/entries.fixture.ts";
import { Store } from "../../store/store.ts";
import { addSource, feed, feedKafka, kafkaStore } from "../../store/test-store.ts";
import { createMetrics } from "./render-metrics.ts";
import { NOW, namesIn, scrape } from "./test-scrape.ts";

describe("metrics of Kafka", () => {
  it("have the names and labels of kafka_exporter and kafka-lag-exporter", async () => {
    const series = await scrape(kafkaStore().store);
    expect(Object.fromEntries(series)).toMatchObject({
      'kafka_brokers{source="prod"}': 3,
      'kafka_topic_partitions{source="prod",topic="orders"}': 2,
      'kafka_topic_partition_current_offset{source="prod",topic="orders",partition="0"}': 16_000,
      'kafka_topic_partition_oldest_offset{source="prod",topic="orders",partition="0"}': 0,
      'kafka_consumergroup_lag{source="prod",consumergroup="slow",topic="orders",partition="0"}': 3_000,
      'kafka_consumergroup_lag{source="prod",consumergroup="billing",topic="orders",partition="1"}': 0,
      'kafka_consumergroup_lag_sum{source="prod",consumergroup="billing",topic="orders"}': 0,
      'kafka_consumergroup_current_offset{source="prod",consumergroup="slow",topic="orders",partition="0"}': 13_000,
      'kafka_consumergroup_current_offset_sum{source="prod",consumergroup="billing",topic="orders"}': 16_500,
      'kafka_consumergroup_members{source="prod",consumergroup="slow"}': 1,
    });
    const age =
      'kafka_consumergroup_group_lag_seconds{source="prod",cluster_name="prod",group="slow",topic="orders",partition="0"}';
    expect(series.get(age)).toBeCloseTo(30, 0);
    expect(
      series.get('kafka_consumergroup_group_max_lag_seconds{source="prod",cluster_name="prod",group="slow"}'),
    ).toBe(series.get(age));
  });

  it("say which partitions are under-replicated, where that is told", async () => {
    const store = new Store();
    const sample = { head: 1, replicas: 3, inSync: { "orders/0": 3, "orders/1": 2 } };
    feed(store, addSource(store, "prod"), { streams: { orders: 2 }, consumers: {} }, 60, () => sample);
    const series = await scrape(store);
    const of = (name: string) =>
      [0, 1].map((partition) =>
        series.get(`kafka_topic_partition_${name}{source="prod",topic="orders",partition="${partition}"}`),
      );
    expect(of("replicas")).toEqual([3, 3]);
    expect(of("in_sync_replica")).toEqual([3, 2]);
    expect(of("under_replicated_partition")).toEqual([0, 1]);
    expect(namesIn(await scrape(kafkaStore().store), "kafka_topic_partition_replicas")).toEqual([]);
  });

  it("give a figure of the source its labels", async () => {
    const store = new Store();
    feed(store, addSource(store, "s"), { streams: { t: 1 }, consumers: {} }, 60, () => ({
      gauges: [
        ...gaugesOf({ probe_seconds: ["How long.", 0.25] }, { quantile: "0.5" }),
        ...gaugesOf({ probe_seconds: ["How long.", 4] }, { quantile: 'of "all" {}\n' }),
        ...gaugesOf({ probes_total: ["How many.", 7] }),
      ],
    }));
    const series = await scrape(store);
    expect(series.get('probe_seconds{source="s",quantile="0.5"}')).toBe(0.25);
    expect(series.get('probe_seconds{source="s",quantile="of \\"all\\" {}\\n"}')).toBe(4);
    expect(series.get('probes_total{source="s"}')).toBe(7);
    const options = {
      store,
      kinds: [],
      now: () => NOW,
      maxPositionSeries: 10,
      sockets: () => ({ clients: 0, queries: 0 }),
    };
    const { text } = await createMetrics(options)();
    expect(text).toContain("# HELP probe_seconds How long.\n# TYPE probe_seconds gauge\n");
    expect(text).toContain("# HELP probes_total How many.\n# TYPE probes_total counter\n");
  });

  it("have no series for what is not known: never a 0", async () => {
    const store = new Store();
    const table = addSource(store, "s");
    feed(store, table, { streams: { t: 2, u: 1 }, consumers: { c: ["t", "u"] } }, 60, () => ({
      head: { "t/0": 10 },
      position: { "c t/0": 4 },
      readers: Number.NaN,
      gauges: gaugesOf({ kafka_brokers: ["Brokers.", Number.NaN] }),
    }));
    const series = await scrape(store);
    expect(namesIn(series, "kafka_consumergroup_lag")).toEqual([
      'kafka_consumergroup_lag{source="s",consumergroup="c",topic="t",partition="0"}',
    ]);
    expect(namesIn(series, "kafka_consumergroup_lag_sum")).toEqual([
      'kafka_consumergroup_lag_sum{source="s",consumergroup="c",topic="t"}',
    ]);
    expect(namesIn(series, "kafka_consumergroup_current_offset_sum")).toHaveLength(1);
    expect(namesIn(series, "kafka_topic_partition_current_offset")).toHaveLength(1);
    expect(namesIn(series, "kafka_topic_partition_oldest_offset")).toEqual([]);
    expect(namesIn(series, "kafka_consumergroup_members")).toEqual([]);
    expect(namesIn(series, "kafka_brokers")).toEqual([]);
    expect(series.get('kafka_topic_partitions{source="s",topic="t"}')).toBe(2);
    for (const [name, value] of series)
      if (!name.startsWith("streamside_nodejs_")) expect(value, name).not.toBeNaN();
  });

  it("count the partitions of which a sum knows nothing; an empty one has no lag", async () => {
    const store = new Store();
    feed(store, addSource(store, "s"), { streams: { t: 4 }, consumers: { c: ["t"] } }, 60, () => ({
      head: { "t/0": 10, "t/2": 10, "t/3": 5 },
      floor: { "t/0": 0, "t/1": 0, "t/2": 0, "t/3": 5 },
      position: { "c t/0": 4, "c t/1": 3 },
    }));
    const series = await scrape(store);
    const of = (name: string) => series.get(`${name}{source="s",consumergroup="c",topic="t"}`);
    expect(of("kafka_consumergroup_lag_sum")).toBe(6);
    expect(of("kafka_consumergroup_lag_unknown_partitions"), "no leader, and no commit").toBe(2);
  });

  it("stop at the cap, and say how many series were left out", async () => {
    const { store } = kafkaStore();
    const perPosition =
      /^kafka_(topic_partition_(current|oldest)|consumergroup_(lag|current_offset|group_lag_seconds))(_offset)?\{.*partition="/;
    const count = (series: Map<string, number>) =>
      [...series.keys()].filter((key) => perPosition.test(key)).length;
    const all = count(await scrape(store));
    expect(all).toBe(3 * 2 + 3 * 3);
    for (const maxPositionSeries of [0, 1, 7, 8, 14, 15]) {
      const series = await scrape(store, { maxPositionSeries });
      expect(count(series)).toBeLessThanOrEqual(maxPositionSeries);
      expect(count(series) + series.get("streamside_position_series_dropped")!).toBe(all);
      // Sums are not per position.
      expect(namesIn(series, "kafka_consumergroup_lag_sum")).toHaveLength(2);
    }
  });

  it("keep any name in one line, unambiguous", async () => {
    const store = new Store();
    const odd = ["__proto__", "constructor", 'quo"te', "back\\slash", "new\nline", "größe", "a,b", ""];
    feed(
      store,
      addSource(store, "s"),
      {
        streams: { t: 1 },
        consumers: Object.fromEntries(odd.map((name, n) => [`c${n}`, { reads: ["t"], name, key: `c${n}` }])),
      },
      3,
      () => ({ head: 5, position: 2 }),
    );
    const lag = namesIn(await scrape(store, { now: 3_000 }), "kafka_consumergroup_lag").map(
      (key) => /consumergroup="((?:[^"\\]|\\.)*)"/.exec(key)![1]!,
    );
    const unescaped = lag.map((text) => text.replace(/\\(.)/g, (_all, c: string) => (c === "n" ? "\n" : c)));
    expect(unescaped.sort()).toEqual([...odd].sort());
  });
});

describe("metrics of NATS", () => {
  it("have the names of prometheus-nats-exporter", async () => {
    const store = new Store();
    feed(
      store,
      addSource(store, "n", "nats"),
      {
        streams: { E: { lanes: 1, kind: "jetstream" }, core: { lanes: 1, kind: "core" } },
        consumers: {
          w: { reads: ["E"], kind: "pull consumer" },
          blind: { reads: ["E"], kind: "pull consumer" },
          app: { reads: ["core"], kind: "connection", backlogUnit: "bytes" },
        },
      },
      60,
      () => ({
        head: { "E/0": 101 },
        floor: { "E/0": 1 },
        position: { "w E/0": 41 },
        backlog: { "w E/0": 60, "app core/0": 99 },
        inFlight: { "w E/0": 20 },
      }),
    );
    const { sample, layout } = store.sources.get("n")!.sampled!;
    Object.assign(layout.streams[0]!, { account: "OTHER" });
    const blind = consumerEntry({ numWaiting: Number.NaN, numRedelivered: Number.NaN });
    const details = {
      streams: [streamEntry({ messages: 90, bytes: Number.NaN, consumerCount: Number.NaN })],
      consumers: [consumerEntry({ numWaiting: 3, numRedelivered: Number.NaN }), blind],
    };
    for (const entry of details.consumers) {
      Object.assign(entry, {
        deliveredConsumerSeq: Number.NaN,
        deliveredStreamSeq: Number.NaN,
        ackFloorConsumerSeq: Number.NaN,
      });
    }
    Object.assign(sample, { details });
    const series = await scrape(store);
    const labels = 'source="n",account="OTHER",stream_name="E"';
    expect(Object.fromEntries(series)).toMatchObject({
      [`jetstream_stream_last_seq{${labels}}`]: 100,
      [`jetstream_stream_first_seq{${labels}}`]: 1,
      [`jetstream_consumer_num_pending{${labels},consumer_name="w"}`]: 40,
      [`jetstream_consumer_num_ack_pending{${labels},consumer_name="w"}`]: 20,
      [`jetstream_consumer_ack_floor_stream_seq{${labels},consumer_name="w"}`]: 40,
      [`jetstream_consumer_num_waiting{${labels},consumer_name="w"}`]: 3,
      [`jetstream_stream_total_messages{${labels}}`]: 90,
    });
    const ofNats = [...series.keys()].filter((key) => !key.startsWith("streamside_"));
    expect(ofNats.filter((key) => key.includes('"blind"') || key.includes('"app"'))).toEqual([]);
    const capped = await scrape(store, { maxPositionSeries: 6 });
    expect([...capped.keys()].filter((key) => key.startsWith("jetstream_")).sort()).toEqual([
      `jetstream_stream_first_seq{${labels}}`,
      `jetstream_stream_last_seq{${labels}}`,
      `jetstream_stream_total_messages{${labels}}`,
    ]);
    expect(capped.get("streamside_position_series_dropped")).toBe(4);
  });
});

describe("Streamside's own metrics", () => {
  it("tell the health of each source, and its consumers by status", async () => {
    const { store, table } = kafkaStore();
    table.skip();
    expect(Object.fromEntries(await scrape(store, { now: NOW + 500 }))).toMatchObject({
      'streamside_source_up{source="prod",kind="kafka"}': 1,
      'streamside_source_sample_age_seconds{source="prod",kind="kafka"}': 0.5,
      'streamside_source_sample_seconds{source="prod",kind="kafka"}': 0.012,
      'streamside_source_sample_requests{source="prod",kind="kafka"}': 3,
      'streamside_source_samples_total{source="prod",kind="kafka",result="taken"}': 61,
      'streamside_source_samples_total{source="prod",kind="kafka",result="skipped"}': 1,
      'streamside_consumers{source="prod",status="behind"}': 1,
      'streamside_consumers{source="prod",status="ok"}': 1,
      'streamside_consumers{source="prod",status="stalled"}': 0,
      streamside_socket_clients: 3,
      streamside_live_queries: 2,
      streamside_position_series_dropped: 0,
    });
  });

  it("have the process's own beside them, scrape after scrape", async () => {
    const { store } = kafkaStore();
    const render = createMetrics({
      store,
      kinds: SOURCE_KINDS,
      now: () => NOW,
      maxPositionSeries: 9,
      sockets: () => ({ clients: 0, queries: 0 }),
    });
    for (let n = 0; n < 2; n++)
      expect((await render()).text).toMatch(/^streamside_process_cpu_seconds_total /m);
  });

  it("end the series of a source that is lost, and keep its health and the other sources", async () => {
    const { store, table } = kafkaStore();
    feedKafka(store, addSource(store, "other"));
    table.fail({ code: "UNREACHABLE", message: "", hint: "", at: NOW, nextTryAt: null, attempts: 1 });
    const series = await scrape(store);
    const of = (source: string) => [...series.keys()].filter((key) => key.includes(`source="${source}"`));
    expect(of("prod").filter((key) => !/^streamside_(source|outage|status_changes)/.test(key))).toEqual([]);
    expect(series.get('streamside_source_up{source="prod",kind="kafka"}')).toBe(0);
    expect(series.get('streamside_source_samples_total{source="prod",kind="kafka",result="failed"}')).toBe(1);
    expect(of("other").some((key) => key.startsWith("kafka_consumergroup_lag{"))).toBe(true);
  });

  it("have no age for a source that was never sampled", async () => {
    const store = new Store();
    addSource(store, "new");
    const series = await scrape(store);
    expect(series.get('streamside_source_up{source="new",kind="kafka"}')).toBe(0);
    expect(namesIn(series, "streamside_source_sample_age_seconds")).toEqual([]);
  });

  it("forget what is gone from the cluster", async () => {
    const { store, table } = kafkaStore();
    feed(store, table, { streams: { orders: 1 }, consumers: {} }, 61, () => ({ head: 1 }));
    expect(namesIn(await scrape(store, { now: 61_000 }), "kafka_consumergroup_lag")).toEqual([]);
  });
});
