import type { LiveQuery, View } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { Store } from "../store/store.ts";
import { viewCallPage } from "./call.ts";
import { viewCalls } from "./calls.ts";
import { viewConsumerPage } from "./consumer.ts";
import { viewConsumers } from "./consumers.ts";
import { viewEvents } from "./events.ts";
import { viewOverview } from "./overview.ts";
import { viewSourcePage } from "./source.ts";
import { viewSources } from "./sources.ts";
import { viewStreamPage } from "./stream.ts";
import { viewStreams } from "./streams.ts";

/** The answer to a query now: what the API serves and what live queries compare and push. */
export function evaluate(store: Store, query: LiveQuery, now: EpochMs): View {
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
