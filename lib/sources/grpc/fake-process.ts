import type {
  CallKind,
  CallRow,
  CallSide,
  ClosedConnectionRow,
  ConnectionRow,
  EndedCallRow,
  MethodRow,
  WatchResponse,
} from "@streamside/grpc-health";
import type { BackendFindings } from "./ways/findings.ts";

/** Findings of one address, of which nothing else is known. */
export function backendOf(findings: Partial<BackendFindings>): BackendFindings {
  return {
    address: "10.1.0.1:50051",
    book: null,
    confirmed: true,
    channelz: null,
    catalogue: null,
    metrics: null,
    ...findings,
  };
}

interface FakeCall {
  readonly row: CallRow;
  readonly kind: CallKind;
}

/** An instrumented process for tests of what its Watch adds up to. Follows the conventions of stream_health.proto. */
export class FakeProcess {
  timeMs = 1_000;
  readonly methods = new Map<number, MethodRow>();
  readonly calls = new Map<number, FakeCall>();
  readonly connections = new Map<number, ConnectionRow>();
  #closed: ClosedConnectionRow[] = [];
  #ended: EndedCallRow[] = [];
  #reported = new Set<number>();
  #lastCall = 0;
  #first = true;

  constructor(
    readonly instanceId: string,
    readonly maxCalls = Number.POSITIVE_INFINITY,
  ) {}

  begin(kind: CallKind, host = "10.0.0.1", side: CallSide = "SERVER"): CallRow {
    const id =
      ["UNARY", "CLIENT_STREAM", "SERVER_STREAM", "BIDI"].indexOf(kind) + (side === "CLIENT" ? 5 : 1);
    const method: MethodRow = this.methods.get(id) ?? {
      id,
      path: `/test.Quotes/${kind}`,
      kind,
      side,
      started: 0,
      completed: 0,
      statuses: [],
      messagesWritten: 0,
      messagesFlushed: 0,
      messagesReceived: 0,
      queuedWrites: 0,
      latencies: [],
    };
    this.methods.set(id, method);
    method.started++;
    this.#lastCall++;
    const row: CallRow = {
      id: this.#lastCall,
      methodId: id,
      peer: `${host}:${40_000 + this.#lastCall}`,
      startedAtMs: this.timeMs,
      messagesWritten: 0,
      messagesFlushed: 0,
      messagesReceived: 0,
      queuedWrites: 0,
      unreadMessages: 0,
      clientName: "",
      heldBy: "HELD_BY_UNSPECIFIED",
    };
    this.calls.set(row.id, { row, kind });
    return row;
  }

  write(row: CallRow, count: number): void {
    const method = this.methods.get(row.methodId)!;
    row.messagesWritten! += count;
    row.lastWrittenAtMs = this.timeMs;
    method.messagesWritten! += count;
    row.queuedWrites! += count;
    method.queuedWrites! += count;
    if (count > 0) row.oldestUnflushedAtMs ??= this.timeMs;
  }

  flush(row: CallRow, count: number): void {
    const method = this.methods.get(row.methodId)!;
    const flushed = Math.min(count, row.queuedWrites!);
    row.messagesFlushed! += flushed;
    if (flushed > 0) row.lastFlushedAtMs = this.timeMs;
    method.messagesFlushed! += flushed;
    row.queuedWrites! -= flushed;
    method.queuedWrites! -= flushed;
    if (row.queuedWrites === 0) delete row.oldestUnflushedAtMs;
  }

  receive(row: CallRow, count: number, unread = 0): void {
    row.messagesReceived! += count;
    this.methods.get(row.methodId)!.messagesReceived! += count;
    if (count > 0) row.lastReceivedAtMs = this.timeMs;
    // What was read stays read.
    row.unreadMessages = Math.min(unread, row.unreadMessages! + count);
    if (row.unreadMessages > 0) row.unreadSinceMs ??= this.timeMs;
    else delete row.unreadSinceMs;
  }

  /** @param code null: of how it ended nothing is told, as by an implementation that cannot see it */
  end(row: CallRow, code: number | null = null): void {
    const method = this.methods.get(row.methodId)!;
    method.completed++;
    if (code !== null) {
      this.#ended.push({ call: structuredClone(row), code, endedAtMs: this.timeMs });
      const held = method.statuses.find((status) => status.code === code);
      if (held) held.count++;
      else method.statuses.push({ code, count: 1 });
    }
    method.queuedWrites! -= row.queuedWrites!;
    this.calls.delete(row.id);
  }

  /** A connection that the call is on. */
  connect(row: CallRow, changes: Partial<ConnectionRow> = {}): ConnectionRow {
    row.connectionId ??= this.connections.size + 1;
    const id = row.connectionId;
    const { peer, startedAtMs } = row;
    const connection: ConnectionRow = this.connections.get(id) ?? {
      id,
      side: "SERVER",
      peer,
      openedAtMs: startedAtMs,
      goingAway: false,
    };
    this.connections.set(id, Object.assign(connection, changes));
    return connection;
  }

  disconnect(id: number, reason: string, liveCalls = 0): void {
    this.connections.delete(id);
    this.#closed.push({ id, closedAtMs: this.timeMs, reason, liveCalls });
  }

  /** A Watch that is opened anew begins with everything. */
  reopen(): void {
    this.#first = true;
    this.#reported = new Set();
  }

  /** The next response; every row is sent every time, which the protocol allows. */
  next(): WatchResponse {
    this.timeMs += 250;
    const rows = [...this.calls.values()].map(({ row }) => row);
    rows.sort((a, b) => Number(b.queuedWrites! > 0) - Number(a.queuedWrites! > 0) || a.id - b.id);
    const selected = rows.slice(0, this.maxCalls);
    const listed = new Set(selected.map(({ id }) => id));
    const gone = [...this.#reported].filter((id) => !listed.has(id));
    const [closedConnections, endedCalls] = [this.#closed, this.#first ? [] : this.#ended];
    this.#closed = [];
    this.#ended = [];
    const response: WatchResponse = {
      snapshot: this.#first,
      process: this.#first ? { instanceId: this.instanceId, startedAtMs: 0, implementation: "fake" } : null,
      serverTimeMs: this.timeMs,
      intervalMs: 250,
      methods: structuredClone([...this.methods.values()]),
      calls: structuredClone(selected),
      endedCallIds: gone.filter((id) => !this.calls.has(id)),
      hiddenCallIds: gone.filter((id) => this.calls.has(id)),
      liveCalls: rows.length,
      skippedResponses: 0,
      faults: 0,
      connections: structuredClone([...this.connections.values()]),
      closedConnections,
      endedCalls,
    };
    this.#first = false;
    this.#reported = listed;
    return response;
  }
}
