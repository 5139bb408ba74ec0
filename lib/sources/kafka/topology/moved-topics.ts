import type { RowError } from "../offsets/columns.ts";
import { meansStaleTopology } from "../wire/error-codes.ts";
import type { ClusterMetadata } from "../wire/metadata.ts";
import type { Topology } from "./topology.ts";

/** Names of the topics with a partition that has another leader now, as far as answers and silence tell. */
export function movedTopics(
  { topics, laneStart, leader }: Topology,
  errors: readonly RowError[],
  down: ReadonlyMap<number, unknown>,
): string[] {
  const moved = new Set(errors.flatMap(({ row, error }) => (meansStaleTopology(error) ? row : [])));
  if (moved.size === 0 && down.size === 0) return [];
  return topics.flatMap(({ name }, topic) => {
    for (let lane = laneStart[topic]!; lane < laneStart[topic + 1]!; lane++) {
      if (moved.has(lane) || down.has(leader[lane]!)) return name;
    }
    return [];
  });
}

/**
 * The brokers of a later answer about some topics, and these topics in place of what was known of them. Null where one
 * of them has come, gone or grown: then nothing short of all topics tells.
 */
export function mergeTopics(whole: ClusterMetadata, part: ClusterMetadata): ClusterMetadata | null {
  const later = new Map(part.topics.map((topic) => [topic.name, topic]));
  const topics = whole.topics.map((topic) => {
    const found = later.get(topic.name);
    if (found?.error !== 0 || found.id !== topic.id) return topic;
    if (found.leaders.length !== topic.leaders.length) return topic;
    later.delete(topic.name);
    return found;
  });
  return later.size === 0 ? { ...whole, brokers: part.brokers, topics } : null;
}
