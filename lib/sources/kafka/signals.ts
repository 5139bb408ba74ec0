import type { SourceSignal, StreamSignal } from "../../model/signal.ts";
import type { Topology } from "./topology/topology.ts";

/** Topics with partitions that have too few copies in sync, or no leader, by row; others have no entry. */
export function mapStreamSignals(topology: Topology): ReadonlyMap<number, readonly StreamSignal[]> {
  const { topics, laneStart, leader, replicas, inSync } = topology;
  const signals = new Map<number, readonly StreamSignal[]>();
  topics.forEach(({ missing }, row) => {
    let behind = 0;
    let leaderless = 0;
    for (let lane = laneStart[row]!; lane < laneStart[row + 1]!; lane++) {
      if (inSync[lane]! < replicas[lane]!) behind++;
      if (leader[lane]! < 0) leaderless++;
    }
    if (behind === 0 && leaderless === 0) return;
    const lanes = laneStart[row + 1]! - laneStart[row]!;
    signals.set(row, [{ kind: "copies", lanes, behind, leaderless, missing: namesOf(missing) }]);
  });
  return signals;
}

/**
 * What is wrong with the cluster as a whole; empty where nothing is. A broker is missing while it does not answer, or
 * while partitions are to have a copy on it and it is not in the cluster's list.
 *
 * @param controller -1: there is none; null: not told
 */
export function mapSourceSignals(
  topology: Pick<Topology, "brokers" | "copyNodes" | "underReplicated" | "offline">,
  silent: ReadonlySet<number>,
  controller: number | null,
): SourceSignal[] {
  const { brokers, copyNodes, underReplicated, offline } = topology;
  const signals: SourceSignal[] = [];
  const expected = new Set([...brokers.keys(), ...copyNodes]);
  const missing = [...expected].filter((node) => !brokers.has(node) || silent.has(node));
  if (missing.length > 0) {
    const serving = expected.size - missing.length;
    const names = namesOf(missing);
    signals.push({ kind: "members", what: "broker", expected: expected.size, serving, missing: names });
  }
  if (controller !== null && controller < 0) {
    signals.push({ kind: "quorum", what: "controller", leader: false });
  }
  if (underReplicated > 0 || offline > 0) {
    signals.push({ kind: "copies", behind: underReplicated, leaderless: offline });
  }
  return signals;
}

function namesOf(nodes: readonly number[]): string[] {
  return [...nodes].sort((a, b) => a - b).map((node) => `broker ${node}`);
}
