import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { type Ended, isFailing, withoutPlanned } from "../book/status-window.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { endedOf } from "./ended-lately.ts";
import type { Rows } from "./rows.ts";
import type { ShownMethod, ShownPeer } from "./shown.ts";

const FAILED_LATELY_MS = 60_000;

/** How the calls of methods ended within the last minute, by stream: of those in which some ended in an error of the server. */
export function mapEnded(
  { methods, processes }: Rows,
  backends: readonly BackendFindings[],
): ReadonlyMap<number, Ended> {
  const failed = new Map<number, Ended>();
  const now = newestOf(processes);
  for (const [row, { parts }] of methods.entries()) {
    for (const { process, method } of parts)
      method.ended.take(process.receivedAt, withoutPlanned(method.row.statuses, method.planned));
    if (parts.every(({ method }) => method.ended.isEmpty)) continue;
    const ended = endedOf(parts, backends, now);
    if (ended.errors > 0) failed.set(row, ended);
  }
  return failed;
}

/**
 * The consumers of methods of which too many calls end badly: those of whose calls some lately did, and everybody where
 * nothing is told of single calls.
 */
export function mapFailing(
  { methods, peers, processes }: Rows,
  ended: ReadonlyMap<number, Ended>,
): Uint16Array {
  const flags = new Uint16Array(peers.length);
  const failing = new Set<ShownMethod>();
  for (const [row, how] of ended) if (isFailing(how)) failing.add(methods[row]!);
  if (failing.size === 0) return flags;
  const now = newestOf(processes);
  const hasFailed = ({ parts }: ShownPeer) =>
    parts.some(({ peer }) => now - peer.failedAt < FAILED_LATELY_MS);
  const named = new Set(peers.filter(hasFailed).map(({ method }) => method));
  for (const [row, peer] of peers.entries()) {
    if (failing.has(peer.method) && (!named.has(peer.method) || hasFailed(peer))) {
      flags[row] = ConsumerFlag.failing;
    }
  }
  return flags;
}

function newestOf(processes: Rows["processes"]): number {
  return Math.max(...processes.map(({ process }) => process.receivedAt));
}
