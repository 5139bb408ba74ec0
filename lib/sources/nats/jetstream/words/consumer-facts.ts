import { exactCount } from "../../../../format/index.ts";
import type { EpochMs } from "../../../../model/reading.ts";
import type { FactCell, SourceFact } from "../../../../model/source.ts";
import type { ConsumerEntry, StreamEntry } from "../entries.ts";
import {
  count,
  countText,
  inGroup,
  instantOf,
  leaderFact,
  limitValue,
  replicaFacts,
  timeLimitText,
  wholeDuration,
} from "./fact-text.ts";

/** A consumer as one sample told it, with the stream it reads. */
export interface Found {
  readonly stream: StreamEntry;
  readonly consumer: ConsumerEntry;
}

/** What there is to say of a consumer besides its measures: how it was made, where it stands, who keeps it. */
export function mapConsumerFacts({ consumer, stream }: Found): SourceFact[] {
  return [
    ...inGroup("Sequences", standingFacts(consumer)),
    ...inGroup("Delivery", deliveryFacts(consumer)),
    ...inGroup("Limits", settingFacts(consumer)),
    ...inGroup(
      "Copies",
      stream.cluster === null
        ? []
        : [leaderFact(consumer.leader), ...replicaFacts(consumer.replicas, consumer.asOf)],
    ),
  ];
}

function deliveryFacts(consumer: ConsumerEntry): SourceFact[] {
  return [
    {
      label: "Kind",
      value: `${consumer.config.durable ? "durable" : "ephemeral"}, ${consumer.push ? "push" : "pull"}`,
      title:
        "An ephemeral consumer goes when nobody reads for a while; a push consumer is sent its messages, a pull consumer asks for them",
    },
    ...(consumer.filter === ""
      ? []
      : [
          {
            label: "Filter",
            value: consumer.filter.split(" ").join(", "),
            title: "Subjects it reads of its stream",
          },
        ]),
    ...(consumer.push ? pushFacts(consumer) : pullFacts(consumer)),
  ];
}

function standingFacts(consumer: ConsumerEntry): SourceFact[] {
  const { deliveredAt, ackedAt, ackNone } = consumer;
  return [
    {
      label: "Delivered",
      value: sequences(
        consumer.deliveredStreamSeq,
        consumer.deliveredConsumerSeq,
        hereAt(deliveredAt, consumer),
      ),
      title:
        "The last message it was given by its sequence in the stream, and deliveries so far: again counts again",
    },
    ...(ackNone
      ? []
      : [
          {
            label: "Ack floor",
            value: sequences(
              consumer.ackFloorStreamSeq,
              consumer.ackFloorConsumerSeq,
              hereAt(ackedAt, consumer),
            ),
            title: "Everything up to here is acknowledged: by sequence in the stream, and by deliveries",
          },
        ]),
    {
      label: "Pending",
      value: count(consumer.numPending),
      title: "Messages for it that it has not been given yet (num_pending)",
    },
    ...(ackNone
      ? []
      : [
          {
            label: "Ack pending",
            value: ofMost(consumer.numAckPending, consumer.maxAckPending),
            title:
              "Messages out and not acknowledged, those put back with a delay included, and how many may be (max_ack_pending)",
          },
          {
            label: "Redelivered",
            value: count(consumer.numRedelivered),
            title: "Unacknowledged messages that were delivered more than once",
          },
        ]),
  ];
}

function pullFacts(consumer: ConsumerEntry): SourceFact[] {
  const { config, priorityGroups } = consumer;
  return [
    {
      label: "Waiting pulls",
      value: ofMost(consumer.numWaiting, config.maxWaiting || Number.POSITIVE_INFINITY),
      title:
        "Requests for messages that wait at the server, and how many may. None may also mean that every client is busy",
    },
    ...priorityGroups.map(({ group, pinned }) => ({
      label: group === "" ? "Priority group" : `Priority group ${group}`,
      value: pinned === "" ? config.priorityPolicy || "no policy" : `pinned to ${pinned}`,
      title: "Which of its clients is given messages first; pinned: only this one is",
    })),
  ];
}

function pushFacts({ config, pushBound }: ConsumerEntry): SourceFact[] {
  const bound =
    pushBound === 1 ? "subscribed" : pushBound === 0 ? "nobody subscribes" : "not known who subscribes";
  const group = config.deliverGroup === "" ? "" : `, queue group ${config.deliverGroup}`;
  return [
    {
      label: "Delivers to",
      value: `${config.deliverSubject || "not told"}${group}: ${bound}`,
      title: "The subject its messages are sent to, and whether anybody subscribes to it",
    },
  ];
}

function settingFacts({ ackNone, config, paused, pauseLeftMs, asOf }: ConsumerEntry): SourceFact[] {
  const { maxDeliver, ackWaitMs, longestBackoffMs, inactiveMs } = config;
  return [
    {
      label: "Acknowledges",
      value: ACK_TEXT[config.ackPolicy] ?? (config.ackPolicy || "not told"),
      title: "ack_policy: what counts as finished",
    },
    ...(ackNone
      ? []
      : [
          {
            label: "Ack wait",
            value:
              longestBackoffMs > ackWaitMs
                ? `${timeLimitText(ackWaitMs)}, later up to ${timeLimitText(longestBackoffMs)}`
                : timeLimitText(ackWaitMs),
            title: "A message that is not acknowledged in this time is delivered again",
          },
          {
            label: "Max deliver",
            value: limitValue("count", maxDeliver),
            title: "After so many deliveries of one message it is given up",
          },
        ]),
    ...(paused
      ? [
          {
            label: "Paused",
            value: {
              kind: "time",
              value: instantOf(config.pauseUntil) || asOf + pauseLeftMs,
              of: "until {}",
            } as const,
            title: "Nothing is delivered until then",
          },
        ]
      : []),
    ...(inactiveMs > 0
      ? [
          {
            label: "Goes when idle",
            value: `after ${wholeDuration(inactiveMs)}`,
            title: "inactive_threshold: without a reader for so long it is deleted",
          },
        ]
      : []),
  ];
}

/** Clocks that differ by less agree. */
const AGREE_MS = 1_000;

const ACK_TEXT: Readonly<Record<string, string>> = {
  explicit: "each message",
  all: "a message and all before it",
  none: "nothing: delivered is finished",
};

function sequences(stream: number, consumer: number, at: EpochMs | null): SourceFact["value"] {
  const told = `${countText(stream)} (${countText(consumer)} in all)`;
  return at === null ? told : { kind: "ago", value: at, of: `${told}, {}` };
}

/**
 * A moment of the server's clock by the clock here; null: there was none. Clocks that agree are taken to be one: how long
 * an answer took on its way is not to move the moment at every look.
 */
function hereAt(text: string, { toldAt, asOf }: ConsumerEntry): EpochMs | null {
  const at = instantOf(text);
  const apartMs = asOf - instantOf(toldAt);
  if (Number.isNaN(at)) return null;
  return Math.abs(apartMs) < AGREE_MS || Number.isNaN(apartMs)
    ? at
    : at + Math.round(apartMs / 1_000) * 1_000;
}

function ofMost(value: number, most: number): FactCell {
  return most === Number.POSITIVE_INFINITY || Number.isNaN(most)
    ? count(value)
    : { kind: "count", value, of: `{} of ${exactCount(most)}` };
}
