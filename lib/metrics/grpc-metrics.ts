import { gauge, type Scrape, setKnown } from "./series.ts";

/** The `grpc_server_*` convention: what Streamside has seen of each method since it started. */
export function addGrpcMetrics({ registry, table, sampled }: Scrape): void {
  const { layout, columns } = sampled;
  const source = table.identity.id;
  const byMethod = ["source", "grpc_service", "grpc_method"] as const;
  const sent = gauge(
    registry,
    "grpc_server_msg_sent_total",
    "Messages written by the server's methods since Streamside began to watch.",
    byMethod,
  );
  const queued = gauge(
    registry,
    "streamside_grpc_queued_writes",
    "Messages written and not yet flushed.",
    byMethod,
  );
  const waiting = new Float64Array(layout.streams.length).fill(Number.NaN);
  for (const [row, info] of layout.consumers.entries()) {
    const stream = info.streams[0];
    const backlog = columns.consumers.backlog[row]!;
    if (stream !== undefined && !Number.isNaN(backlog)) waiting[stream] = (waiting[stream]! || 0) + backlog;
  }
  for (const [row, { name }] of layout.streams.entries()) {
    const [, service = "", method = ""] = name.split("/");
    const labels = { source, grpc_service: service, grpc_method: method };
    setKnown(sent, labels, columns.streams.inTotal[row]!);
    setKnown(queued, labels, waiting[row]!);
  }
}
