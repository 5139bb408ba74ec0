import { Connections } from "../connections/connections.ts";
import type { CallDistributions } from "../metrics/call-distributions.ts";
import type { CallKind, CallSide } from "../protocol.ts";
import { WatchedStreams } from "../watched-streams.ts";
import { CallList } from "./call-list.ts";
import { EndedCalls } from "./ended-calls.ts";
import { heldBy } from "./held-by.ts";
import type { LiveCall } from "./live-call.ts";
import { MethodStats } from "./method-stats.ts";

// The same clock as that of `performance`, for a fifth less time.
const { hrtime } = process;
const sinceBoot = (): number => {
  const time = hrtime();
  return time[0] * 1e3 + time[1] / 1e6;
};
const bootedAt = performance.timeOrigin + performance.now() - sinceBoot();

/** A monotonic clock in epoch milliseconds: it never steps back when the wall clock is set. */
export const monotonicNow = (): number => bootedAt + sinceBoot();

export interface CallRegistrySettings {
  now?: () => number;
  onFault?: (error: unknown) => void;
}

/** Older than this, the look before tells nothing of when something happened. */
const lookIsOldMs = 60_000;

/** Everything one process knows about its calls: the live ones, and the totals per method. */
export class CallRegistry {
  readonly live = new CallList();
  readonly methods = new Map<string, MethodStats>();
  readonly connections = new Connections(this);
  readonly streams = new WatchedStreams();
  readonly endedCalls = new EndedCalls();
  /** Kept from when metrics are asked for. */
  distributions: CallDistributions | undefined;
  receivingAt = Number.NaN;
  faults = 0;
  /** Rows note the tick they changed at; a watcher takes those changed since the tick of its last response. */
  tick = 1;
  /** Never throws: a clock that fails costs accuracy and counts as a fault, and no count is lost with it. */
  readonly now: () => number;
  readonly #onFault: ((error: unknown) => void) | undefined;
  #lastCallId = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: CallRegistrySettings = {}) {
    this.#onFault = settings.onFault;
    this.now = settings.now === undefined ? monotonicNow : this.#guarded(settings.now);
  }

  nextCallId(): number {
    this.#lastCallId += 1;
    return this.#lastCallId;
  }

  #guarded(clock: () => number): () => number {
    return () => {
      try {
        const now = clock();
        if (Number.isFinite(now)) return now;
        this.fault(new RangeError(`clock returned ${now}`));
      } catch (error) {
        this.fault(error);
      }
      return monotonicNow();
    };
  }

  method(side: CallSide, path: string, kind: CallKind): MethodStats {
    const key = side + path;
    const known = this.methods.get(key);
    if (known !== undefined) return known;
    const method = new MethodStats(this.methods.size + 1, side, path, kind);
    this.methods.set(key, method);
    return method;
  }

  begun(call: LiveCall): void {
    this.distributions?.begun(call);
  }

  ended(call: LiveCall, code: number, now: number): void {
    this.distributions?.ended(call, code, now - call.startedAt);
    this.endedCalls.record(call, code, now);
  }

  /** Looks up what makes no event, before rows are made of it. `pings`: connections in doubt may be asked. */
  look(pings: boolean): void {
    const now = this.now();
    const lookedAt = now - this.#lookedAt <= lookIsOldMs ? this.#lookedAt : Number.NaN;
    this.#lookedAt = now;
    this.connections.beginLook();
    const held: LiveCall[] = [];
    for (const call of this.live) {
      try {
        if (call.look(now, lookedAt)) held.push(call);
      } catch (error) {
        this.fault(error);
      }
    }
    this.connections.look(now, lookedAt, pings);
    for (const call of held) {
      try {
        call.hold(heldBy(call, now));
      } catch (error) {
        this.fault(error);
      }
    }
  }

  /** An exception inside the instrumentation ends here. */
  fault(error: unknown): void {
    this.faults += 1;
    try {
      this.#onFault?.(error);
    } catch {
      // The fault handler is the user's code; its failure must not reach a call either.
    }
  }
}
