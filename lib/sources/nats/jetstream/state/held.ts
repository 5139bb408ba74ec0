import type { ConsumerEntry } from "../entries.ts";
import { wholeDuration } from "../words/fact-text.ts";

/**
 * Whether the server keeps back what waits because it is set up so, though somebody asks for it: at the pace at which
 * messages were written, or from clients that asked to be served only above a minimum or after another client. The
 * minimum is in their pulls alone; that a pull and messages wait, and neither a limit nor a pause is in the way, shows it.
 *
 * @param stillMs since when it has been seen to be delivered nothing
 */
export function isHeld(consumer: ConsumerEntry, stillMs: number): boolean {
  const { numPending, numAckPending, maxAckPending, paused, push, pushBound, numWaiting } = consumer;
  const isAsked = push ? pushBound > 0 : numWaiting > 0;
  if (!(isAsked && numPending > 0 && stillMs > 0) || paused || numAckPending >= maxAckPending) return false;
  // What is out with a client is held up by that client.
  return (isReplaying(consumer) && !(numAckPending > 0)) || isGrouped(consumer);
}

/** What keeps it back and what will end that, as a sentence; null: nothing does. */
export function heldText(consumer: ConsumerEntry): string | null {
  const { priorityPolicy, priorityTimeoutMs } = consumer.config;
  if (priorityPolicy === "overflow") {
    return "Its clients ask to be served only from a minimum of waiting or unacknowledged messages on (priority group, policy overflow): they get more once that is reached, or once a client asks without a minimum.";
  }
  if (priorityPolicy === "pinned_client") {
    const pinned = consumer.priorityGroups
      .flatMap(({ pinned }) => (pinned === "" ? [] : [pinned]))
      .join(", ");
    const after = priorityTimeoutMs > 0 ? ` (priority_timeout, ${wholeDuration(priorityTimeoutMs)})` : "";
    return `Only the pinned client${pinned === "" ? "" : ` ${pinned}`} is given messages: it goes on when that one asks again, or when its pin runs out${after} and another client gets it.`;
  }
  return isReplaying(consumer)
    ? "It is replayed at the original pace (replay_policy original): the next message comes when as much time has gone by as lay between it and the one before."
    : null;
}

function isReplaying({ config }: ConsumerEntry): boolean {
  return config.replayPolicy === "original";
}

/** With other policies whoever asks is served. */
function isGrouped({ config }: ConsumerEntry): boolean {
  return config.priorityPolicy === "overflow" || config.priorityPolicy === "pinned_client";
}
