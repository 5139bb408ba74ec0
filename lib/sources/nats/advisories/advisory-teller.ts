import type { EpochMs } from "../../../model/reading.ts";
import type { Roll } from "./advisory-belief.ts";
import type { Unread } from "./advisory-book.ts";
import { type Keys, type Told, tellAdvisory, tellChange } from "./advisory-events.ts";
import { createAdvisorySums, type SummedKind } from "./advisory-sums.ts";
import type { Advisory } from "./advisory-types.ts";
import { createShownChanges, type Shown } from "./shown-changes.ts";
import { type Change, leaderText } from "./stream-changes.ts";
import { createToldMemory } from "./told-memory.ts";

/**
 * Tells what happened once, from whichever says it: an advisory knows when, the samples know what it was before. What
 * only the samples show (advisories get lost while there is no connection) waits a sample for its advisory.
 */
export interface Teller {
  tell(news: News): Told[];
}

interface News {
  readonly believed: readonly Advisory[];
  readonly unread: readonly Unread[];
  readonly changes: readonly Change[];
  readonly before: Roll;
  readonly now: Roll;
  readonly at: EpochMs;
}

type Of<K extends Advisory["kind"]> = Extract<Advisory, { kind: K }>;

/** A restore that has not ended by then is not waited for. */
const RESTORE_MS = 600_000;
const MOST_RESTORING = 100;
const SUMMED: ReadonlyMap<string, SummedKind> = new Map([
  ["CONSUMER.CREATED", "created"],
  ["CONSUMER.DELETED", "deleted"],
  ["CONSUMER.MSG_NAKED", "put-back"],
  ["CONSUMER.MSG_TERMINATED", "terminated"],
  ["CONSUMER.MAX_DELIVERIES", "given-up"],
]);

export function createTeller(keys: Keys): Teller {
  const sums = createAdvisorySums(keys);
  const memory = createToldMemory();
  const shown = createShownChanges();
  /** Streams whose restore has begun, and when: one is made at the end of its restore, which tells that itself. */
  const restoring = new Map<string, EpochMs>();

  const ofStream = (kind: Change["kind"], stream: string) => ({ kind, stream, consumer: "" });
  /** A deleted stream takes its consumers along. */
  const isStreamGone = (stream: string) =>
    (["deleted", "recreated"] as const).some((kind) => {
      const gone = ofStream(kind, stream);
      return shown.find(gone) !== undefined || memory.has(gone);
    });

  const tellCreation = (advisory: Of<"created" | "deleted">, { at }: News): Told | null => {
    const { kind, stream } = advisory;
    if (kind === "created" && restoring.has(stream)) return null;
    const again = restoring.has(stream) ? undefined : shown.find(ofStream("recreated", stream));
    if (again && kind === "deleted") return null; // told with its creation
    const change = shown.take(again?.change ?? advisory)?.change;
    memory.note(again?.change ?? advisory, at);
    return tellAdvisory(advisory, change, keys);
  };

  const tellConsumer = (advisory: Of<"created" | "deleted">, { before, now, at }: News): Told | null => {
    const { kind, stream, consumer } = advisory;
    const seen = shown.take(advisory);
    memory.note(advisory, at);
    if (kind === "deleted" && isStreamGone(stream)) return null;
    const entry = now.consumer(stream, consumer) ?? before.consumer(stream, consumer);
    if (!(seen?.change.ephemeral ?? !entry?.config.durable))
      return tellAdvisory(advisory, seen?.change, keys);
    sums.churned(stream, consumer, kind, advisory.at);
    return null;
  };

  /** @param leaders who was elected since the sample before, by stream and consumer */
  const tellElection = (
    advisory: Of<"leader-elected">,
    leaders: Map<string, string>,
    { before, at }: News,
  ): Told | null => {
    const { stream, consumer } = advisory;
    const election: Change = { kind: "leader", stream, consumer, title: "" };
    const place = `${stream} ${consumer}`;
    const led =
      consumer === "" ? before.stream(stream)?.cluster?.leader : before.consumer(stream, consumer)?.leader;
    const from = shown.take(election)?.change.before ?? leaderText(leaders.get(place) ?? led ?? "");
    const isNew = !(consumer === "" ? before.stream(stream) : before.consumer(stream, consumer));
    leaders.set(place, advisory.leader);
    memory.note(election, at, leaderText(advisory.leader));
    return isNew ? null : tellAdvisory(advisory, { ...election, before: from }, keys); // a new one elects its first
  };

  const tellRestored = (advisory: Of<"restore-finished">, at: EpochMs): Told | null => {
    const { stream } = advisory;
    for (const made of ["created", "recreated"] as const) {
      shown.take(ofStream(made, stream));
      memory.note(ofStream(made, stream), at);
    }
    return tellAdvisory(advisory, undefined, keys);
  };

  const tellOne = (advisory: Advisory, leaders: Map<string, string>, news: News): Told | null => {
    switch (advisory.kind) {
      case "put-back":
      case "terminated":
      case "given-up":
      case "acknowledged":
        sums.happened(advisory);
        return null;
      case "api-asked": {
        const asked = tellAdvisory(advisory, undefined, keys);
        if (asked) sums.asked(asked);
        return null;
      }
      case "created":
      case "deleted":
        return advisory.consumer === "" ? tellCreation(advisory, news) : tellConsumer(advisory, news);
      case "leader-elected":
        return tellElection(advisory, leaders, news);
      case "paused":
      case "edited": {
        const kind = advisory.kind === "edited" ? "edited" : advisory.leftMs > 0 ? "paused" : "resumed";
        const happening = { ...advisory, kind };
        memory.note(happening, news.at);
        return tellAdvisory(advisory, shown.take(happening)?.change, keys);
      }
      case "restore-finished":
        return tellRestored(advisory, news.at);
      default:
        return tellAdvisory(advisory, undefined, keys);
    }
  };

  /** Adds what was only counted to the sums. True where consumers that came or went are among it. */
  const addUnread = ({ unread, before, now, at }: News): boolean => {
    let churned = false;
    for (const { head, stream, consumer, times } of unread) {
      const kind = SUMMED.get(head);
      if (!kind) continue;
      if (kind === "created" || kind === "deleted") {
        churned = true;
        if (now.stream(stream) ?? before.stream(stream)) sums.churnedMore(stream, kind, times, at);
      } else sums.more(kind, stream, consumer, times);
    }
    return churned;
  };

  const tellShown = ({ change, at: shownAt }: Shown, at: EpochMs): Told | null => {
    const { kind, stream, consumer } = change;
    const made = kind === "created" || kind === "recreated";
    if (memory.has(change, change.after) || (made && consumer === "" && restoring.has(stream))) return null;
    memory.note(change, at, change.after);
    if (kind === "deleted" && consumer !== "" && isStreamGone(stream)) return null;
    if (!change.ephemeral || (kind !== "created" && kind !== "deleted"))
      return tellChange(change, keys, shownAt);
    sums.churned(stream, consumer, kind, shownAt);
    return null;
  };

  return {
    tell(news) {
      const { believed, changes, at } = news;
      memory.sweep(at);
      for (const [stream, since] of restoring) if (at - since > RESTORE_MS) restoring.delete(stream);
      // There is no advisory of these.
      const emptied = changes.filter(({ kind }) => kind === "emptied");
      const over = shown.add(
        changes.filter(({ kind }) => kind !== "emptied"),
        at,
      );
      for (const { kind, stream } of believed) {
        const restore = kind === "restore-started" || kind === "restore-finished";
        if (restore && restoring.size < MOST_RESTORING) restoring.set(stream, at);
      }
      const leaders = new Map<string, string>();
      const told = [
        ...emptied.map((change) => tellChange(change, keys, at)),
        ...over.map((one) => tellShown(one, at)),
        ...believed.map((advisory) => tellOne(advisory, leaders, news)),
      ];
      const isCounted = addUnread(news);
      for (const one of shown.takeOld()) {
        const churn = one.change.consumer !== "" && /ted$/.test(one.change.kind);
        if (!(churn && isCounted)) told.push(tellShown(one, at));
      }
      for (const { kind, stream } of believed) if (kind === "restore-finished") restoring.delete(stream);
      return [...told.filter((one) => one !== null), ...sums.tell(at)];
    },
  };
}
