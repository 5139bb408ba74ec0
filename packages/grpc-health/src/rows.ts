import type { CallRegistry } from "./call-registry.ts";
import type { LiveCall } from "./live-call.ts";
import { addTraffic, type MethodStats, noTraffic } from "./method-stats.ts";
import type { MethodRow } from "./protocol.ts";

/** Rows of the methods that changed after tick `since`, with the live calls added up. */
export function mapMethods(registry: CallRegistry, since: number): MethodRow[] {
  const sums = new Map<MethodStats, MethodSum>();
  for (const method of registry.methods.values()) {
    // A method of which no call has started yet is not worth a row.
    if (method.changedTick > since) sums.set(method, new MethodSum(method));
  }
  for (const call of registry.live.values()) sums.get(call.method)?.add(call);
  return Array.from(sums.values(), (sum) => sum.row());
}

class MethodSum {
  readonly #traffic = noTraffic();
  #queued = 0;
  #retries = 0;
  #oldest = Number.POSITIVE_INFINITY;

  constructor(readonly method: MethodStats) {
    addTraffic(this.#traffic, method.ended);
  }

  add(call: LiveCall): void {
    addTraffic(this.#traffic, call);
    this.#queued += call.queuedWrites;
    if (this.method.side === "CLIENT") this.#retries += call.origin.retries() ?? Number.NaN;
    this.#oldest = Math.min(this.#oldest, call.oldestUnflushedAt ?? this.#oldest);
  }

  row(): MethodRow {
    const { id, path, kind, side, started, completed, bytesKnown, statuses, latencies } = this.method;
    const { bytesFlushed, bytesReceived, ...messages } = this.#traffic;
    const retries = this.method.retries + this.#retries;
    return {
      id,
      path,
      kind,
      side,
      started,
      completed,
      statuses: Array.from(statuses, ([code, count]) => ({ code, count })),
      ...messages,
      ...(bytesKnown && { bytesFlushed, bytesReceived }),
      queuedWrites: this.#queued,
      ...(this.#queued > 0 && { oldestUnflushedAtMs: this.#oldest }),
      ...(!Number.isNaN(retries) && { retries }),
      latencies: Array.from(latencies, ([measure, histogram]) => histogram.row(measure)),
    };
  }
}

/** At most `max` live calls: those with the oldest unflushed write first, then those that started first. */
export function selectCalls(registry: CallRegistry, max: number): LiveCall[] {
  const all = Array.from(registry.live.values());
  if (all.length <= max) return all;
  const queued: { call: LiveCall; at: number }[] = [];
  for (const call of all) {
    const at = call.oldestUnflushedAt;
    if (at !== undefined) queued.push({ call, at });
  }
  const selected = new Set(
    queued
      .sort((a, b) => a.at - b.at)
      .slice(0, max)
      .map(({ call }) => call),
  );
  // A Map keeps insertion order, so these come oldest first without sorting.
  for (const call of all) {
    if (selected.size >= max) break;
    selected.add(call);
  }
  return [...selected];
}
