import { status as Status } from "@grpc/grpc-js";
import { streamHealthDefinition, type WatchResponse } from "@streamside/grpc-health";
import type { Clock } from "../../../async/clock.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { GrpcConnection } from "../connection/client.ts";
import { type CallFailure, explainCall } from "../connection/failure.ts";

const WATCH_INTERVAL_MS = 250;
/** The package's own upper limit. */
const WATCH_MAX_CALLS = 10_000;
/** State older than so many intervals is not served. */
const STALE_INTERVALS = 2;

interface Waiter {
  resolve(): void;
  reject(error: CollectorError): void;
}

/** Keeps one Watch open on one connection: opens it when asked for, and again when it ended or fell silent. */
export class WatchKeeper {
  readonly #connection: GrpcConnection;
  readonly #clock: Clock;
  readonly #target: string;
  readonly #deliver: (response: WatchResponse) => void;
  #cancel: (() => void) | null = null;
  #heardAt = Number.NEGATIVE_INFINITY;
  #intervalMs = WATCH_INTERVAL_MS;
  #waiter: Waiter | null = null;
  #supported = true;

  constructor(
    connection: GrpcConnection,
    target: string,
    clock: Clock,
    deliver: (response: WatchResponse) => void,
  ) {
    this.#clock = clock;
    this.#connection = connection;
    this.#target = target;
    this.#deliver = deliver;
  }

  /**
   * Resolves as soon as what was delivered is fresh; to false when the target has no StreamHealth. Rejects with
   * `CollectorError`, `TIMEOUT` when nothing came in time.
   */
  async fresh(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#supported) return false;
    if (this.#cancel && this.#clock.elapsed() - this.#heardAt <= STALE_INTERVALS * this.#intervalMs)
      return true;
    await this.#next(timeoutMs, signal);
    return this.#supported;
  }

  #next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const settle = () => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        this.#waiter = null;
      };
      const onAbort = () => this.#waiter?.reject(signal.reason);
      const cancel = this.#clock.after(timeoutMs, () =>
        this.#waiter?.reject(
          this.#explain({ code: Status.DEADLINE_EXCEEDED, details: "nothing came from Watch" }),
        ),
      );
      this.#waiter = {
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#reopen();
    });
  }

  #reopen(): void {
    this.close();
    this.#cancel = this.#connection.watch(
      { intervalMs: WATCH_INTERVAL_MS, maxCalls: WATCH_MAX_CALLS },
      (response) => {
        this.#heardAt = this.#clock.elapsed();
        this.#intervalMs = Math.max(WATCH_INTERVAL_MS, response.intervalMs);
        this.#deliver(response);
        this.#waiter?.resolve();
      },
      (failure) => {
        this.#cancel = null;
        if (failure.code === Status.UNIMPLEMENTED) {
          this.#supported = false;
          this.#waiter?.resolve();
        } else this.#waiter?.reject(this.#explain(failure));
      },
    );
  }

  #explain(failure: CallFailure): CollectorError {
    // A server that shuts down gracefully ends its Watches with OK.
    const { code } = failure;
    const gone = code === Status.OK || code === Status.CANCELLED ? Status.UNAVAILABLE : code;
    return explainCall(this.#target, streamHealthDefinition.Watch.path, { ...failure, code: gone });
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
