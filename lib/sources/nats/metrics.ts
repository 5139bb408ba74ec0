import { gaugesOf } from "../../sample/gauge.ts";
import { type MetricsWriter, type Scraped, writeFigures } from "../../sample/metrics.ts";
import { consumerGauges, streamGauges } from "./gauges.ts";
import { detailsOf } from "./words.ts";

/**
 * The names of prometheus-nats-exporter where the number is the same, from leaders only. `account` is empty for the
 * account that the source signs in to. A stream or consumer has all of its series or, past the cap, none.
 */
export function natsMetrics(scraped: Scraped, writer: MetricsWriter): void {
  const { source, sample, derived } = scraped;
  const { layout } = sample;
  const details = detailsOf(sample);
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const row = layout.lanes.stream[lane]!;
    const stream = layout.streams[row]!;
    if (stream.kind !== "jetstream") continue;
    const labels = { source, account: stream.account ?? "", stream_name: stream.name };
    const told = details.streams[row];
    writer.together((series) =>
      writeFigures(series, labels, [
        ...gaugesOf({
          jetstream_stream_last_seq: ["Last sequence of a stream.", sample.lanes.head[lane]! - 1],
          jetstream_stream_first_seq: ["First sequence of a stream.", sample.lanes.floor[lane]!],
        }),
        ...(told ? streamGauges(told) : []),
      ]),
    );
  }
  for (const [row, info] of layout.consumers.entries()) {
    const position = layout.positions.start[row]!;
    if (info.kind === "connection" || position === layout.positions.start[row + 1]) continue;
    const stream = layout.streams[info.streams[0]!]!;
    const labels = {
      source,
      account: stream.account ?? "",
      stream_name: stream.name,
      consumer_name: info.name,
    };
    const inFlight = sample.positions.inFlight?.[position] ?? Number.NaN;
    const pending = derived.positions.backlog[position]! - (inFlight || 0);
    const floor = sample.positions.position[position]! - 1;
    const told = details.consumers[row];
    writer.together((series) =>
      writeFigures(series, labels, [
        ...gaugesOf({
          jetstream_consumer_num_pending: ["Messages not yet delivered.", pending],
          jetstream_consumer_num_ack_pending: ["Messages delivered and not acknowledged.", inFlight],
          jetstream_consumer_ack_floor_stream_seq: ["Stream sequence of the ack floor.", floor],
        }),
        ...(told ? consumerGauges(told) : []),
      ]),
    );
  }
}
