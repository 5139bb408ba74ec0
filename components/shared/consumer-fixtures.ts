import { type Reading, UNKNOWN_READING } from "@/lib/model/reading";
import type { ConsumerMeta, ConsumerView, PositionView } from "@/lib/model/views";

const AT = 1_790_000_000_000;

/** For tests of the consumer panels. */
export function measured(value: number): Reading {
  return { value, provenance: "measured" };
}

export function makeConsumer(changes: Partial<ConsumerView> = {}): ConsumerView {
  return {
    id: "prod:billing-writer",
    source: "prod",
    sourceName: "kafka/prod",
    system: "kafka",
    kind: "consumer group",
    name: "billing-writer",
    stream: "orders",
    account: null,
    detail: null,
    status: "stopped",
    because: "Nobody has been reading for 38 s: 48,210 messages waiting.",
    since: AT - 38_000,
    isCurrent: true,
    ignored: false,
    backlog: measured(48_210),
    backlogUnit: "messages",
    inFlight: null,
    latencyMs: measured(38_200),
    inPerSecond: measured(8412),
    outPerSecond: measured(0),
    drain: { kind: "never" },
    retention: null,
    firstLoss: null,
    asOf: AT,
    spark: [0, 1, 2],
    folded: null,
    ...changes,
  };
}

export function makeLane(lane: number, changes: Partial<PositionView> = {}): PositionView {
  return {
    id: `orders/${lane}`,
    stream: "orders",
    lane,
    label: null,
    status: "stopped",
    head: 9_204_118,
    stable: null,
    floor: 0,
    position: 9_197_002,
    backlog: measured(7116),
    inFlight: null,
    latencyMs: UNKNOWN_READING,
    member: null,
    host: null,
    asOf: AT,
    ...changes,
  };
}

export function makeConsumerMeta(changes: Partial<ConsumerMeta> = {}): ConsumerMeta {
  return {
    consumer: makeConsumer(),
    evidence: [{ label: "Active readers", value: "0" }],
    members: [],
    events: [],
    streams: [{ id: "prod:orders", stream: "orders", lanes: 12, backlog: measured(48_210) }],
    lanesTotal: 2,
    sourceStatus: "live",
    intervalMs: 1000,
    ...changes,
  };
}
