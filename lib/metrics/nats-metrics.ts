import { gauge, type Scrape, setKnown } from "./series.ts";

/** The names of prometheus-nats-exporter where the number is the same. `account` is the source's own account. */
export function addNatsMetrics({ registry, table, sampled, budget }: Scrape): void {
  const { layout, observation, columns } = sampled;
  const source = table.identity.id;
  const account = "";
  const byStream = ["source", "account", "stream_name"] as const;
  const last = gauge(registry, "jetstream_stream_last_seq", "Last sequence of a stream.", byStream);
  const first = gauge(registry, "jetstream_stream_first_seq", "First sequence of a stream.", byStream);
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const stream = layout.streams[layout.lanes.stream[lane]!]!;
    if (stream.kind !== "jetstream" || !budget.take(2)) continue;
    const labels = { source, account, stream_name: stream.name };
    setKnown(last, labels, observation.lanes.head[lane]! - 1);
    setKnown(first, labels, observation.lanes.floor[lane]!);
  }

  const byConsumer = ["source", "account", "stream_name", "consumer_name"] as const;
  const pending = gauge(
    registry,
    "jetstream_consumer_num_pending",
    "Messages not yet delivered.",
    byConsumer,
  );
  const ackPending = gauge(
    registry,
    "jetstream_consumer_num_ack_pending",
    "Messages delivered and not acknowledged.",
    byConsumer,
  );
  const ackFloor = gauge(
    registry,
    "jetstream_consumer_ack_floor_stream_seq",
    "Stream sequence of the ack floor.",
    byConsumer,
  );
  for (const [row, info] of layout.consumers.entries()) {
    if (info.kind === "connection" || !budget.take(3)) continue;
    const position = layout.positions.start[row]!;
    if (position === layout.positions.start[row + 1]) continue;
    const labels = {
      source,
      account,
      stream_name: layout.streams[info.streams[0]!]!.name,
      consumer_name: info.name,
    };
    const inFlight = observation.positions.inFlight?.[position] ?? Number.NaN;
    setKnown(pending, labels, columns.positions.backlog[position]! - (inFlight || 0));
    setKnown(ackPending, labels, inFlight);
    setKnown(ackFloor, labels, observation.positions.position[position]! - 1);
  }
}
