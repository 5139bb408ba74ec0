import type { MethodDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { descriptor } from "./descriptor.ts";

/**
 * The messages of `streamside.health.v1` as TypeScript. Units, and what an absent field means, are defined once, in
 * proto/streamside/health/v1/stream_health.proto.
 */
export interface WatchRequest {
  intervalMs?: number;
  maxCalls?: number;
}

export interface WatchResponse {
  snapshot: boolean;
  process: ProcessRow | null;
  serverTimeMs: number;
  intervalMs: number;
  methods: MethodRow[];
  calls: CallRow[];
  endedCallIds: number[];
  hiddenCallIds: number[];
  liveCalls: number;
  skippedResponses: number;
  faults: number;
  connections: ConnectionRow[];
  closedConnections: ClosedConnectionRow[];
  endedCalls: EndedCallRow[];
}

export interface ProcessRow {
  instanceId: string;
  startedAtMs: number;
  implementation: string;
}

export type CallKind = "UNARY" | "CLIENT_STREAM" | "SERVER_STREAM" | "BIDI";
export type CallSide = "SERVER" | "CLIENT";
export type LatencyMeasure = "CALL_DURATION" | "FIRST_MESSAGE" | "MESSAGE_GAP" | "ROUND_TRIP";
export type HeldBy = "STREAM_WINDOW" | "CONNECTION_WINDOW" | "SOCKET" | "CONNECTING";

export interface MethodRow {
  id: number;
  path: string;
  kind: CallKind | "KIND_UNSPECIFIED";
  side: CallSide | "SIDE_UNSPECIFIED";
  started: number;
  completed: number;
  statuses: StatusCount[];
  messagesWritten?: number;
  messagesFlushed?: number;
  messagesReceived?: number;
  bytesFlushed?: number;
  bytesReceived?: number;
  queuedWrites?: number;
  oldestUnflushedAtMs?: number;
  latencies: LatencyRow[];
  retries?: number;
}

export interface StatusCount {
  code: number;
  count: number;
}

export interface LatencyRow {
  measure: LatencyMeasure | "MEASURE_UNSPECIFIED";
  count: number;
  sumUs: number;
  maxUs: number;
  bucketUpperUs: number[];
  bucketCounts: number[];
}

export interface CallRow {
  id: number;
  methodId: number;
  peer: string;
  startedAtMs: number;
  deadlineAtMs?: number;
  messagesWritten?: number;
  messagesFlushed?: number;
  messagesReceived?: number;
  bytesFlushed?: number;
  bytesReceived?: number;
  lastWrittenAtMs?: number;
  lastFlushedAtMs?: number;
  lastReceivedAtMs?: number;
  queuedWrites?: number;
  oldestUnflushedAtMs?: number;
  unreadMessages?: number;
  connectionId?: number;
  unreadSinceMs?: number;
  clientName: string;
  retries?: number;
  heldBy: HeldBy | "HELD_BY_UNSPECIFIED";
  openRequests?: number;
  oldestOpenRequestAtMs?: number;
}

export interface EndedCallRow {
  call: CallRow | null;
  code: number;
  endedAtMs: number;
}

export interface ConnectionRow {
  id: number;
  side: CallSide | "SIDE_UNSPECIFIED";
  peer: string;
  openedAtMs: number;
  liveCalls?: number;
  bytesSent?: number;
  bytesReceived?: number;
  lastReceivedAtMs?: number;
  lastSentAtMs?: number;
  sendWindow?: number;
  unsentBytes?: number;
  unansweredPings?: number;
  firstUnansweredPingAtMs?: number;
  roundTripMs?: number;
  lastPingAnsweredAtMs?: number;
  goingAway: boolean;
}

export interface ClosedConnectionRow {
  id: number;
  closedAtMs: number;
  reason: string;
  liveCalls: number;
}

export const streamHealthServiceName = "streamside.health.v1.StreamHealth";

/** Written `type`, not `interface`, so that it is assignable to grpc-js's own `ServiceDefinition`. */
export type StreamHealthDefinition = { readonly Watch: MethodDefinition<WatchRequest, WatchResponse> };

/** How messages become objects: 64-bit integers as numbers, enums by name, absent optional fields left out. */
export const messageOptions = { longs: Number, enums: String, defaults: true } as const;

/** Definition of the service for `server.addService` and `makeClientConstructor`. Reads no file, so it bundles. */
export const streamHealthDefinition = fromJSON(
  // The JSON form of a .proto has no comments, which the type asks for.
  descriptor as unknown as Parameters<typeof fromJSON>[0],
  messageOptions,
)[streamHealthServiceName] as unknown as StreamHealthDefinition;
