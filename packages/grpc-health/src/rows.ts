import type { CallRegistry } from "./call-registry.ts";
import type { LiveCall } from "./live-call.ts";
import { addTraffic, type MethodStats, noTraffic } from "./method-stats.ts";
import type { CallRow, MethodRow } from "./protocol.ts";

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
  #oldest = Number.POSITIVE_INFINITY;

  constructor(readonly method: MethodStats) {
    addTraffic(this.#traffic, method.ended);
  }

  add(call: LiveCall): void {
    addTraffic(this.#traffic, call);
    this.#queued += call.queuedWrites;
    this.#oldest = Math.min(this.#oldest, call.oldestUnflushedAt ?? this.#oldest);
  }

  row(): MethodRow {
    const { id, path, kind, side, started, completed, bytesKnown, statuses, latencies } = this.method;
    const { bytesFlushed, bytesReceived, ...messages } = this.#traffic;
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
      latencies: Array.from(latencies, ([measure, histogram]) => histogram.row(measure)),
    };
  }
}

export function mapCall(call: LiveCall): CallRow {
  const row: CallRow = {
    id: call.id,
    methodId: call.method.id,
    peer: call.origin.peer(),
    startedAtMs: call.startedAt,
    messagesWritten: call.messagesWritten,
    messagesFlushed: call.messagesFlushed,
    messagesReceived: call.messagesReceived,
    queuedWrites: call.queuedWrites,
    clientName: "",
    heldBy: "HELD_BY_UNSPECIFIED",
  };
  if (call.bytesKnown) {
    row.bytesFlushed = call.bytesFlushed;
    row.bytesReceived = call.bytesReceived;
  }
  const { deadlineAt } = call.origin;
  if (deadlineAt !== undefined) row.deadlineAtMs = deadlineAt;
  if (!Number.isNaN(call.lastWrittenAt)) row.lastWrittenAtMs = call.lastWrittenAt;
  if (!Number.isNaN(call.lastFlushedAt)) row.lastFlushedAtMs = call.lastFlushedAt;
  if (!Number.isNaN(call.lastReceivedAt)) row.lastReceivedAtMs = call.lastReceivedAt;
  if (call.oldestUnflushedAt !== undefined) row.oldestUnflushedAtMs = call.oldestUnflushedAt;
  if (call.unreadMessages !== undefined) row.unreadMessages = call.unreadMessages;
  return row;
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
