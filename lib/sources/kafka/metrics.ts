import { gauge, type Scrape, setKnown } from "./series.ts";

/**
 * The names of kafka_exporter and of kafka-lag-exporter, so that dashboards made for them keep working. `source` and
 * `cluster_name` are the source's id.
 */
export function addKafkaMetrics({ registry, snapshot, sampled, budget }: Scrape): void {
  const { layout, sample, derived } = sampled;
  const source = snapshot.identity.id;
  const { lanes, streams, consumers, positions } = layout;
  const topicOf = (lane: number) => streams[lanes.stream[lane]!]!.name;

  const byPartition = ["source", "topic", "partition"] as const;
  const current = gauge(
    registry,
    "kafka_topic_partition_current_offset",
    "End offset of a partition.",
    byPartition,
  );
  const oldest = gauge(
    registry,
    "kafka_topic_partition_oldest_offset",
    "Log start offset of a partition.",
    byPartition,
  );
  const replicas = gauge(
    registry,
    "kafka_topic_partition_replicas",
    "Replicas a partition should have.",
    byPartition,
  );
  const inSync = gauge(
    registry,
    "kafka_topic_partition_in_sync_replica",
    "Replicas of a partition that are in sync.",
    byPartition,
  );
  const underReplicated = gauge(
    registry,
    "kafka_topic_partition_under_replicated_partition",
    "1 for a partition with fewer replicas in sync than it should have.",
    byPartition,
  );
  const partitions = gauge(registry, "kafka_topic_partitions", "Partitions of a topic.", ["source", "topic"]);
  const partitionsOf = new Int32Array(streams.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    partitionsOf[lanes.stream[lane]!]!++;
    if (!budget.take(sample.lanes.replicas === null ? 2 : 5)) continue;
    const labels = { source, topic: topicOf(lane), partition: String(lanes.number[lane]!) };
    setKnown(current, labels, sample.lanes.head[lane]!);
    setKnown(oldest, labels, sample.lanes.floor[lane]!);
    const wanted = sample.lanes.replicas?.[lane] ?? Number.NaN;
    const there = sample.lanes.inSync?.[lane] ?? Number.NaN;
    setKnown(replicas, labels, wanted);
    setKnown(inSync, labels, there);
    setKnown(underReplicated, labels, Number.isNaN(wanted - there) ? Number.NaN : Number(there < wanted));
  }
  for (const [row, { name }] of streams.entries())
    partitions.set({ source, topic: name }, partitionsOf[row]!);

  const byPosition = ["source", "consumergroup", "topic", "partition"] as const;
  const lag = gauge(
    registry,
    "kafka_consumergroup_lag",
    "Messages a group has still to read in a partition.",
    byPosition,
  );
  const offset = gauge(
    registry,
    "kafka_consumergroup_current_offset",
    "Committed offset of a group.",
    byPosition,
  );
  const byTopic = ["source", "consumergroup", "topic"] as const;
  const lagSum = gauge(
    registry,
    "kafka_consumergroup_lag_sum",
    "Messages a group has still to read in a topic: Σ over the partitions of which it is known.",
    byTopic,
  );
  const lagUnknown = gauge(
    registry,
    "kafka_consumergroup_lag_unknown_partitions",
    "Partitions of a group whose lag is not known (no leader, nothing committed yet) and not in kafka_consumergroup_lag_sum.",
    byTopic,
  );
  const offsetSum = gauge(
    registry,
    "kafka_consumergroup_current_offset_sum",
    "Σ committed offsets in a topic.",
    byTopic,
  );
  const members = gauge(registry, "kafka_consumergroup_members", "Members of a group.", [
    "source",
    "consumergroup",
  ]);
  const ageLabels = ["source", "cluster_name", "group", "topic", "partition"] as const;
  const age = gauge(
    registry,
    "kafka_consumergroup_group_lag_seconds",
    "Age of the first unread record.",
    ageLabels,
  );
  const maxAge = gauge(
    registry,
    "kafka_consumergroup_group_max_lag_seconds",
    "Age of the first unread record, of the group's worst partition.",
    ["source", "cluster_name", "group"],
  );
  const membersOf = new Float64Array(consumers.length);
  for (const { consumer } of sample.members) membersOf[consumer]!++;
  for (const [row, { name: group }] of consumers.entries()) {
    // Those without a partition are members and no readers. NaN where readers are not known.
    const count = Math.max(sample.consumers.readers[row]!, membersOf[row]!);
    setKnown(members, { source, consumergroup: group }, count);
    setKnown(maxAge, { source, cluster_name: source, group }, derived.consumers.latencyMs[row]! / 1000);
    const sums = new Map<string, { lag: number; unknown: number; offset: number }>();
    for (let position = positions.start[row]!; position < positions.start[row + 1]!; position++) {
      const lane = positions.lane[position]!;
      const topic = topicOf(lane);
      const sum = sums.get(topic) ?? { lag: Number.NaN, unknown: 0, offset: Number.NaN };
      sum.lag = addKnown(sum.lag, derived.positions.backlog[position]!);
      const isEmpty = sample.lanes.head[lane]! <= sample.lanes.floor[lane]!;
      if (Number.isNaN(derived.positions.backlog[position]!) && !isEmpty) sum.unknown++;
      sum.offset = addKnown(sum.offset, sample.positions.position[position]!);
      sums.set(topic, sum);
      if (!budget.take(3)) continue;
      const partition = String(lanes.number[lane]!);
      setKnown(lag, { source, consumergroup: group, topic, partition }, derived.positions.backlog[position]!);
      setKnown(
        offset,
        { source, consumergroup: group, topic, partition },
        sample.positions.position[position]!,
      );
      setKnown(
        age,
        { source, cluster_name: source, group, topic, partition },
        derived.positions.latencyMs[position]! / 1000,
      );
    }
    for (const [topic, sum] of sums) {
      setKnown(lagSum, { source, consumergroup: group, topic }, sum.lag);
      setKnown(lagUnknown, { source, consumergroup: group, topic }, sum.unknown);
      setKnown(offsetSum, { source, consumergroup: group, topic }, sum.offset);
    }
  }
}

/** A sum is unknown until one of its parts is known. */
function addKnown(sum: number, value: number): number {
  return Number.isNaN(value) ? sum : (sum || 0) + value;
}
