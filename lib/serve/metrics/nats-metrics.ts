import { gauge, type Scrape, setKnown } from "./series.ts";

const STREAM_LABELS = ["source", "account", "stream_name"] as const;
const CONSUMER_LABELS = [...STREAM_LABELS, "consumer_name"] as const;

/** What single series mean, for those whose name does not say it. */
const HELP = new Map([
  ["jetstream_stream_last_seq", "Last sequence of a stream."],
  ["jetstream_stream_first_seq", "First sequence of a stream."],
  ["jetstream_stream_total_messages", "Messages a stream holds."],
  ["jetstream_stream_total_bytes", "Bytes a stream holds."],
  ["jetstream_stream_consumer_count", "Consumers of a stream."],
  ["jetstream_consumer_num_pending", "Messages not yet delivered."],
  ["jetstream_consumer_num_ack_pending", "Messages delivered and not acknowledged."],
  ["jetstream_consumer_num_waiting", "Pull requests that wait for messages."],
  ["jetstream_consumer_num_redelivered", "Messages in flight that were delivered before."],
  ["jetstream_consumer_ack_floor_stream_seq", "Stream sequence of the ack floor."],
  ["jetstream_consumer_ack_floor_consumer_seq", "Consumer sequence of the ack floor."],
  ["jetstream_consumer_delivered_stream_seq", "Stream sequence that was delivered last."],
  ["jetstream_consumer_delivered_consumer_seq", "Consumer sequence that was delivered last."],
]);

/**
 * The names of prometheus-nats-exporter where the number is the same, from leaders only. `account` is empty for the
 * account that the source signs in to. A stream or consumer has all of its series or, past the cap, none.
 */
export function addNatsMetrics(scrape: Scrape): void {
  const { layout, observation, columns } = scrape.sampled;
  const source = scrape.table.identity.id;
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const row = layout.lanes.stream[lane]!;
    const stream = layout.streams[row]!;
    if (stream.kind !== "jetstream") continue;
    const labels = { source, account: stream.account ?? "", stream_name: stream.name };
    addAll(scrape, STREAM_LABELS, labels, {
      jetstream_stream_last_seq: observation.lanes.head[lane]! - 1,
      jetstream_stream_first_seq: observation.lanes.floor[lane]!,
      ...observation.streams.gauges?.(row),
    });
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
    const inFlight = observation.positions.inFlight?.[position] ?? Number.NaN;
    addAll(scrape, CONSUMER_LABELS, labels, {
      jetstream_consumer_num_pending: columns.positions.backlog[position]! - (inFlight || 0),
      jetstream_consumer_num_ack_pending: inFlight,
      jetstream_consumer_ack_floor_stream_seq: observation.positions.position[position]! - 1,
      ...observation.consumers.gauges?.(row),
    });
  }
}

function addAll<L extends string>(
  { registry, budget }: Scrape,
  names: readonly L[],
  labels: Record<L, string>,
  values: Readonly<Record<string, number>>,
): void {
  if (!budget.take(Object.keys(values).length)) return;
  for (const [name, value] of Object.entries(values)) {
    setKnown(gauge(registry, name, HELP.get(name) ?? name, names), labels, value);
  }
}
