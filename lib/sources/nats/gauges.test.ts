import { describe, expect, it } from "vitest";
import { seriesOf } from "../../sample/gauges.fixture.ts";
import { consumerGauges, serverGauges, streamGauges } from "./gauges.ts";
import { recordedSnapshot, serverReport } from "./jetstream/recorded.fixture.ts";

describe("figures for /metrics", () => {
  it("are those of each server, under the exporter's names", () => {
    const jszAccounts = {
      value: { streams: 3, consumers: 10, messages: 18, bytes: 472, account_details: [] },
      asOf: 1,
    };
    const gauges = seriesOf(
      serverGauges([
        serverReport({ name: 'odd "name" {1}', jszAccounts }),
        serverReport({ id: "N2", name: "n2" }),
      ]),
    );
    expect(gauges).toMatchObject({
      'gnatsd_varz_connections{server_id="n2"}': 2,
      'gnatsd_varz_in_msgs{server_id="n2"}': 50,
      'gnatsd_varz_slow_consumers{server_id="n2"}': 0,
      'gnatsd_varz_mem{server_id="odd "name" {1}"}': expect.any(Number),
    });
    const labels = `server_id="odd "name" {1}",server_name="odd "name" {1}",cluster="",domain="",meta_leader="",is_meta_leader="true"`;
    expect(gauges).toMatchObject({
      [`jetstream_server_total_streams{${labels}}`]: 3,
      [`jetstream_server_total_message_bytes{${labels}}`]: 472,
      [`jetstream_server_jetstream_disabled{${labels}}`]: 0,
    });
    expect(Object.keys(gauges).filter((key) => key.includes("total_streams"))).toHaveLength(1);
    expect(Object.values(gauges).every(Number.isFinite)).toBe(true);
  });

  it("end with the server", () => {
    expect(serverGauges([serverReport({ missed: 1 })])).toEqual([]);
  });

  it("are bounded", () => {
    const many = Array.from({ length: 300 }, (_, i) => serverReport({ id: `${i}`, name: `${i}` }));
    expect(serverGauges(many).length).toBeLessThan(100 * 25);
  });

  it("are those of a stream and a consumer", () => {
    const { entry, consumers } = recordedSnapshot().streams.find((one) => one.entry.name === "ORDERS")!;
    expect(seriesOf(streamGauges(entry))).toEqual({
      jetstream_stream_total_messages: entry.messages,
      jetstream_stream_total_bytes: entry.bytes,
      jetstream_stream_consumer_count: 10,
    });
    const waiting = consumers.find(({ name }) => name === "invoice")!;
    expect(seriesOf(consumerGauges(waiting))).toMatchObject({
      jetstream_consumer_num_waiting: waiting.numWaiting,
      jetstream_consumer_delivered_consumer_seq: waiting.deliveredConsumerSeq,
    });
  });
});
