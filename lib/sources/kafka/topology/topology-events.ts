import type { SourceEvent } from "../../../model/source.ts";
import { capped, countOf } from "../../event-text.ts";
import { type NodeLists, nodesOf, type TopicMetadata } from "../wire/metadata.ts";
import { brokersText } from "./broker-text.ts";
import type { Topology } from "./topology.ts";

/** From this many topics on, a change is told once a broker: one that dies takes thousands of leaders with it. */
const TOPICS_TOLD = 20;

/** What happened between two answers to Metadata. */
export function mapTopologyEvents(before: Topology, after: Topology, at: number): SourceEvent[] {
  const { created, deleted, recreated, both } = matchTopics(before.topics, after.topics);
  return [
    ...mapBrokers(before, after, at),
    ...capped(created, "topics were created", at, ({ name, leaders }) => ({
      at,
      kind: "topic-created",
      title: `Topic ${name} was created with ${countOf(leaders.length, "partition")}`,
      streamKey: name,
    })),
    ...capped(deleted, "topics were deleted", at, ({ name }) => ({
      at,
      kind: "topic-deleted",
      title: `Topic ${name} was deleted`,
      streamKey: name,
    })),
    ...capped(recreated, "topics were created anew", at, ({ name }) => ({
      at,
      kind: "topic-recreated",
      title: `Topic ${name} was deleted and created anew`,
      streamKey: name,
    })),
    ...mapPartitionCounts(both, at),
    ...mapLeaders(both, at),
    ...mapInSync(both, at),
  ];
}

type Pair = readonly [before: TopicMetadata, after: TopicMetadata];

/** Both lists are sorted by name. */
function matchTopics(before: readonly TopicMetadata[], after: readonly TopicMetadata[]) {
  const created: TopicMetadata[] = [];
  const deleted: TopicMetadata[] = [];
  const recreated: TopicMetadata[] = [];
  const both: Pair[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const old = before[i];
    const now = after[j];
    if (old && now && old.name === now.name) {
      if (old.id === now.id || old.id === "" || now.id === "") both.push([old, now]);
      else recreated.push(now);
      i++;
      j++;
    } else if (old && (!now || old.name < now.name)) {
      deleted.push(old);
      i++;
    } else {
      created.push(now!);
      j++;
    }
  }
  return { created, deleted, recreated, both };
}

function mapBrokers(before: Topology, after: Topology, at: number): SourceEvent[] {
  const counts = {
    before: countOf(before.brokers.size, "broker"),
    after: countOf(after.brokers.size, "broker"),
  };
  const missing = (from: Topology, other: Topology) =>
    [...from.brokers.keys()].filter((node) => !other.brokers.has(node));
  return [
    ...missing(before, after).map((node) => ({
      at,
      kind: "broker-gone",
      title: `Broker ${node} left the cluster`,
      ...counts,
    })),
    ...missing(after, before).map((node) => ({
      at,
      kind: "broker-joined",
      title: `Broker ${node} joined the cluster`,
      ...counts,
    })),
  ];
}

function mapPartitionCounts(both: readonly Pair[], at: number): SourceEvent[] {
  const grown = both.filter(([old, now]) => old.leaders.length !== now.leaders.length);
  return capped(grown, "topics have another number of partitions", at, ([old, now]) => ({
    at,
    kind: "partitions-added",
    title: `Topic ${now.name} got more partitions`,
    before: countOf(old.leaders.length, "partition"),
    after: countOf(now.leaders.length, "partition"),
    streamKey: now.name,
  }));
}

/** Partitions of one topic, or of one broker, to which the same happened. */
class Change {
  readonly partitions: number[] = [];
  readonly from = new Set<number>();
  readonly to = new Set<number>();
  topics = 0;

  note(partition: number, from: number, to: number): void {
    this.partitions.push(partition);
    this.from.add(from);
    this.to.add(to);
  }

  take(other: Change): void {
    this.topics++;
    for (const partition of other.partitions) this.partitions.push(partition);
    for (const node of other.from) this.from.add(node);
    for (const node of other.to) this.to.add(node);
  }
}

function mapLeaders(both: readonly Pair[], at: number): SourceEvent[] {
  const changes = new Map<string, Change>();
  for (const [old, now] of both) {
    let change: Change | undefined;
    const lanes = Math.min(old.leaders.length, now.leaders.length);
    for (let partition = 0; partition < lanes; partition++) {
      const from = old.leaders[partition]!;
      const to = now.leaders[partition]!;
      if (from === to) continue;
      change ??= new Change();
      change.note(partition, from, to);
    }
    if (change) changes.set(now.name, change);
  }
  const toEvent = (what: string, change: Change, streamKey?: string): SourceEvent => {
    const many = change.partitions.length > 1;
    const lost = change.to.size === 1 && change.to.has(-1);
    return {
      at,
      kind: lost ? "leader-lost" : "leader-changed",
      title: lost
        ? `${what} ${many ? "have" : "has"} no leader`
        : `${what} ${many ? "have" : "has"} another leader`,
      before: brokersText(change.from),
      after: brokersText(change.to),
      ...(streamKey === undefined ? {} : { streamKey }),
    };
  };
  if (changes.size <= TOPICS_TOLD) {
    return [...changes].map(([topic, change]) => toEvent(partitionsText(topic, change), change, topic));
  }
  const byBroker = new Map<string, Change>();
  for (const change of changes.values()) sumUp(byBroker, brokersText(change.from), change);
  return [...byBroker.values()].map((change) => toEvent(manyText(change), change));
}

function mapInSync(both: readonly Pair[], at: number): SourceEvent[] {
  const lost = new Map<string, Change>();
  const gained = new Map<string, Change>();
  for (const [old, now] of both) {
    if (sameLists(old.inSync, now.inSync)) continue;
    const lanes = Math.min(old.leaders.length, now.leaders.length);
    for (let partition = 0; partition < lanes; partition++) {
      const from = nodesOf(old.inSync, partition);
      const to = nodesOf(now.inSync, partition);
      for (const node of from) if (!to.includes(node)) noteNode(lost, now.name, partition, node);
      for (const node of to) if (!from.includes(node)) noteNode(gained, now.name, partition, node);
    }
  }
  const inSyncOf = new Map(both.map(([old, now]) => [now.name, [inSyncText(old), inSyncText(now)] as const]));
  const told = (changes: Map<string, Change>, kind: string, verb: string): SourceEvent[] => {
    const toTitle = (change: Change, what: string) => {
      const brokers = brokersText(change.from);
      return `${brokers[0]!.toUpperCase()}${brokers.slice(1)} ${change.from.size > 1 ? "are" : "is"} ${verb} on ${what}`;
    };
    if (changes.size <= TOPICS_TOLD) {
      return [...changes].map(([topic, change]) => ({
        at,
        kind,
        title: toTitle(change, partitionsText(topic, change)),
        before: inSyncOf.get(topic)![0],
        after: inSyncOf.get(topic)![1],
        streamKey: topic,
      }));
    }
    const byBroker = new Map<string, Change>();
    for (const change of changes.values()) sumUp(byBroker, brokersText(change.from), change);
    return [...byBroker.values()].map((change) => ({ at, kind, title: toTitle(change, manyText(change)) }));
  };
  return [...told(lost, "isr-shrunk", "no longer in sync"), ...told(gained, "isr-expanded", "in sync again")];
}

/** True for most topics at most times; where it is not, nodes may still be the same ones in another order. */
function sameLists(a: NodeLists, b: NodeLists): boolean {
  return sameNumbers(a.nodes, b.nodes) && sameNumbers(a.start, b.start) && sameNumbers(a.count, b.count);
}

function sameNumbers(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function noteNode(changes: Map<string, Change>, topic: string, partition: number, node: number): void {
  let change = changes.get(topic);
  if (!change) {
    change = new Change();
    changes.set(topic, change);
  }
  if (change.partitions.at(-1) !== partition) change.partitions.push(partition);
  change.from.add(node);
}

function sumUp(sums: Map<string, Change>, key: string, change: Change): void {
  const sum = sums.get(key) ?? new Change();
  sums.set(key, sum);
  sum.take(change);
}

/** `orders/3`, or `4 partitions of orders`. */
function partitionsText(topic: string, { partitions }: Change): string {
  return partitions.length === 1
    ? `${topic}/${partitions[0]}`
    : `${partitions.length} partitions of ${topic}`;
}

function manyText({ partitions, topics }: Change): string {
  return `${countOf(partitions.length, "partition")} of ${countOf(topics, "topic")}`;
}

function inSyncText({ replicas, inSync }: TopicMetadata): string {
  const sum = (column: Int32Array) => column.reduce((total, count) => total + count, 0);
  return `${sum(inSync.count)} of ${sum(replicas)} replicas in sync`;
}
