import { status as Status } from "@grpc/grpc-js";
import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type CallFailure, explainCall, isCallFailure } from "../connection/failure.ts";

/** Not asked again for so long: every refusal is a line in the server's log. */
export const REFUSAL_MEMORY_MS = 30_000;

/**
 * What a target answers on one connection. Null, and never asked again: it does not offer this. A refusal is asked for
 * again after 30 seconds, and until then repeated. Rejects with `CollectorError`, or with the signal's reason.
 */
export type Offer = <T>(question: () => Promise<T>) => Promise<T | null>;

/** @param subject what is asked for, for people: a full method name */
export function createOffer(
  target: string,
  subject: string,
  clock: WallClock,
  isRefusal: (error: CollectorError) => boolean = isAnswer,
): Offer {
  let isMissing = false;
  let refusal: { readonly until: number; readonly error: CollectorError } | null = null;
  return async (question) => {
    if (isMissing) return null;
    if (refusal && refusal.until > clock.now()) throw refusal.error;
    try {
      return await question();
    } catch (error) {
      if (isUnimplemented(error)) {
        isMissing = true;
        return null;
      }
      const explained = isCallFailure(error) ? explainCall(target, subject, ended(error)) : error;
      if (explained instanceof CollectorError && isRefusal(explained)) {
        refusal = { until: clock.now() + REFUSAL_MEMORY_MS, error: explained };
      }
      throw explained;
    }
  };
}

export function isUnimplemented(error: unknown): boolean {
  return isCallFailure(error) && error.code === Status.UNIMPLEMENTED;
}

/** Whoever asks may not. */
export function isDenied({ code }: CollectorError): boolean {
  return code === "AUTH" || code === "DENIED";
}

/** Anything the target answered. */
function isAnswer({ code }: CollectorError): boolean {
  return code !== "UNREACHABLE" && code !== "TIMEOUT";
}

/** A connection that goes away ends its calls with CANCELLED. */
function ended(failure: CallFailure): CallFailure {
  return failure.code === Status.CANCELLED ? { ...failure, code: Status.UNAVAILABLE } : failure;
}
