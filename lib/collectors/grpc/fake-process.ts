import type { CallKind, CallRow, MethodRow, WatchResponse } from "@streamside/grpc-health";

interface FakeCall {
  readonly row: CallRow;
  readonly kind: CallKind;
}

/** An instrumented process for tests of what its Watch adds up to. Follows the conventions of stream_health.proto. */
export class FakeProcess {
  timeMs = 1_000;
  readonly methods = new Map<number, MethodRow>();
  readonly calls = new Map<number, FakeCall>();
  #reported = new Set<number>();
  #lastCall = 0;
  #first = true;

  constructor(
    readonly instanceId: string,
    readonly maxCalls = Number.POSITIVE_INFINITY,
  ) {}

  begin(kind: CallKind, host = "10.0.0.1"): CallRow {
    const id = ["UNARY", "CLIENT_STREAM", "SERVER_STREAM", "BIDI"].indexOf(kind) + 1;
    const method: MethodRow = this.methods.get(id) ?? {
      id,
      path: `/test.Quotes/${kind}`,
      kind,
      side: "SERVER",
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
    method.messagesWritten! += count;
    row.queuedWrites! += count;
    method.queuedWrites! += count;
    if (count > 0) row.oldestUnflushedAtMs ??= this.timeMs;
  }

  flush(row: CallRow, count: number): void {
    const method = this.methods.get(row.methodId)!;
    const flushed = Math.min(count, row.queuedWrites!);
    row.messagesFlushed! += flushed;
    method.messagesFlushed! += flushed;
    row.queuedWrites! -= flushed;
    method.queuedWrites! -= flushed;
    if (row.queuedWrites === 0) delete row.oldestUnflushedAtMs;
  }

  receive(row: CallRow, count: number, unread = 0): void {
    row.messagesReceived! += count;
    this.methods.get(row.methodId)!.messagesReceived! += count;
    // What was read stays read.
    row.unreadMessages = Math.min(unread, row.unreadMessages! + count);
  }

  end(row: CallRow): void {
    const method = this.methods.get(row.methodId)!;
    method.completed++;
    method.queuedWrites! -= row.queuedWrites!;
    this.calls.delete(row.id);
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
      connections: [],
      closedConnections: [],
      endedCalls: [],
    };
    this.#first = false;
    this.#reported = listed;
    return response;
  }
}
