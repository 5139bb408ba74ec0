/** Figures for `/metrics`, under the names that prometheus-nats-exporter gave them. */
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import { isGone, type ServerReport } from "./servers/server-report.ts";

type Gauges = Readonly<Record<string, number>>;

/** Servers told of: each is a few dozen series. */
const MOST_SERVERS = 100;

/** What servers tell of themselves, by metric name with its labels. `server_id` is the name: it outlives a start. */
export function serverGauges(servers: readonly ServerReport[]): Gauges {
  const gauges: Record<string, number> = {};
  for (const server of servers.filter((one) => !isGone(one) && one.missed === 0).slice(0, MOST_SERVERS)) {
    const id = `server_id="${labelText(server.name)}"`;
    for (const [name, value] of varzOf(server)) gauges[`gnatsd_varz_${name}{${id}}`] = value;
    const labels = `${id},${jetStreamLabels(server)}`;
    for (const [name, value] of jetStreamOf(server)) gauges[`jetstream_server_${name}{${labels}}`] = value;
  }
  return Object.fromEntries(Object.entries(gauges).filter(([, value]) => Number.isFinite(value)));
}

function varzOf({ varz: { value } }: ServerReport): [name: string, value: number][] {
  return [
    ["connections", value.connections],
    ["total_connections", value.total_connections],
    ["max_connections", value.max_connections],
    ["max_pending", value.max_pending],
    ["routes", value.routes],
    ["leafnodes", value.leafnodes],
    ["subscriptions", value.subscriptions],
    ["slow_consumers", value.slow_consumers],
    ["in_msgs", value.in_msgs],
    ["out_msgs", value.out_msgs],
    ["in_bytes", value.in_bytes],
    ["out_bytes", value.out_bytes],
    ["mem", value.mem],
    ["cpu", value.cpu],
    ["cores", value.cores],
  ];
}

function jetStreamOf({ varz, jszAccounts }: ServerReport): [name: string, value: number][] {
  const { jetstream } = varz.value;
  const totals = jszAccounts?.value;
  return [
    ["jetstream_disabled", jetstream ? 0 : 1],
    ["max_memory", jetstream?.config.max_memory ?? Number.NaN],
    ["max_storage", jetstream?.config.max_storage ?? Number.NaN],
    ["total_streams", totals?.streams ?? Number.NaN],
    ["total_consumers", totals?.consumers ?? Number.NaN],
    ["total_messages", totals?.messages ?? Number.NaN],
    ["total_message_bytes", totals?.bytes ?? Number.NaN],
  ];
}

function jetStreamLabels({ name, varz }: ServerReport): string {
  const { jetstream } = varz.value;
  const { meta } = jetstream ?? {};
  return Object.entries({
    server_name: name,
    cluster: meta?.name ?? "",
    domain: jetstream?.config.domain ?? "",
    meta_leader: meta?.leader ?? "",
    is_meta_leader: String(!meta || meta.leader === name),
  })
    .map(([label, value]) => `${label}="${labelText(value)}"`)
    .join(",");
}

/** Names may hold any sign; these would end a label. */
function labelText(text: string): string {
  return text.replace(/["{}]/g, "'");
}

export function streamGauges({ messages, bytes, consumerCount }: StreamEntry): Gauges {
  return {
    jetstream_stream_total_messages: messages,
    jetstream_stream_total_bytes: bytes,
    jetstream_stream_consumer_count: consumerCount,
  };
}

export function consumerGauges(consumer: ConsumerEntry): Gauges {
  return {
    jetstream_consumer_num_waiting: consumer.numWaiting,
    jetstream_consumer_num_redelivered: consumer.numRedelivered,
    jetstream_consumer_delivered_consumer_seq: consumer.deliveredConsumerSeq,
    jetstream_consumer_delivered_stream_seq: consumer.deliveredStreamSeq,
    jetstream_consumer_ack_floor_consumer_seq: consumer.ackFloorConsumerSeq,
  };
}
