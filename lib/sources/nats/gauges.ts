/** Figures for `/metrics`, under the names that prometheus-nats-exporter gave them. */
import { type Gauge, gaugesOf } from "../../sample/gauge.ts";
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import { isGone, type ServerReport } from "./servers/server-report.ts";

/** Servers told of: each is a few dozen series. */
const MOST_SERVERS = 100;

/** What servers tell of themselves. `server_id` is the name: it outlives a start. */
export function serverGauges(servers: readonly ServerReport[]): Gauge[] {
  return servers
    .filter((one) => !isGone(one) && one.missed === 0)
    .slice(0, MOST_SERVERS)
    .flatMap((server) => [...varzOf(server), ...jetStreamOf(server)])
    .filter(({ value }) => Number.isFinite(value));
}

/** As the exporter has them: gauges, also what only grows. */
function varzOf({ name, varz: { value } }: ServerReport): Gauge[] {
  return gaugesOf(
    {
      gnatsd_varz_connections: ["Clients connected to the server.", value.connections],
      gnatsd_varz_total_connections: ["Connections that it has ever taken.", value.total_connections],
      gnatsd_varz_max_connections: ["Connections that it takes at most.", value.max_connections],
      gnatsd_varz_max_pending: ["Bytes that may wait for a client.", value.max_pending],
      gnatsd_varz_routes: ["Routes to servers of its cluster.", value.routes],
      gnatsd_varz_leafnodes: ["Leaf nodes connected to it.", value.leafnodes],
      gnatsd_varz_subscriptions: ["Subscriptions it knows of.", value.subscriptions],
      gnatsd_varz_slow_consumers: ["Clients dropped because they were too slow.", value.slow_consumers],
      gnatsd_varz_in_msgs: ["Messages received.", value.in_msgs],
      gnatsd_varz_out_msgs: ["Messages sent.", value.out_msgs],
      gnatsd_varz_in_bytes: ["Bytes received.", value.in_bytes],
      gnatsd_varz_out_bytes: ["Bytes sent.", value.out_bytes],
      gnatsd_varz_mem: ["Resident memory in bytes.", value.mem],
      gnatsd_varz_cpu: ["CPU in per cent of a core.", value.cpu],
      gnatsd_varz_cores: ["Cores of its machine.", value.cores],
    },
    { server_id: name },
  );
}

function jetStreamOf(server: ServerReport): Gauge[] {
  const { jetstream } = server.varz.value;
  const totals = server.jszAccounts?.value;
  const { config, meta } = jetstream ?? {};
  return gaugesOf(
    {
      jetstream_server_jetstream_disabled: ["1 where the server has no JetStream.", jetstream ? 0 : 1],
      jetstream_server_max_memory: [
        "Bytes that streams in memory may take.",
        config?.max_memory ?? Number.NaN,
      ],
      jetstream_server_max_storage: [
        "Bytes that streams on disk may take.",
        config?.max_storage ?? Number.NaN,
      ],
      jetstream_server_total_streams: ["Streams on the server.", totals?.streams ?? Number.NaN],
      jetstream_server_total_consumers: ["Consumers on the server.", totals?.consumers ?? Number.NaN],
      jetstream_server_total_messages: ["Messages in its streams.", totals?.messages ?? Number.NaN],
      jetstream_server_total_message_bytes: ["Bytes in its streams.", totals?.bytes ?? Number.NaN],
    },
    {
      server_id: server.name,
      server_name: server.name,
      cluster: meta?.name ?? "",
      domain: config?.domain ?? "",
      meta_leader: meta?.leader ?? "",
      is_meta_leader: String(!meta || meta.leader === server.name),
    },
  );
}

export function streamGauges({ messages, bytes, consumerCount }: StreamEntry): Gauge[] {
  return gaugesOf({
    jetstream_stream_total_messages: ["Messages a stream holds.", messages],
    jetstream_stream_total_bytes: ["Bytes a stream holds.", bytes],
    jetstream_stream_consumer_count: ["Consumers of a stream.", consumerCount],
  });
}

export function consumerGauges(consumer: ConsumerEntry): Gauge[] {
  const { numWaiting, numRedelivered, deliveredConsumerSeq, deliveredStreamSeq, ackFloorConsumerSeq } =
    consumer;
  return gaugesOf({
    jetstream_consumer_num_waiting: ["Pull requests that wait for messages.", numWaiting],
    jetstream_consumer_num_redelivered: ["Messages in flight that were delivered before.", numRedelivered],
    jetstream_consumer_delivered_consumer_seq: [
      "Consumer sequence that was delivered last.",
      deliveredConsumerSeq,
    ],
    jetstream_consumer_delivered_stream_seq: ["Stream sequence that was delivered last.", deliveredStreamSeq],
    jetstream_consumer_ack_floor_consumer_seq: ["Consumer sequence of the ack floor.", ackFloorConsumerSeq],
  });
}
