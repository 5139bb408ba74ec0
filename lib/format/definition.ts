import type { SeriesMeasure } from "../model/live.ts";
import { isSystem, type System } from "../model/system.ts";

/** What a number can measure: those with a time series, and the few shown as figures only. */
export type Measure = SeriesMeasure | "drain" | "inFlight" | "retained" | "retention";

const DRAIN =
  "Backlog divided by how fast it shrinks now: when it is gone if the pace holds. Never: it is not shrinking.";

const DEFINITIONS: Readonly<Record<System, Readonly<Record<Measure, string>>>> = {
  kafka: {
    in: "Growth of the end offsets, a second.",
    due: "Growth of the end offsets, counted once for every group that reads the topic: what out has to keep up with.",
    out: "Growth of the committed offsets, a second.",
    backlog:
      "End offset − committed offset over all partitions; starts at the log start where older records are gone.",
    latency: "Age of the first record the group has not committed, in its worst partition.",
    drain: DRAIN,
    inFlight: "Records handed to a member and not yet acknowledged (share groups).",
    retained:
      "End offset − log start over all partitions: the records the topic holds; of a compacted topic at most, as what was compacted keeps its offset.",
    retention:
      "When the first unread record is lost at the present pace of the group: by the topic's retention.ms or retention.bytes, whichever is sooner, in the worst partition. Kafka removes whole segments, so a record may live longer.",
  },
  nats: {
    in: "JetStream: growth of the last sequence, by filter subject where the consumer has one. Core: messages that clients publish.",
    due: "Messages that became due to the consumers, by their filters, counted once for each of them: what out has to keep up with.",
    out: "JetStream: messages delivered for the first time and no longer out: acknowledged, terminated or given up. Core: messages sent to clients.",
    backlog: "JetStream: pending + ack-pending messages. Core: bytes queued for the connection.",
    latency:
      "JetStream: age of the message after the ack floor. Core: round trip of the connection, as its server measured it when it last sent a ping.",
    drain: DRAIN,
    inFlight: "Messages delivered and not yet acknowledged (ack pending).",
    retained:
      "Messages the stream holds, as its leader counts them: without those deleted between first and last.",
    retention:
      "When the message after the ack floor is lost at the present pace of the consumer: by max_age, max_bytes or max_msgs of the stream, whichever is sooner.",
  },
  grpc: {
    in: "Server and bidirectional streams: messages written by the server, a second. Client streams: messages received. Unary: requests received.",
    due: "Messages written, counted once for every peer they are meant for: what out has to keep up with.",
    out: "Server and bidirectional streams: messages flushed to the peer, a second. Client streams: messages the handler read. Unary: requests answered.",
    backlog:
      "Over all live calls. Server and bidirectional streams: written, not yet flushed. Client streams: received, not yet read. Unary: answers not yet flushed.",
    latency: "Age of the oldest message of the backlog, in its worst call.",
    drain: DRAIN,
    inFlight: "Writes handed to the transport and not yet flushed.",
    retained: "gRPC keeps no messages.",
    retention: "gRPC keeps no messages.",
  },
};

/** As far as it can be said of any kind of source. */
const ELSEWHERE: Readonly<Record<Measure, string>> = {
  in: "Messages that arrive, a second.",
  due: "Messages that arrive, counted once for every consumer that reads their stream: what out has to keep up with.",
  out: "Messages that consumers finish, a second.",
  backlog: "Messages that arrived and are not finished.",
  latency: "Age of the oldest message that is not finished, in the worst lane.",
  drain: DRAIN,
  inFlight: "Messages handed to a consumer and not yet finished.",
  retained: "Messages that the stream holds.",
  retention: "When the oldest message that is not finished is removed at the present pace of the consumer.",
};

/** What this number is in that kind of source, for hover: the three systems do not count the same thing. */
export function definitionOf(kind: string, measure: Measure): string {
  return (isSystem(kind) ? DEFINITIONS[kind] : ELSEWHERE)[measure];
}
