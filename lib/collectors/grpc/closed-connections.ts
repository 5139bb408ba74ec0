import { exactCount } from "../../format/index.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { Tallied } from "./event-tally.ts";

/** A connection that closed with calls alive on it. */
export interface Closing {
  readonly peer: string;
  readonly reason: string;
  readonly consumerKey?: never;
}

export function describeClosings({ first, count, amount }: Tallied<Closing>): Omit<SourceEvent, "at"> {
  const which =
    count === 1
      ? `The connection of ${first.peer || "an unknown peer"} was closed`
      : `${exactCount(count)} connections were closed`;
  const calls = amount === 1 ? "1 call" : `${exactCount(amount)} calls`;
  return {
    kind: "connection closed",
    title: `${which}${first.reason === "" ? "" : ` (${first.reason})`}; ${calls} went with ${count === 1 ? "it" : "them"}`,
  };
}
