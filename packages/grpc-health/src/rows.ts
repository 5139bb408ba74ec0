import type { CallRegistry } from "./calls/call-registry.ts";
import type { LiveCall } from "./calls/live-call.ts";
import { type MethodSum, sumMethods } from "./calls/method-sums.ts";
import type { MethodRow } from "./protocol.ts";

/** Rows of the methods that changed after tick `since`, with the live calls added up. */
export function mapMethods(registry: CallRegistry, since: number): MethodRow[] {
  // A method of which no call has started yet is not worth a row.
  return sumMethods(registry, ({ changedTick }) => changedTick > since).map(mapMethod);
}

function mapMethod({ method, traffic, queued, oldest, retries }: MethodSum): MethodRow {
  const { id, path, kind, side, started, completed, bytesKnown, statuses, latencies } = method;
  const { bytesFlushed, bytesReceived, ...messages } = traffic;
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
    queuedWrites: queued,
    ...(queued > 0 && { oldestUnflushedAtMs: oldest }),
    ...(!Number.isNaN(retries) && { retries }),
    latencies: Array.from(latencies, ([measure, histogram]) => histogram.row(measure)),
  };
}

/** At most `max` live calls: those with the oldest unflushed write first, then those that started first. */
export function selectCalls(registry: CallRegistry, max: number): LiveCall[] {
  const all = Array.from(registry.live);
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
