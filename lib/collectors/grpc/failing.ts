import { ConsumerFlag } from "../contract.ts";
import type { Rows } from "./rows.ts";
import type { ShownMethod, ShownPeer } from "./shown.ts";
import { addEnded, isFailing } from "./status-window.ts";

const FAILED_LATELY_MS = 60_000;

/**
 * The consumers of methods of which too many calls end badly: those of whose calls some lately did, and everybody where
 * nothing is told of single calls.
 */
export function mapFailing({ methods, peers, processes }: Rows): Uint16Array {
  const flags = new Uint16Array(peers.length);
  const failing = new Set<ShownMethod>();
  for (const method of methods) {
    for (const part of method.parts)
      part.method.ended.take(part.process.receivedAt, part.method.row.statuses);
    if (method.parts.length === 1 && !method.parts[0]!.method.ended.isFailing) continue;
    if (isFailing(addEnded(method.parts.map((part) => part.method.ended.ended())))) failing.add(method);
  }
  if (failing.size === 0) return flags;
  const now = Math.max(...processes.map(({ process }) => process.receivedAt));
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
