import type { Sample } from "../../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../../sample/words.ts";
import { explainHeard, type Heard, mapHeardFacts } from "./advisories/heard.ts";
import { connectionFacts, coreFacts, explainConnection } from "./core/core-rows.ts";
import type { ConnectionEntry, CoreSnapshot } from "./core/core-snapshot.ts";
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import { explainConsumer } from "./jetstream/words/consumer-explain.ts";
import { mapConsumerFacts } from "./jetstream/words/consumer-facts.ts";
import { mapStreamFacts } from "./jetstream/words/stream-facts.ts";

/** What the words below are made from. Samples share what did not change between them. */
export interface NatsDetails {
  /** Row for row: JetStream's streams and consumers come first. */
  readonly streams: readonly StreamEntry[];
  readonly consumers: readonly ConsumerEntry[];
  /** The stream after those, and its connections; null: not sampled. */
  readonly core: CoreSnapshot | null;
  /** What was heard of single messages, by account. */
  readonly heard: ReadonlyMap<string, Heard>;
}

export const natsWords: SampleWords = {
  ...NO_WORDS,
  streamFacts: (sample, row) => {
    const { streams, core } = detailsOf(sample);
    const entry = streams[row];
    if (!entry) return core ? coreFacts(core) : [];
    const account = sample.layout.streams[row]!.account ?? "";
    return mapStreamFacts({ account, entry }, sample.streams.signals?.get(row));
  },
  consumerFacts: (sample, row) => {
    const found = consumerAt(sample, row);
    if (found === null) return ofConnection(sample, row, connectionFacts) ?? [];
    const { stream, consumer, heard } = found;
    return [...mapConsumerFacts(found), ...(heard ? mapHeardFacts(heard, stream.name, consumer.name) : [])];
  },
  explain: (sample, row, status) => {
    const found = consumerAt(sample, row);
    if (found === null) return ofConnection(sample, row, explainConnection);
    const { stream, consumer, heard } = found;
    return explainConsumer(found, status, {
      evidenceOf: () => (heard ? explainHeard(heard, stream.name, consumer.name) : null),
      leavesAt: sample.consumers.leavesAt?.[row] ?? Number.NaN,
    });
  },
};

export function detailsOf({ details }: Sample): NatsDetails {
  return details as NatsDetails;
}

/** The consumer in a row with its stream; null for rows that are none of JetStream's. */
function consumerAt(sample: Sample, row: number) {
  const { streams, consumers, heard } = detailsOf(sample);
  const consumer = consumers[row];
  if (!consumer) return null;
  const stream = sample.layout.consumers[row]!.streams[0]!;
  const account = sample.layout.streams[stream]!.account ?? "";
  return { stream: streams[stream]!, consumer, heard: heard.get(account) };
}

function ofConnection<T>(sample: Sample, row: number, say: (connection: ConnectionEntry) => T): T | null {
  const { consumers, core } = detailsOf(sample);
  const connection = core?.connections[row - consumers.length];
  return connection ? say(connection) : null;
}
