import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { CallRegistry } from "./calls/call-registry.ts";
import { mapCall } from "./calls/call-row.ts";
import type { EndedCallsSeen } from "./calls/ended-calls.ts";
import type { LiveCall } from "./calls/live-call.ts";
import { ConnectionCursor } from "./connections/connection-cursor.ts";
import type { ProcessRow, WatchRequest, WatchResponse } from "./protocol.ts";
import { mapMethods, selectCalls } from "./rows.ts";

const defaultIntervalMs = 1000;
const intervalRangeMs = { min: 100, max: 60_000 };
const defaultMaxCalls = 1000;
const highestMaxCalls = 10_000;

/** What one reader has been told so far, and so what to tell it next. */
export class ChangeCursor {
  #since = 0;
  #reported = new Set<LiveCall>();
  #first = true;
  #endedSeen: EndedCallsSeen;
  readonly #connections: ConnectionCursor;

  /** `pings`: connections in doubt may be asked whether the peer is there. */
  constructor(
    readonly registry: CallRegistry,
    readonly process: ProcessRow,
    readonly maxCalls: number,
    readonly pings = false,
  ) {
    this.#connections = new ConnectionCursor(registry.connections, maxCalls);
    this.#endedSeen = registry.endedCalls.seen();
  }

  next(intervalMs: number, skippedResponses: number): WatchResponse {
    const { registry } = this;
    registry.look(this.pings);
    const selected = selectCalls(registry, this.maxCalls);
    const calls = selected.filter((call) => call.changedTick > this.#since || !this.#reported.has(call));
    const reported = new Set(selected);
    const gone = [...this.#reported].filter((call) => !reported.has(call));
    const response: WatchResponse = {
      snapshot: this.#first,
      process: this.#first ? this.process : null,
      serverTimeMs: registry.now(),
      intervalMs,
      methods: mapMethods(registry, this.#since),
      calls: calls.map(mapCall),
      endedCallIds: gone.filter(({ isLive }) => !isLive).map(({ id }) => id),
      hiddenCallIds: gone.filter(({ isLive }) => isLive).map(({ id }) => id),
      liveCalls: registry.live.size,
      skippedResponses,
      faults: registry.faults,
      ...this.#connections.next(this.#since, registry.now()),
      endedCalls: this.#first ? [] : registry.endedCalls.after(this.#endedSeen),
    };
    this.#first = false;
    this.#endedSeen = registry.endedCalls.seen();
    this.#reported = reported;
    // What changes from here on carries a higher tick than this response.
    this.#since = registry.tick;
    registry.tick += 1;
    return response;
  }
}

/** One Watch call: a response every interval, and never more than one on its way. */
export class WatchSession {
  readonly #call: ServerWritableStream<WatchRequest, WatchResponse>;
  readonly #cursor: ChangeCursor;
  readonly #intervalMs: number;
  readonly #timer: NodeJS.Timeout;
  #writing = false;
  #skipped = 0;

  constructor(
    call: ServerWritableStream<WatchRequest, WatchResponse>,
    registry: CallRegistry,
    process: ProcessRow,
    pings: boolean,
    onStop: (session: WatchSession) => void,
  ) {
    const { intervalMs = 0, maxCalls = 0 } = call.request;
    this.#call = call;
    this.#cursor = new ChangeCursor(
      registry,
      process,
      Math.min(maxCalls || defaultMaxCalls, highestMaxCalls),
      pings,
    );
    const endCalls = registry.endedCalls.watch();
    this.#intervalMs = Math.min(
      Math.max(intervalMs || defaultIntervalMs, intervalRangeMs.min),
      intervalRangeMs.max,
    );
    this.#timer = setInterval(() => this.#send(), this.#intervalMs).unref();
    call.once("close", () => {
      clearInterval(this.#timer);
      endCalls();
      onStop(this);
    });
    this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#call.end();
  }

  #send(): void {
    if (this.#writing) {
      this.#skipped += 1;
      return;
    }
    try {
      const response = this.#cursor.next(this.#intervalMs, this.#skipped);
      this.#writing = true;
      this.#call.write(response, () => {
        this.#writing = false;
      });
    } catch (error) {
      this.#cursor.registry.fault(error);
      clearInterval(this.#timer);
      this.#call.emit("error", { code: status.INTERNAL, details: "Watch failed; see faults" });
    }
  }
}
