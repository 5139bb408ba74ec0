import type { MetricsWriter, Scraped } from "../../sample/metrics.ts";

/**
 * The names of kafka_exporter and of kafka-lag-exporter, so that dashboards made for them keep working. `source` and
 * `cluster_name` are the source's id.
 */
export function kafkaMetrics(scraped: Scraped, writer: MetricsWriter): void {
  writePartitions(scraped, writer);
  writeGroups(scraped, writer);
}

function writePartitions({ source, sample }: Scraped, writer: MetricsWriter): void {
  const { lanes, streams } = sample.layout;
  const { head, floor, replicas, inSync } = sample.lanes;
  const partitionsOf = new Int32Array(streams.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const stream = lanes.stream[lane]!;
    partitionsOf[stream]!++;
    if (!writer.hasRoom(replicas === null ? 2 : 5)) continue;
    const labels = { source, topic: streams[stream]!.name, partition: String(lanes.number[lane]!) };
    const set = (name: string, help: string, value: number) =>
      writer.gauge(`kafka_topic_partition_${name}`, help, labels, value);
    set("current_offset", "End offset of a partition.", head[lane]!);
    set("oldest_offset", "Log start offset of a partition.", floor[lane]!);
    const wanted = replicas?.[lane] ?? Number.NaN;
    const there = inSync?.[lane] ?? Number.NaN;
    set("replicas", "Replicas a partition should have.", wanted);
    set("in_sync_replica", "Replicas of a partition that are in sync.", there);
    set(
      "under_replicated_partition",
      "1 for a partition with fewer replicas in sync than it should have.",
      Number.isNaN(wanted - there) ? Number.NaN : Number(there < wanted),
    );
  }
  for (const [row, { name: topic }] of streams.entries()) {
    writer.gauge("kafka_topic_partitions", "Partitions of a topic.", { source, topic }, partitionsOf[row]!);
  }
}

function writeGroups({ source, sample, derived }: Scraped, writer: MetricsWriter): void {
  const { lanes, streams, consumers, positions } = sample.layout;
  const { backlog, latencyMs } = derived.positions;
  const membersOf = new Float64Array(consumers.length);
  for (const { consumer } of sample.members) membersOf[consumer]!++;
  for (const [row, { name: group }] of consumers.entries()) {
    const byGroup = { source, consumergroup: group };
    // Those without a partition are members and no readers. NaN where readers are not known.
    const members = Math.max(sample.consumers.readers[row]!, membersOf[row]!);
    writer.gauge("kafka_consumergroup_members", "Members of a group.", byGroup, members);
    writer.gauge(
      "kafka_consumergroup_group_max_lag_seconds",
      "Age of the first unread record, of the group's worst partition.",
      { source, cluster_name: source, group },
      derived.consumers.latencyMs[row]! / 1000,
    );
    const sums = new Map<string, { lag: number; unknown: number; offset: number }>();
    for (let position = positions.start[row]!; position < positions.start[row + 1]!; position++) {
      const lane = positions.lane[position]!;
      const topic = streams[lanes.stream[lane]!]!.name;
      const [lag, offset] = [backlog[position]!, sample.positions.position[position]!];
      const sum = sums.get(topic) ?? { lag: Number.NaN, unknown: 0, offset: Number.NaN };
      sum.lag = addKnown(sum.lag, lag);
      const isEmpty = sample.lanes.head[lane]! <= sample.lanes.floor[lane]!;
      if (Number.isNaN(lag) && !isEmpty) sum.unknown++;
      sum.offset = addKnown(sum.offset, offset);
      sums.set(topic, sum);
      if (!writer.hasRoom(3)) continue;
      const partition = String(lanes.number[lane]!);
      const labels = { ...byGroup, topic, partition };
      writer.gauge(
        "kafka_consumergroup_lag",
        "Messages a group has still to read in a partition.",
        labels,
        lag,
      );
      writer.gauge("kafka_consumergroup_current_offset", "Committed offset of a group.", labels, offset);
      writer.gauge(
        "kafka_consumergroup_group_lag_seconds",
        "Age of the first unread record.",
        { source, cluster_name: source, group, topic, partition },
        latencyMs[position]! / 1000,
      );
    }
    for (const [topic, { lag, unknown, offset }] of sums) {
      const labels = { ...byGroup, topic };
      const set = (name: string, help: string, value: number) =>
        writer.gauge(`kafka_consumergroup_${name}`, help, labels, value);
      set(
        "lag_sum",
        "Messages a group has still to read in a topic: Σ over the partitions of which it is known.",
        lag,
      );
      set(
        "lag_unknown_partitions",
        "Partitions of a group whose lag is not known (no leader, nothing committed yet) and not in kafka_consumergroup_lag_sum.",
        unknown,
      );
      set("current_offset_sum", "Σ committed offsets in a topic.", offset);
    }
  }
}

/** A sum is unknown until one of its parts is known. */
function addKnown(sum: number, value: number): number {
  return Number.isNaN(value) ? sum : (sum || 0) + value;
}
