import type { Clock } from "../async/clock.ts";

/** An orderly stop that takes longer than this is not coming. */
const STOP_WITHIN_MS = 15_000;

/**
 * Runs `stop` once at the first SIGINT, SIGTERM or SIGHUP, then leaves the process with exit code 0. A second signal,
 * or a stop that hangs, leaves at once.
 */
export function onStopSignal(clock: Clock, stop: () => Promise<void>): void {
  let stopping = false;
  const leave = (code: number) => process.exit(code);
  const handle = () => {
    if (stopping) return leave(1);
    stopping = true;
    clock.after(STOP_WITHIN_MS, () => leave(1));
    stop().then(
      () => leave(0),
      (error: unknown) => {
        process.stderr.write(
          `Could not stop in order: ${error instanceof Error ? error.message : String(error)}\n`,
        );
        leave(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, handle);
}
