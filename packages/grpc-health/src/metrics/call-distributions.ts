import type { LiveCall } from "../calls/live-call.ts";
import type { MethodStats } from "../calls/method-stats.ts";
import { Buckets } from "./buckets.ts";

/** In seconds. gRFC A66 names the first, go-grpc-prometheus has the second. */
const a66LatencyBounds = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01,
  0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65,
  0.8, 1, 2, 5, 10, 20, 50, 100,
];
const handlingBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** In bytes. gRFC A66. */
const a66SizeBounds = [0, ...[10, 11, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32].map((power) => 2 ** power)];

/** A client may have any number of targets; a label may not. */
const mostTargets = 100;

/** Calls of one method to one target (servers: all) that ended with one code. */
export interface Outcome {
  readonly method: MethodStats;
  readonly target: string;
  readonly code: number;
  readonly seconds: Buckets;
  readonly sentBytes: Buckets;
  readonly receivedBytes: Buckets;
}

/** Attempts of one method to one target. */
export interface Attempts {
  readonly method: MethodStats;
  readonly target: string;
  started: number;
}

/** What metrics want to know of each call beyond the totals of its method. Told once when a call begins and ends. */
export class CallDistributions {
  readonly outcomes = new Map<string, Outcome>();
  readonly attempts = new Map<string, Attempts>();
  readonly handling = new Map<MethodStats, Buckets>();
  readonly #targets = new Set<string>();

  begun(call: LiveCall): void {
    if (call.method.side === "CLIENT") this.attemptsOf(call).started += 1;
  }

  ended(call: LiveCall, code: number, durationMs: number): void {
    const seconds = durationMs / 1000;
    const { method } = call;
    if (method.side === "CLIENT") this.attemptsOf(call).started += call.origin.retries() ?? 0;
    const outcome = this.#outcome(call, code);
    outcome.seconds.record(seconds);
    if (call.bytesKnown) {
      outcome.sentBytes.record(call.bytesFlushed);
      outcome.receivedBytes.record(call.bytesReceived);
    }
    let handling = this.handling.get(method);
    if (handling === undefined) {
      handling = new Buckets(handlingBounds);
      this.handling.set(method, handling);
    }
    handling.record(seconds);
  }

  attemptsOf(call: LiveCall): Attempts {
    const target = this.#target(call);
    const key = `${call.method.id} ${target}`;
    let attempts = this.attempts.get(key);
    if (attempts === undefined) {
      attempts = { method: call.method, target, started: 0 };
      this.attempts.set(key, attempts);
    }
    return attempts;
  }

  #outcome(call: LiveCall, code: number): Outcome {
    const { method } = call;
    const target = this.#target(call);
    const key = `${method.id} ${code} ${target}`;
    let outcome = this.outcomes.get(key);
    if (outcome === undefined) {
      outcome = {
        method,
        target,
        code,
        seconds: new Buckets(a66LatencyBounds),
        sentBytes: new Buckets(a66SizeBounds),
        receivedBytes: new Buckets(a66SizeBounds),
      };
      this.outcomes.set(key, outcome);
    }
    return outcome;
  }

  #target(call: LiveCall): string {
    if (call.method.side === "SERVER") return "";
    const target = call.origin.target();
    if (this.#targets.has(target)) return target;
    if (this.#targets.size >= mostTargets) return "other";
    this.#targets.add(target);
    return target;
  }
}
