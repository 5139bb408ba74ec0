import { exactCount, formatBytes, formatDuration } from "../../../../format/index.ts";
import type { Status } from "../../../../model/status.ts";
import type { ConsumerEntry, StreamConfigEntry, StreamEntry } from "../entries.ts";
import { heldText } from "../state/held.ts";
import { longestWaitMs } from "../state/readers.ts";
import type { Found } from "./consumer-facts.ts";
import { timeLimitText, wholeDuration } from "./fact-text.ts";

/** What is known of a consumer besides what the server says of it now. */
export interface Besides {
  /** What was heard of single messages of it, as a sentence; null: nothing. */
  readonly evidenceOf: () => string | null;
  /** When the server removes it; NaN: it stays. */
  readonly leavesAt: number;
}

const NOTHING: Besides = { evidenceOf: () => null, leavesAt: Number.NaN };

/**
 * What only the server knows of why a consumer has this status, as a sentence that follows the general one; null:
 * nothing to add.
 */
export function explainConsumer(
  { stream, consumer }: Found,
  status: Status,
  { evidenceOf, leavesAt }: Besides = NOTHING,
): string | null {
  if (Number.isNaN(consumer.asOf)) return null;
  switch (status) {
    case "blocked":
      return joined(explainBlocked(consumer), evidenceOf());
    case "stopped":
      return explainStopped(consumer);
    case "stalled":
      return joined(explainStalled(consumer), evidenceOf());
    case "paused":
      return explainPaused(consumer);
    case "held":
      return heldText(consumer);
    case "leaving":
      return explainLeaving(consumer, leavesAt);
    case "losing":
      return explainLosing(stream);
    case "redelivering":
      return joined(evidenceOf(), explainRedelivering(consumer));
    case "behind":
      return explainBehind(consumer);
    default:
      return null;
  }
}

function joined(...sentences: readonly (string | null)[]): string | null {
  return sentences.filter((sentence) => sentence !== null).join(" ") || null;
}

function explainBlocked({ numAckPending, maxAckPending, numPending }: ConsumerEntry): string | null {
  if (!(numAckPending >= maxAckPending)) return null;
  const more =
    numPending > 0
      ? `${exactCount(numPending)} more wait behind them`
      : "num_pending reads 0 although messages may wait";
  return `${exactCount(numAckPending)} of ${exactCount(maxAckPending)} max_ack_pending are out: ${more}. Messages put back with a delay count too, until they are delivered again and acknowledged.`;
}

function explainStopped({ push, config }: ConsumerEntry): string {
  if (!push) return NO_PULL;
  const group = config.deliverGroup === "" ? "" : ` in queue group "${config.deliverGroup}"`;
  return `Nobody subscribes to its deliver subject "${config.deliverSubject}"${group}.`;
}

const NO_PULL =
  "No pull request waits at the server: its clients are busy with what they were given, come by later, or are gone.";

function explainStalled(consumer: ConsumerEntry): string | null {
  const { numAckPending, numPending, numWaiting, ackNone, push } = consumer;
  if (numAckPending > 0 && !ackNone) {
    const clients = push
      ? "the client"
      : numWaiting > 0
        ? "clients that ask for more all the same"
        : "clients that ask for no more";
    return `${messages(numAckPending)} ${numAckPending === 1 ? "is" : "are"} out with ${clients}, unacknowledged; one that is not acknowledged within ${wholeDuration(longestWaitMs(consumer))} is delivered again.`;
  }
  if (push || !(numPending > 0)) return null;
  return numWaiting > 0
    ? `A pull request waits, and ${messages(numPending)} ${numPending === 1 ? "waits" : "wait"}: the server delivers nothing to it.`
    : NO_PULL;
}

/** It may be there because its client closed in good order: nothing takes it along then either. */
function explainLeaving({ config, asOf }: ConsumerEntry, leavesAt: number): string | null {
  if (Number.isNaN(leavesAt)) return null;
  const what = config.durable ? "It is durable, but made to go when nobody reads it" : "It is ephemeral";
  const left = leavesAt > asOf ? `in ${formatDuration(leavesAt - asOf)}` : "about now";
  return `${what}: the server removes it ${left} unless its reader comes back (inactive_threshold ${wholeDuration(config.inactiveMs)}).`;
}

function explainPaused({ pauseLeftMs, config }: ConsumerEntry): string | null {
  const until = config.pauseUntil === "" ? "" : `, until ${config.pauseUntil}`;
  return pauseLeftMs > 0 ? `It goes on in ${formatDuration(pauseLeftMs)}${until}.` : null;
}

function explainLosing({ firstSeq, config }: StreamEntry): string {
  const limits = limitsThatRemove(config);
  const by = limits === "" ? "" : `: ${limits}`;
  return `The stream begins at sequence ${exactCount(firstSeq)} now${by}.`;
}

/** The limits by which unread messages go, as in the stream's configuration. */
function limitsThatRemove(config: StreamConfigEntry): string {
  const { maxAgeMs, maxBytes, maxMessages, discard } = config;
  const limits: string[] = [];
  const isLimit = (value: number) => value < Number.POSITIVE_INFINITY;
  if (isLimit(maxAgeMs)) limits.push(`max_age ${timeLimitText(maxAgeMs)}`);
  if (discard !== "new" && isLimit(maxBytes)) limits.push(`max_bytes ${formatBytes(maxBytes)}`);
  if (discard !== "new" && isLimit(maxMessages)) limits.push(`max_msgs ${exactCount(maxMessages)}`);
  if (config.messageTtl) limits.push("messages with a time to live");
  return limits.join(", ");
}

function explainRedelivering({ numRedelivered, config }: ConsumerEntry): string | null {
  if (!(numRedelivered > 0)) return null;
  const end =
    config.maxDeliver === Number.POSITIVE_INFINITY
      ? "and none of them is ever given up (max_deliver is not set)"
      : `and each is given up after ${exactCount(config.maxDeliver)} deliveries; the ack floor stays before the first of those until nothing is out`;
  return `${messages(numRedelivered)} ${numRedelivered === 1 ? "has" : "have"} been delivered before, ${end}.`;
}

function explainBehind({ numAckPending, maxAckPending }: ConsumerEntry): string | null {
  if (!(numAckPending >= maxAckPending)) return null;
  return `${exactCount(numAckPending)} of ${exactCount(maxAckPending)} max_ack_pending are out: it gets more only as fast as it acknowledges.`;
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${exactCount(count)} messages`;
}
