import type { EpochMs } from "../../model/reading.ts";
import type { Roll } from "./advisory-belief.ts";
import { type Keys, type Told, tellAdvisory, tellChange } from "./advisory-events.ts";
import { createAdvisorySums, type SummedKind } from "./advisory-sums.ts";
import { type Advisory, readAdvisorySubject } from "./advisory-types.ts";
import { type Change, leaderText } from "./stream-changes.ts";

/**
 * Tells what happened once, from whichever says it: an advisory knows when, the samples know what it was before. What
 * only the samples show (advisories get lost while there is no connection) waits a sample for its advisory.
 */
export interface Teller {
  tell(news: News): Told[];
}

interface News {
  readonly believed: readonly Advisory[];
  /** More messages of a subject than were read. */
  readonly unread: ReadonlyMap<string, number>;
  readonly changes: readonly Change[];
  readonly before: Roll;
  readonly now: Roll;
  readonly at: EpochMs;
}

interface Seen {
  readonly change: Change;
  readonly at: EpochMs;
}

/** How long after it was told of, something that looks the same is the same. */
const SAME_MS = 30_000;
const MOST_REMEMBERED = 5_000;
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
  /** By key, when it was told, and what it became. */
  const remembered = new Map<string, { readonly at: EpochMs; readonly after: string | undefined }>();
  /** A stream is made at the end of its restore, which tells that itself. */
  const restoring = new Set<string>();
  let held = new Map<string, Seen>();

  const remember = (key: string, at: EpochMs, after?: string) => {
    remembered.delete(key);
    if (key.startsWith("created ") || key.startsWith("deleted ")) remembered.delete(oppositeOf(key));
    remembered.set(key, { at, after });
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
  };
  const isTold = (key: string, after?: string) => {
    const told = remembered.get(key);
    return told !== undefined && (after === undefined || told.after === undefined || told.after === after);
  };

  return {
    tell({ believed, unread, changes, before, now, at }) {
      for (const [key, told] of remembered) if (at - told.at > SAME_MS) remembered.delete(key);
      const told: Told[] = [];
      const shown = new Map(held);
      for (const change of changes) {
        const earlier = shown.get(keyOf(change));
        const between = change.kind === "leader" && earlier?.change.after === leaderText("");
        if (earlier && !between) told.push(tellChange(earlier.change, keys, earlier.at));
        // Elections leave a stream without a leader for a moment: what counts is who led before and who does now.
        const before = between ? earlier?.change.before : change.before;
        shown.set(keyOf(change), { change: before === undefined ? change : { ...change, before }, at });
      }

      const isEphemeral = (stream: string, consumer: string, seen: Seen | undefined) => {
        const entry = now.consumer(stream, consumer) ?? before.consumer(stream, consumer);
        return seen?.change.ephemeral ?? (entry === undefined || !entry.config.durable);
      };
      /** A deleted stream takes its consumers along. */
      const isStreamGone = (stream: string) =>
        ["deleted", "recreated"].some((kind) => {
          const key = keyOf({ kind, stream, consumer: "" });
          return shown.has(key) || isTold(key);
        });
      const restored = new Set(restoring);
      for (const { kind, stream } of believed) {
        if (kind === "restore-started" || kind === "restore-finished") restored.add(stream);
        if (kind === "restore-finished") restoring.delete(stream);
        else if (kind === "restore-started" && restoring.size < MOST_RESTORING) restoring.add(stream);
      }
      const leaders = new Map<string, string>();
      /** What the samples show of it: its leader before, where it is about one. */
      const leaderBefore = (stream: string, consumer: string): string | undefined =>
        leaders.get(`${stream} ${consumer}`) ??
        (consumer === ""
          ? before.stream(stream)?.cluster?.leader
          : before.consumer(stream, consumer)?.leader);

      const tellOne = (advisory: Advisory) => {
        const { kind, stream, consumer } = advisory;
        const key = keyOf({ kind: changeKind(advisory), stream, consumer });
        const again = shown.get(keyOf({ kind: "recreated", stream, consumer: "" }));
        let seen = shown.get(key);
        switch (kind) {
          case "put-back":
          case "terminated":
          case "given-up":
          case "acknowledged":
            sums.happened(advisory);
            return;
          case "api-asked": {
            const asked = tellAdvisory(advisory, undefined, keys);
            if (asked) sums.asked(asked);
            return;
          }
          case "created":
          case "deleted":
            if (consumer !== "") {
              shown.delete(key);
              remember(key, at);
              if (kind === "deleted" && isStreamGone(stream)) return;
              if (isEphemeral(stream, consumer, seen)) {
                sums.churned(stream, consumer, kind, advisory.at);
                return;
              }
            } else if (restored.has(stream)) {
              if (kind === "created") return;
            } else if (again) {
              if (kind === "deleted") return; // told with its creation
              seen = again;
            }
            break;
          case "restore-finished":
            if (again) shown.delete(keyOf(again.change));
            shown.delete(keyOf({ kind: "created", stream, consumer }));
            remember(keyOf({ kind: "created", stream, consumer }), at);
            remember(keyOf({ kind: "recreated", stream, consumer }), at);
            break;
          case "leader-elected": {
            const from = seen?.change.before ?? leaderText(leaderBefore(stream, consumer) ?? "");
            leaders.set(`${stream} ${consumer}`, advisory.leader);
            shown.delete(key);
            remember(key, at, leaderText(advisory.leader));
            const isNew = !(consumer === "" ? before.stream(stream) : before.consumer(stream, consumer));
            if (isNew) return; // every new one elects its first leader
            const one = tellAdvisory(
              advisory,
              { ...advisory, kind: "leader", title: "", before: from },
              keys,
            );
            if (one) told.push(one);
            return;
          }
        }
        if (seen) shown.delete(keyOf(seen.change));
        remember(key, at);
        if (seen) remember(keyOf(seen.change), at, seen.change.after);
        const one = tellAdvisory(advisory, seen?.change, keys);
        if (one) told.push(one);
      };

      for (const advisory of believed) tellOne(advisory);
      let churnUnread = false;
      for (const [subject, times] of unread) {
        const place = readAdvisorySubject(subject);
        const kind = place && SUMMED.get(place.form.head);
        if (!place || !kind) continue;
        churnUnread ||= kind === "created" || kind === "deleted";
        sums.more(kind, place.stream, place.consumer, times);
      }

      const heldBefore = held;
      held = new Map();
      for (const [key, seen] of shown) {
        const { change } = seen;
        const churn = change.consumer !== "" && (change.kind === "created" || change.kind === "deleted");
        if (change.kind === "emptied") {
          told.push(tellChange(change, keys, seen.at)); // there is no advisory of it
          continue;
        }
        if (isTold(key, change.after) || (churn && churnUnread)) continue;
        if (change.consumer === "" && /created$/.test(change.kind) && restored.has(change.stream)) continue;
        if (heldBefore.get(key) !== seen) {
          held.set(key, seen);
          continue;
        }
        remember(key, at, change.after);
        if (churn && change.kind === "deleted" && isStreamGone(change.stream)) continue;
        if (churn && change.ephemeral) {
          sums.churned(change.stream, change.consumer, change.kind as "created" | "deleted", seen.at);
        } else told.push(tellChange(change, keys, seen.at));
      }
      return [...told, ...sums.tell(at)];
    },
  };
}

function keyOf({
  kind,
  stream,
  consumer,
}: {
  readonly kind: string;
  readonly stream: string;
  readonly consumer: string;
}): string {
  return `${kind} ${stream} ${consumer}`;
}

/** What the samples call it. */
function changeKind(advisory: Advisory): string {
  switch (advisory.kind) {
    case "leader-elected":
      return "leader";
    case "paused":
      return advisory.leftMs > 0 ? "paused" : "resumed";
    default:
      return advisory.kind;
  }
}

/** The key of what it undoes, which may then happen once more. */
function oppositeOf(key: string): string {
  if (key.startsWith("created ")) return key.replace("created", "deleted");
  return key.replace("deleted", "created");
}
