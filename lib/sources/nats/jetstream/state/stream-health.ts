import type { EpochMs } from "../../../../model/reading.ts";
import type { SourceSignal, StreamSignal } from "../../../../model/signal.ts";
import type { GivenUp } from "../../advisories/given-up.ts";
import { streamKey } from "../../layout.ts";
import type { StreamEntry } from "../entries.ts";
import type { Snapshot, StreamSnapshot } from "../snapshot.ts";
import { isUnheard, originSignals } from "./origins.ts";
import { type Claimed, claimedOf, isEmptied, type Unclaimed, unclaimed } from "./unread.ts";

/** What streams show of their health, and what the next sample needs to know of this one. */
export interface StreamHealth {
  /** By row; streams without a finding have no entry. */
  readonly signals: ReadonlyMap<number, readonly StreamSignal[]>;
  readonly memory: ReadonlyMap<string, Memory>;
}

interface Memory {
  readonly createdAt: string;
  readonly claimed: Claimed | null;
  /** When an origin that was never heard of was first seen so; NaN: there is none. */
  readonly unheardSince: EpochMs;
  /** Copies that were not up to date. */
  readonly lagging: readonly string[];
}

const FRESH: Memory = { createdAt: "", claimed: null, unheardSince: Number.NaN, lagging: [] };

/** @param givenUpOf messages of a stream that consumers gave up, as far as it was heard */
export function lookAtStreams(
  { streams }: Snapshot,
  previous: StreamHealth | null,
  givenUpOf: (account: string, stream: string) => readonly GivenUp[],
): StreamHealth {
  const signals = new Map<number, readonly StreamSignal[]>();
  const memory = new Map<string, Memory>();
  let byKey: Map<string, StreamEntry> | null = null;
  streams.forEach((stream, row) => {
    const { account, entry } = stream;
    const key = streamKey(account, entry.name);
    const known = previous?.memory.get(key);
    const before = known?.createdAt === entry.createdAt ? known : FRESH;
    const find = (name: string) => {
      byKey ??= new Map(streams.map((one) => [streamKey(one.account, one.entry.name), one.entry]));
      return byKey.get(streamKey(account, name));
    };
    const lagging = laggingOf(entry);
    const unheardSince = isUnheard(entry) ? before.unheardSince || entry.asOf : Number.NaN;
    const now = isEmptied(entry) ? claimedOf(entry, stream.consumers) : null;
    const claimed = now ?? before.claimed;
    if (lagging.length > 0 || claimed !== null || !Number.isNaN(unheardSince)) {
      memory.set(key, { createdAt: entry.createdAt, claimed, unheardSince, lagging });
    }
    const found = [
      ...limitSignals(entry),
      ...copySignals(stream, lagging, before.lagging),
      ...originSignals(entry, find, unheardSince),
      ...leftOver(stream, unclaimedOf(entry, before.claimed, now), givenUpOf(account, entry.name)),
    ];
    if (found.length > 0) signals.set(row, found);
  });
  return { signals, memory };
}

function unclaimedOf(entry: StreamEntry, before: Claimed | null, now: Claimed | null): Unclaimed | null {
  return isEmptied(entry) ? unclaimed(entry, before, now) : null;
}

/** From here on a limit that refuses what does not fit is worth a word. */
const NEARLY = 0.9;

/** Limits that refuse what does not fit. A sealed stream takes nothing anyway. */
function limitSignals({ messages, bytes, subjectCount, config }: StreamEntry): StreamSignal[] {
  const { discard, discardPerSubject, sealed, maxMessages, maxBytes, maxPerSubject } = config;
  if (discard !== "new" || sealed) return [];
  const signals: StreamSignal[] = [];
  if (messages >= NEARLY * maxMessages) {
    const refusing = messages >= maxMessages;
    signals.push({ kind: "limit", what: "messages", held: messages, limit: maxMessages, refusing });
  }
  // Another message like those that it holds would not fit.
  const isFull = bytes + bytes / Math.max(1, messages) > maxBytes;
  if (isFull || bytes >= NEARLY * maxBytes) {
    signals.push({ kind: "limit", what: "bytes", held: bytes, limit: maxBytes, refusing: isFull });
  }
  // One message a subject is a way to refuse duplicates. Of more, at least one subject holds as many as the mean.
  if (discardPerSubject && maxPerSubject > 1) {
    const held = Math.ceil(messages / subjectCount);
    if (held >= NEARLY * maxPerSubject) {
      const refusing = held >= maxPerSubject;
      signals.push({ kind: "limit", what: "messages", held, limit: maxPerSubject, refusing });
    }
  }
  return signals;
}

function laggingOf({ cluster, asOf }: StreamEntry): readonly string[] {
  if (cluster === null || Number.isNaN(asOf)) return NONE;
  const lagging = cluster.replicas.filter(({ current, offline }) => !current && !offline);
  return lagging.length === 0 ? NONE : lagging.map(({ name }) => name);
}

const NONE: readonly string[] = [];

/** A copy that trails for a moment is everyday: it counts once it was seen twice. */
function copySignals(
  { entry, leaderless }: StreamSnapshot,
  lagging: readonly string[],
  laggedBefore: readonly string[],
): StreamSignal[] {
  const { cluster, config, asOf } = entry;
  if (leaderless)
    return [{ kind: "copies", lanes: 1, behind: config.replicas > 1 ? 1 : 0, leaderless: 1, missing: [] }];
  if (cluster === null || Number.isNaN(asOf)) return [];
  const missing = cluster.replicas
    .filter(({ name, offline }) => offline || (lagging.includes(name) && laggedBefore.includes(name)))
    .map(({ name }) => name);
  const isLed = cluster.leader !== "";
  const isShort = cluster.replicas.length + 1 < config.replicas;
  if (isLed && missing.length === 0 && !isShort) return [];
  const behind = missing.length > 0 || isShort ? 1 : 0;
  return [{ kind: "copies", lanes: 1, behind, leaderless: isLed ? 0 : 1, missing }];
}

/** What stays in a stream without anybody to take it: given up, or of no consumer at all. */
function leftOver(
  { entry, consumers }: StreamSnapshot,
  rest: Unclaimed | null,
  givenUp: readonly GivenUp[],
): StreamSignal[] {
  const signals: StreamSignal[] = [];
  let left = rest?.messages ?? Number.POSITIVE_INFINITY;
  // One that was just given up counts as out until its consumer asks for more.
  const out = consumers.reduce((sum, { numAckPending }) => sum + (numAckPending || 0), 0);
  const most = entry.config.retention === "workqueue" ? left + out : entry.messages;
  for (const { consumer, messages: count, lastAt } of givenUp) {
    const messages = Math.min(count, most);
    if (!(messages > 0)) continue;
    signals.push({ kind: "given-up", messages, by: consumer, lastAt });
    left = Math.max(0, left - messages);
  }
  if (rest !== null && left > 0) {
    const atLeast = rest.atLeast;
    signals.push({ kind: "unread", messages: left, atLeast, consumers: entry.consumerCount });
  }
  return signals;
}

/** Over all streams: those with too few copies, and those that nobody leads. */
export function copiesOf({ signals }: StreamHealth): readonly SourceSignal[] {
  let behind = 0;
  let leaderless = 0;
  for (const found of signals.values()) {
    for (const signal of found) {
      if (signal.kind !== "copies") continue;
      behind += signal.behind;
      leaderless += signal.leaderless;
    }
  }
  return behind + leaderless > 0 ? [{ kind: "copies", behind, leaderless }] : [];
}
