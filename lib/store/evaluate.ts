import type { Frame, LiveQuery } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { Store } from "./store.ts";
import { viewCallPage } from "./views/call.ts";
import { viewCalls } from "./views/calls.ts";
import { viewConsumerPage } from "./views/consumer.ts";
import { viewConsumers } from "./views/consumers.ts";
import { viewEvents } from "./views/events.ts";
import { viewOverview } from "./views/overview.ts";
import { viewSourcePage } from "./views/source.ts";
import { viewSources } from "./views/sources.ts";
import { viewStreamPage } from "./views/stream.ts";
import { viewStreams } from "./views/streams.ts";

/** The answer to a query now: what the API serves and what live queries compare and push. */
export function evaluate(store: Store, query: LiveQuery, now: EpochMs): Frame {
  switch (query.view) {
    case "overview":
      return viewOverview(store, now);
    case "sources":
      return viewSources(store, now);
    case "consumers":
      return viewConsumers(store, query, now);
    case "streams":
      return viewStreams(store, query, now);
    case "consumer":
      return viewConsumerPage(store, query, now);
    case "source":
      return viewSourcePage(store, query, now);
    case "stream":
      return viewStreamPage(store, query, now);
    case "calls":
      return viewCalls(store, query, now);
    case "call":
      return viewCallPage(store, query, now);
    case "events":
      return viewEvents(store, query, now);
  }
}
