import type { GrpcSourceUse } from "../config.ts";
import type { BackendWays } from "./backend-ways.ts";

export const WAY_NAMES: Readonly<Record<GrpcSourceUse, string>> = {
  health: "Health",
  instrumented: "StreamHealth",
  reflection: "Reflection",
  channelz: "Channelz",
  metrics: "Metrics",
};

export const WAY_GIFTS: Readonly<Record<GrpcSourceUse, string>> = {
  health: "state of each service, round trip",
  instrumented: "methods, live calls and what waits in them, connections, latency",
  reflection: "methods and their kinds, those never called as well",
  channelz: "connections: messages, keepalives, windows",
  metrics: "calls, status codes and latency of each method",
};

/** What the other ways of an address still tell while one of them does not. */
export function standInFor(use: GrpcSourceUse, ways: Partial<BackendWays>): string {
  const isUsed = (other: GrpcSourceUse) => ways[other]?.state.kind === "used";
  switch (use) {
    case "instrumented": {
      const methods = isUsed("metrics")
        ? "methods from metrics"
        : isUsed("reflection")
          ? "methods from reflection"
          : "";
      const connections = isUsed("channelz") ? "connections from channelz" : "";
      return [methods, connections, "no live calls"].filter((part) => part !== "").join(", ");
    }
    case "metrics":
      return isUsed("instrumented") ? "methods from StreamHealth" : "no calls, status codes or latency";
    case "channelz":
      return isUsed("instrumented") ? "connections from StreamHealth" : "no connections";
    case "reflection":
      return isUsed("instrumented") || isUsed("metrics") ? "methods once they are called" : "no methods";
    case "health":
      return "no state of services";
  }
}
