import type { CallSide, CallView, LatencyMeasure } from "@/lib/model/call";

/** `Market/WatchQuotes` of `/demo.market.v1.Market/WatchQuotes`. */
export function shortMethod(path: string): string {
  const [service, method] = path.replace(/^\//, "").split("/");
  return method === undefined ? path : `${service!.slice(service!.lastIndexOf(".") + 1)}/${method}`;
}

/** Which end of the calls is watched. */
export const SIDE_WORDS: Readonly<Record<CallSide, string>> = {
  server: "served by the target",
  client: "called by the target",
};

/**
 * Whom the target has the call with: by the name it gives itself, else by address. A client that is named by its user agent
 * alone has the library's name behind its own.
 */
export function otherEnd({ clientName, peer }: Pick<CallView, "clientName" | "peer">): string {
  return clientName?.replace(/(\S)\s+grpc-[\w-]+\/\S.*$/, "$1") ?? peer;
}

interface MeasureWords {
  readonly name: string;
  readonly about: string;
  /** What a cell of the heat map counts. */
  readonly unit: string;
}

export const LATENCY_WORDS: Readonly<Record<LatencyMeasure, MeasureWords>> = {
  callDuration: { name: "Call duration", about: "from the start of a call to its end", unit: "calls" },
  firstMessage: {
    name: "Time to first message",
    about: "from the start of a call to its first response",
    unit: "calls",
  },
  messageGap: {
    name: "Gap between messages",
    about: "between two responses of one call",
    unit: "messages",
  },
  roundTrip: {
    name: "Round trip",
    about: "from a request to its reply, where the application marks them",
    unit: "round trips",
  },
};

/** What the figures of calls count; the direction is always the target's. */
export const CALL_DEFINITIONS = {
  live: "Calls that have started and not ended.",
  started: "Calls that started, a second.",
  ended: "Calls that ended, with whatever status, a second.",
  sent: "Messages that the target sent in its calls: a server its responses, a client its requests.",
  received: "Messages that the target received in its calls: a server requests, a client responses.",
  bytesSent: "Size of the messages that the target sent, without the framing around them.",
  bytesReceived: "Size of the messages that the target received, without the framing around them.",
  retries: "Attempts after the first, of calls that gRPC tried again.",
  waiting: "How long the oldest message has waited: written and not flushed, or received and not read.",
  queued: "Messages that the target has written and the transport has not taken yet.",
  unread: "Messages that have arrived and the target's application has not read yet.",
  age: "How long ago the call started.",
  deadline: "How long the call may still take before its deadline ends it.",
} as const;
