import type { LiveQuery, View } from "../model/live.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { viewCallPage } from "./calls/call.ts";
import { viewCalls } from "./calls/calls.ts";
import { viewConsumerPage } from "./consumers/consumer.ts";
import { viewConsumers } from "./consumers/consumers.ts";
import { viewEvents } from "./events/events.ts";
import { viewOverview } from "./overview.ts";
import { viewSourcePage } from "./sources/source.ts";
import { viewSources } from "./sources/sources.ts";
import { viewStreamPage } from "./streams/stream.ts";
import { viewStreams } from "./streams/streams.ts";

/** The answer to a query at an instant: what the API serves and what live queries compare and push. */
export function evaluate(snapshot: Snapshot, query: LiveQuery): View {
  switch (query.view) {
    case "overview":
      return viewOverview(snapshot);
    case "sources":
      return viewSources(snapshot);
    case "consumers":
      return viewConsumers(snapshot, query);
    case "streams":
      return viewStreams(snapshot, query);
    case "consumer":
      return viewConsumerPage(snapshot, query);
    case "source":
      return viewSourcePage(snapshot, query);
    case "stream":
      return viewStreamPage(snapshot, query);
    case "calls":
      return viewCalls(snapshot, query);
    case "call":
      return viewCallPage(snapshot, query);
    case "events":
      return viewEvents(snapshot, query);
  }
}
