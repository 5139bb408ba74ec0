import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import type { Sample } from "../../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../../sample/words.ts";
import type { BrokerAddress } from "./config.ts";
import { mapGroupFacts } from "./groups/group-facts.ts";
import type { GroupRecord } from "./groups/plan.ts";
import { explainHeld, type HeldPosition, mapHeldFacts } from "./looks/held-up.ts";
import type { OpenTransaction } from "./looks/open-transactions.ts";
import { mapCompactedFacts, mapTopicFacts } from "./topology/topic-facts.ts";

/** What the words below are made from. Samples share what did not change between them. */
export interface KafkaDetails {
  /** Row for row with the consumers. */
  readonly groups: readonly GroupRecord[];
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** Transactions that readers stand before, by lane, as far as they are known. */
  readonly open: ReadonlyMap<number, OpenTransaction>;
}

export const kafkaWords: SampleWords = {
  ...NO_WORDS,
  streamFacts: ({ layout, lanes }, stream) => mapTopicFacts(layout, lanes, stream),
  consumerFacts: (sample, consumer) => {
    const { groups, brokers } = detailsOf(sample);
    return [
      ...mapGroupFacts(groups[consumer]!, brokers),
      ...mapCompactedFacts(sample.layout, consumer),
      ...mapHeldFacts(heldPositions(sample, consumer)),
    ];
  },
  explain: (sample, consumer, status) =>
    status === "blocked" ? explainHeld(heldPositions(sample, consumer), sample.finishedAt) : null,
};

function detailsOf({ details }: Sample): KafkaDetails {
  return details as KafkaDetails;
}

/** Positions of a consumer that an open transaction holds up. */
function heldPositions(sample: Sample, consumer: number): HeldPosition[] {
  const { layout, lanes } = sample;
  const { start, lane: laneOf } = layout.positions;
  const { flags } = sample.positions;
  const held: HeldPosition[] = [];
  for (let row = start[consumer]!; flags && row < start[consumer + 1]!; row++) {
    if ((flags[row]! & ConsumerFlag.inTransaction) === 0) continue;
    const lane = laneOf[row]!;
    const from = lanes.stable![lane]!;
    held.push({
      topic: layout.streams[layout.lanes.stream[lane]!]!.name,
      partition: layout.lanes.number[lane]!,
      from,
      behind: lanes.head[lane]! - from,
      transaction: detailsOf(sample).open.get(lane),
    });
  }
  return held;
}
