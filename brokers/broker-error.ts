export type BrokerSystem = "kafka" | "nats";

export type BrokerErrorCode =
  | "aborted" // the caller's signal
  | "bad-address" // an address that cannot be read
  | "not-answering" // nothing, or something else, at an address
  | "tool-missing" // java, mvn or go absent or too old
  | "install-failed" // a download or build that did not work
  | "port-taken" // the broker could not bind
  | "start-failed" // the broker ended, or never answered
  | "not-stopped" // a process that a signal did not stop, continue or end
  | "stopped"; // used after stop()

/** Everything this folder throws. `message` is for people, `code` for programs. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  /** What a person can install or do about it, where that is known. */
  readonly install: string | undefined;

  constructor(
    readonly code: BrokerErrorCode,
    message: string,
    options: { cause?: unknown; install?: string } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.install = options.install;
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BrokerError("aborted", "Stopped on request", { cause: signal.reason });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
