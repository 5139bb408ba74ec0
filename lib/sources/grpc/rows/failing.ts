import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { isFailing, withoutPlanned } from "../book/status-window.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { endedOf } from "./ended-lately.ts";
import type { Rows } from "./rows.ts";
import type { ShownMethod, ShownPeer } from "./shown.ts";

const FAILED_LATELY_MS = 60_000;

/**
 * The consumers of methods of which too many calls end badly: those of whose calls some lately did, and everybody where
 * nothing is told of single calls.
 */
export function mapFailing(
  { methods, peers, processes }: Rows,
  backends: readonly BackendFindings[],
): Uint16Array {
  const flags = new Uint16Array(peers.length);
  const failing = new Set<ShownMethod>();
  const now = Math.max(...processes.map(({ process }) => process.receivedAt));
  for (const method of methods) {
    for (const { process, method: booked } of method.parts)
      booked.ended.take(process.receivedAt, withoutPlanned(booked.row.statuses, booked.planned));
    if (method.parts.length === 1 && !method.parts[0]!.method.ended.isFailing) continue;
    if (isFailing(endedOf(method.parts, backends, now))) failing.add(method);
  }
  if (failing.size === 0) return flags;
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
