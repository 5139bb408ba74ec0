import type { CallRegistry } from "./call-registry.ts";
import type { LiveCall } from "./live-call.ts";
import { addTraffic, type MethodStats, noTraffic } from "./method-stats.ts";

/** Everything of one method: what its ended calls add up to, and its live ones. */
export class MethodSum {
  readonly traffic = noTraffic();
  liveCalls = 0;
  queued = 0;
  /** Epoch milliseconds; Infinity while nothing is queued. */
  oldest = Number.POSITIVE_INFINITY;
  /** NaN: not known. */
  retries: number;

  constructor(readonly method: MethodStats) {
    addTraffic(this.traffic, method.ended);
    this.retries = method.retries;
  }

  add(call: LiveCall): void {
    addTraffic(this.traffic, call);
    this.liveCalls += 1;
    this.queued += call.queuedWrites;
    this.oldest = Math.min(this.oldest, call.oldestUnflushedAt ?? this.oldest);
    // A server has counted its own when they began.
    if (this.method.side === "CLIENT") this.retries += call.origin.retries() ?? Number.NaN;
  }
}

export function sumMethods(registry: CallRegistry, wanted: (method: MethodStats) => boolean): MethodSum[] {
  const sums = new Map<MethodStats, MethodSum>();
  for (const method of registry.methods.values()) {
    if (wanted(method)) sums.set(method, new MethodSum(method));
  }
  for (const call of registry.live) sums.get(call.method)?.add(call);
  return Array.from(sums.values());
}
