import type { CallView, LatencyHeat, MethodView } from "@/lib/model/call";
import type { CallMeta } from "@/lib/model/views";
import { measured } from "./consumer-fixtures";

const AT = 1_790_000_000_000;

/** For tests of the panels about calls. */
export function makeCall(changes: Partial<CallView> = {}): CallView {
  return {
    id: "shop:call.7",
    source: "shop",
    method: "/demo.market.v1.Market/WatchQuotes",
    streamId: "shop:/demo.market.v1.Market/WatchQuotes",
    consumerId: "shop:WatchQuotes.desk",
    kind: "server stream",
    side: "server",
    peer: "10.0.4.17:51234",
    clientName: "desk",
    status: "stalled",
    startedAt: AT - 190_000,
    deadlineAt: null,
    sent: 48_210,
    received: 1,
    sentPerSecond: 0,
    receivedPerSecond: 0,
    queued: 2_255,
    unread: null,
    waitingMs: 4_800,
    lastSentAt: AT - 4_900,
    lastReceivedAt: AT - 190_000,
    ...changes,
  };
}

/** One beside it that flows. */
export function makeFlowingCall(changes: Partial<CallView> = {}): CallView {
  return makeCall({
    id: "shop:call.8",
    status: "ok",
    queued: 0,
    waitingMs: 0,
    sentPerSecond: 40,
    lastSentAt: AT - 20,
    ...changes,
  });
}

export function makeCallMeta(changes: Partial<CallMeta> = {}): CallMeta {
  return {
    call: makeCall(),
    asOf: AT,
    sourceName: "grpc/shop",
    because: "2,255 messages wait and none was flushed for 4.8 s.",
    facts: [],
    events: [],
    connection: "10.0.4.17:51234",
    sourceStatus: "live",
    intervalMs: 1_000,
    ...changes,
  };
}

export function makeMethod(changes: Partial<MethodView> = {}): MethodView {
  return {
    kind: "server stream",
    side: "server",
    live: measured(3),
    startedPerSecond: measured(0.2),
    completedPerSecond: measured(0.1),
    sentPerSecond: measured(240),
    receivedPerSecond: measured(0.2),
    bytesSentPerSecond: measured(360_000),
    bytesReceivedPerSecond: measured(12),
    retriesPerSecond: measured(0),
    codes: [
      { code: "OK", isError: false, total: 1_204, lastMinute: 95 },
      { code: "CANCELLED", isError: false, total: 12, lastMinute: 3 },
      { code: "DEADLINE_EXCEEDED", isError: true, total: 5, lastMinute: 2 },
      { code: "UNAVAILABLE", isError: true, total: 1, lastMinute: 0 },
    ],
    from: "instrumented",
    ...changes,
  };
}

export function makeHeat(changes: Partial<LatencyHeat> = {}): LatencyHeat {
  const column = { since: null, p50: 1, p90: 2.5, p99: 10, max: 40 };
  return {
    measure: "messageGap",
    stepMs: 10_000,
    boundsMs: [0.1, 1, 10, 100],
    columns: [
      { t: AT - 20_000, counts: [0, 200, 3], ...column },
      { t: AT - 10_000, since: null, counts: null, p50: null, p90: null, p99: null, max: null },
      { t: AT, counts: [0, 190, 12, 1], ...column },
    ],
    ...changes,
  };
}
