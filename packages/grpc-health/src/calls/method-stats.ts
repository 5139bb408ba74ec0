import type { CallKind, CallSide, LatencyMeasure } from "../protocol.ts";
import { LatencyHistogram } from "./latency.ts";

/** What messages did, each way. Of one call, or of all ended calls of a method. */
export interface Traffic {
  messagesWritten: number;
  messagesFlushed: number;
  messagesReceived: number;
  bytesFlushed: number;
  bytesReceived: number;
}

export function addTraffic(sum: Traffic, part: Traffic): void {
  sum.messagesWritten += part.messagesWritten;
  sum.messagesFlushed += part.messagesFlushed;
  sum.messagesReceived += part.messagesReceived;
  sum.bytesFlushed += part.bytesFlushed;
  sum.bytesReceived += part.bytesReceived;
}

export const noTraffic = (): Traffic => ({
  messagesWritten: 0,
  messagesFlushed: 0,
  messagesReceived: 0,
  bytesFlushed: 0,
  bytesReceived: 0,
});

/** Totals of one method on one side. Messages of live calls are in the calls until they end: the hot path counts once. */
export class MethodStats {
  started = 0;
  completed = 0;
  /** Attempts beyond the first, of ended calls on a client and of all calls on a server. NaN: not known. */
  retries = 0;
  changedTick = 0;
  /** False once a call was seen whose message sizes grpc-js did not let us measure: then the sum is not known. */
  bytesKnown = true;
  readonly ended = noTraffic();
  readonly statuses = new Map<number, number>();
  readonly latencies = new Map<LatencyMeasure, LatencyHistogram>();
  /** Whether the times of the messages that come, and of those that go, are of its responses. */
  readonly timesReads: boolean;
  readonly timesWrites: boolean;
  #gaps: LatencyHistogram | undefined;

  constructor(
    readonly id: number,
    readonly side: CallSide,
    readonly path: string,
    readonly kind: CallKind,
  ) {
    const timed = kind === "SERVER_STREAM" || kind === "BIDI";
    this.timesReads = timed && side === "CLIENT";
    this.timesWrites = timed && side === "SERVER";
  }

  /**
   * Time to the first response message (`previousAt` is NaN) and gaps between them. Asked only of a kind of call for which
   * they mean something.
   */
  recordResponse(startedAt: number, previousAt: number, now: number): void {
    if (!Number.isNaN(previousAt)) {
      this.#gaps ??= this.#latency("MESSAGE_GAP");
      this.#gaps.recordMs(now - previousAt);
    } else if (this.kind === "SERVER_STREAM") this.#latency("FIRST_MESSAGE").recordMs(now - startedAt);
  }

  recordRoundTrip(ms: number): void {
    this.#latency("ROUND_TRIP").recordMs(ms);
  }

  recordEnd(traffic: Traffic, code: number, durationMs: number): void {
    this.completed += 1;
    this.statuses.set(code, (this.statuses.get(code) ?? 0) + 1);
    addTraffic(this.ended, traffic);
    if (this.kind === "UNARY" || this.kind === "CLIENT_STREAM") {
      this.#latency("CALL_DURATION").recordMs(durationMs);
    }
  }

  #latency(measure: LatencyMeasure): LatencyHistogram {
    let histogram = this.latencies.get(measure);
    if (histogram === undefined) {
      histogram = new LatencyHistogram();
      this.latencies.set(measure, histogram);
    }
    return histogram;
  }
}
