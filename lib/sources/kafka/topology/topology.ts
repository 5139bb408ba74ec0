import { type BrokerAddress, type NameFilter, passes } from "../config.ts";
import type { TopicPartitions } from "../wire/list-offsets.ts";
import type { ClusterMetadata, TopicMetadata } from "../wire/metadata.ts";

/** The brokers, and the topics that are shown. Lanes are numbered topic by topic, partition by partition. */
export interface Topology {
  readonly clusterId: string | null;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** Sorted by name. */
  readonly topics: readonly TopicMetadata[];
  /** Names of topics that are there and not shown: internal or filtered out. */
  readonly hidden: readonly string[];
  /** First lane of each topic, and the number of lanes at the end. */
  readonly laneStart: Int32Array;
  /** Node that leads each lane; -1: nobody now. */
  readonly leader: Int32Array;
  /** Replicas each lane should have, and those in sync. */
  readonly replicas: Float64Array;
  readonly inSync: Float64Array;
  /** Partitions of all topics, hidden ones too, with fewer replicas in sync than they should have; without a leader. */
  readonly underReplicated: number;
  readonly offline: number;
  /** Nodes that should hold a copy of anything, whether they are there or not. */
  readonly copyNodes: ReadonlySet<number>;
}

export function toTopology(metadata: ClusterMetadata, filter: NameFilter | undefined): Topology {
  const topics: TopicMetadata[] = [];
  const hidden: string[] = [];
  for (const topic of metadata.topics) {
    if (topic.internal || !passes(filter, topic.name)) hidden.push(topic.name);
    else topics.push(topic);
  }
  topics.sort((a, b) => (a.name < b.name ? -1 : 1));
  const laneStart = new Int32Array(topics.length + 1);
  topics.forEach((topic, row) => {
    laneStart[row + 1] = laneStart[row]! + topic.leaders.length;
  });
  const leader = new Int32Array(laneStart.at(-1)!);
  const replicas = new Float64Array(leader.length);
  const inSync = new Float64Array(leader.length);
  topics.forEach((topic, row) => {
    leader.set(topic.leaders, laneStart[row]!);
    replicas.set(topic.replicas, laneStart[row]!);
    inSync.set(topic.inSync.count, laneStart[row]!);
  });
  const brokers = new Map(metadata.brokers.map(({ node, host, port }) => [node, { host, port }]));
  const { clusterId } = metadata;
  return {
    clusterId,
    brokers,
    topics,
    hidden,
    laneStart,
    leader,
    replicas,
    inSync,
    ...countTroubles(metadata),
    copyNodes: new Set(metadata.topics.flatMap(({ copies }) => copies)),
  };
}

function countTroubles({ topics }: ClusterMetadata): { underReplicated: number; offline: number } {
  let underReplicated = 0;
  let offline = 0;
  for (const { leaders, replicas, inSync } of topics) {
    for (let partition = 0; partition < leaders.length; partition++) {
      if (leaders[partition]! < 0) offline++;
      if (inSync.count[partition]! < replicas[partition]!) underReplicated++;
    }
  }
  return { underReplicated, offline };
}

/** True where both have the same topics with the same partitions, so that every lane keeps its row and what it means. */
export function sameLanes(a: Topology, b: Topology): boolean {
  return (
    a.topics.length === b.topics.length &&
    a.hidden.length === b.hidden.length &&
    a.topics.every((topic, row) => {
      const other = b.topics[row]!;
      return (
        topic.name === other.name && topic.id === other.id && topic.leaders.length === other.leaders.length
      );
    }) &&
    a.hidden.every((name, row) => name === b.hidden[row])
  );
}

/** Which partitions to ask which leader for. Leaderless ones are under -1. */
export function routeByLeader(topology: Pick<Topology, "topics">): Map<number, TopicPartitions[]> {
  const routes = new Map<number, TopicPartitions[]>();
  for (const { name, leaders } of topology.topics) {
    const byLeader = new Map<number, number[]>();
    leaders.forEach((node, partition) => {
      const partitions = byLeader.get(node);
      if (partitions) partitions.push(partition);
      else byLeader.set(node, [partition]);
    });
    for (const [node, partitions] of byLeader) {
      const route = routes.get(node) ?? [];
      route.push({ topic: name, partitions });
      routes.set(node, route);
    }
  }
  return routes;
}
