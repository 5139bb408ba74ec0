import { status as Status } from "@grpc/grpc-js";
import type { EpochMs } from "../../../model/reading.ts";
import { addEnded, type Ended, withoutCode } from "../book/status-window.ts";
import type { BackendFindings } from "../ways/findings.ts";
import type { MethodPart } from "./shown.ts";

const DRAINING_MS = 60_000;

/**
 * How the calls of a method ended lately. Metrics do not tell which connection a call was on: at an address that ends
 * connections at an age, streams that end with UNAVAILABLE are those; where it goes down in order, all calls are.
 */
export function endedOf(
  parts: readonly MethodPart[],
  backends: readonly BackendFindings[],
  now: EpochMs,
): Ended {
  return addEnded(
    parts.map(({ address, process, method }) => {
      const ended = method.ended.ended();
      const { stops } = backends.find((backend) => backend.address === address) ?? {};
      if (stops === undefined || process.connections.size > 0) return ended;
      const isPlanned = (stops.recycles && method.flow !== "calls") || now - stops.drainedAt < DRAINING_MS;
      return isPlanned ? withoutCode(ended, Status.UNAVAILABLE) : ended;
    }),
  );
}
