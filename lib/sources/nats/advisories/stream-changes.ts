import { countOf, countText, nameText } from "../../event-text.ts";
import type { ConsumerEntry, StreamConfigEntry, StreamEntry } from "../jetstream/entries.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";

/** What two samples show to have changed, for those changes that an advisory may tell too. */
export interface Change {
  readonly kind: ChangeKind;
  readonly stream: string;
  /** Empty: it is the stream that changed. */
  readonly consumer: string;
  readonly title: string;
  readonly before?: string;
  readonly after?: string;
  /** A consumer that goes by itself. */
  readonly ephemeral?: boolean;
}

export type ChangeKind =
  | "created"
  | "deleted"
  | "recreated"
  | "edited"
  | "emptied"
  | "leader"
  | "paused"
  | "resumed";

/** Both by name. Allocates nothing for what is as it was. */
export function compareStreams(before: readonly StreamSnapshot[], now: readonly StreamSnapshot[]): Change[] {
  const changes: Change[] = [];
  merge(before, now, streamName, (old, new_) => {
    if (!new_) {
      const { name } = old!.entry;
      changes.push(change("deleted", name, "", `Stream ${nameText(name)} was deleted`));
    } else if (!old) {
      const { name } = new_.entry;
      changes.push(change("created", name, "", `Stream ${nameText(name)} was created`));
    } else {
      const same = compareStream(old.entry, new_.entry, changes);
      if (same && old.consumers !== new_.consumers) compareConsumers(old, new_, changes);
    }
  });
  return changes;
}

/** What to call a consumer in a title. */
export function consumerText(stream: string, consumer: string): string {
  return `${nameText(consumer)} of ${nameText(stream)}`;
}

export function leaderText(leader: string): string {
  return leader === "" ? "no leader" : nameText(leader);
}

/** False where it is another stream of the same name. */
function compareStream(old: StreamEntry, now: StreamEntry, changes: Change[]): boolean {
  const { name } = now;
  if (old.createdAt !== now.createdAt) {
    changes.push(change("recreated", name, "", `Stream ${nameText(name)} was deleted and created anew`));
    return false;
  }
  const edits = listEdits(old, now);
  if (edits.length > 0) {
    changes.push({
      ...change("edited", name, "", `Stream ${nameText(name)} was edited`),
      before: edits.map(([what, from]) => `${what}: ${from}`).join(", "),
      after: edits.map(([what, , to]) => `${what}: ${to}`).join(", "),
    });
  }
  if (wasEmptied(old, now)) {
    changes.push({
      ...change("emptied", name, "", `Messages of ${nameText(name)} were purged or deleted`),
      before: countOf(old.messages, "message"),
      after: countOf(now.messages, "message"),
    });
  }
  compareLeaders(old.cluster?.leader ?? "", now.cluster?.leader ?? "", name, "", changes);
  return true;
}

const HALF = 0.5;
/** A few that somebody deletes are everyday in key-value buckets. */
const EMPTIED_MESSAGES = 100;

/** Messages go a little before or after their time. */
const AGE_SLACK_MS = 5_000;

/**
 * Where nothing discards messages but the arrival of others, a stream that holds much less was purged; and so was one
 * whose newest message went before its time.
 */
function wasEmptied(old: StreamEntry, now: StreamEntry): boolean {
  const { retention, maxAgeMs, messageTtl } = now.config;
  if (retention !== "limits" || messageTtl || !(now.messages < old.messages)) return false;
  if (maxAgeMs !== Number.POSITIVE_INFINITY) {
    // By the server's clock, which may be ahead of this one: messages are not younger than they can be.
    const ageMs = Math.max(0, now.asOf - Date.parse(old.lastAt));
    return now.messages === 0 && ageMs + AGE_SLACK_MS < maxAgeMs;
  }
  return (
    now.messages === 0 ||
    (now.messages <= old.messages * HALF && old.messages - now.messages >= EMPTIED_MESSAGES)
  );
}

function compareConsumers(old: StreamSnapshot, now: StreamSnapshot, changes: Change[]): void {
  if (sameConsumers(old.consumers, now.consumers)) return; // so it is for nearly all of them at nearly all times
  const stream = now.entry.name;
  merge(old.consumers, now.consumers, consumerName, (before, after) => {
    const { name, config } = (after ?? before)!;
    if (!before || !after) {
      const kind = after ? "created" : "deleted";
      changes.push({
        ...change(kind, stream, name, `Consumer ${consumerText(stream, name)} was ${kind}`),
        ephemeral: !config.durable,
      });
      return;
    }
    if (before.paused !== after.paused && !Number.isNaN(before.numPending + after.numPending)) {
      const kind = after.paused ? "paused" : "resumed";
      changes.push(change(kind, stream, name, `Consumer ${consumerText(stream, name)} was ${kind}`));
    }
    compareLeaders(before.leader, after.leader, stream, name, changes);
  });
}

function sameConsumers(old: readonly ConsumerEntry[], now: readonly ConsumerEntry[]): boolean {
  if (old.length !== now.length) return false;
  for (let i = 0; i < old.length; i++) {
    const a = old[i]!;
    const b = now[i]!;
    if (a !== b && (a.name !== b.name || a.paused !== b.paused || a.leader !== b.leader)) return false;
  }
  return true;
}

function compareLeaders(
  before: string,
  after: string,
  stream: string,
  consumer: string,
  changes: Change[],
): void {
  if (before === after) return;
  const what = consumer === "" ? nameText(stream) : consumerText(stream, consumer);
  const title = after === "" ? `${what} has no leader` : `${what} has another leader`;
  changes.push({
    ...change("leader", stream, consumer, title),
    before: leaderText(before),
    after: leaderText(after),
  });
}

function change(kind: ChangeKind, stream: string, consumer: string, title: string): Change {
  return { kind, stream, consumer, title };
}

const durationText = (ms: number) => (ms === Number.POSITIVE_INFINITY ? "none" : `${countText(ms / 1000)} s`);
const limitText = (limit: number) => {
  if (Number.isNaN(limit)) return "unknown";
  return limit === Number.POSITIVE_INFINITY ? "none" : countText(limit);
};
const flagText = (flag: boolean) => (flag ? "on" : "off");

/** What an edit can change, and what it is called. */
const EDITS: readonly (readonly [what: string, read: (config: StreamConfigEntry) => string])[] = [
  ["retention", ({ retention }) => retention],
  ["discard", ({ discard }) => discard],
  ["max age", ({ maxAgeMs }) => durationText(maxAgeMs)],
  ["max bytes", ({ maxBytes }) => limitText(maxBytes)],
  ["max messages", ({ maxMessages }) => limitText(maxMessages)],
  ["max messages per subject", ({ maxPerSubject }) => limitText(maxPerSubject)],
  ["max message size", ({ maxMessageBytes }) => limitText(maxMessageBytes)],
  ["max consumers", ({ maxConsumers }) => limitText(maxConsumers)],
  ["replicas", ({ replicas }) => limitText(replicas)],
  ["sealed", ({ sealed }) => flagText(sealed)],
  ["direct access", ({ allowDirect }) => flagText(allowDirect)],
];

function listEdits(
  old: StreamEntry,
  now: StreamEntry,
): (readonly [what: string, from: string, to: string])[] {
  const edits: (readonly [string, string, string])[] = [];
  if (old.subjects !== now.subjects) {
    edits.push(["subjects", nameText(old.subjects), nameText(now.subjects)]);
  }
  if (sameConfig(old.config, now.config)) return edits;
  for (const [what, read] of EDITS) {
    const [from, to] = [read(old.config), read(now.config)];
    if (from !== to) edits.push([what, from, to]);
  }
  return edits;
}

/** Also where one of them is not known (NaN). Allocates nothing. */
function sameConfig(a: StreamConfigEntry, b: StreamConfigEntry): boolean {
  let key: keyof StreamConfigEntry;
  for (key in a) {
    const x = a[key];
    const y = b[key];
    if (x !== y && !Number.isNaN(x) && !Number.isNaN(y)) return false;
  }
  return true;
}

function streamName({ entry }: StreamSnapshot): string {
  return entry.name;
}

function consumerName({ name }: ConsumerEntry): string {
  return name;
}

/** Pairs by name; both are sorted by it. */
function merge<T>(
  before: readonly T[],
  now: readonly T[],
  nameOf: (item: T) => string,
  visit: (old: T | undefined, now: T | undefined) => void,
): void {
  for (let i = 0, j = 0; i < before.length || j < now.length; ) {
    const a = before[i];
    const b = now[j];
    const left = a && nameOf(a);
    const right = b && nameOf(b);
    if (left === right) {
      visit(a, b);
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && left < right)) {
      visit(a, undefined);
      i++;
    } else {
      visit(undefined, b);
      j++;
    }
  }
}
