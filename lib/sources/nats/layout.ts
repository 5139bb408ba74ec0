/** Who the rows are: streams with their consumers, then the core with its connections. */
import type { ConsumerInfo, Layout, StreamInfo } from "../../sample/layout.ts";
import { nextLayout } from "../../sample/row-map.ts";
import { describeConnection, describeCore, sameCore } from "./core/core-rows.ts";
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import type { Snapshot, StreamSnapshot } from "./jetstream/snapshot.ts";
import { overwrites } from "./jetstream/state/removed.ts";
import { isNarrower } from "./jetstream/subjects.ts";

/** Unique over accounts: no stream's name has a slash in it. */
export function streamKey(account: string, stream: string): string {
  return account === "" ? stream : `${account}/${stream}`;
}

/** Unique over streams: no name has a dot in it. */
export function consumerKey(account: string, stream: string, consumer: string): string {
  return `${streamKey(account, stream)}.${consumer}`;
}

/** Whether two snapshots give the same layout. Allocates nothing: it runs over everything at every sample. */
export function sameRows(a: Snapshot, b: Snapshot): boolean {
  if (a.streams.length !== b.streams.length) return false;
  return a.streams.every((stream, i) => sameStream(stream, b.streams[i]!)) && sameCore(a.core, b.core);
}

function sameStream(a: StreamSnapshot, b: StreamSnapshot): boolean {
  return (
    a === b ||
    (a.account === b.account &&
      sameStreamInfo(a.entry, b.entry) &&
      (a.consumers === b.consumers || sameList(a.consumers, b.consumers, sameConsumerInfo)))
  );
}

function sameStreamInfo(a: StreamEntry, b: StreamEntry): boolean {
  return (
    a.name === b.name &&
    a.createdAt === b.createdAt &&
    a.subjects === b.subjects &&
    (a.config === b.config || overwrites(a.config) === overwrites(b.config)) &&
    a.mirror?.name === b.mirror?.name &&
    sameList(a.sources, b.sources, (x, y) => x.name === y.name)
  );
}

function sameConsumerInfo(a: ConsumerEntry, b: ConsumerEntry): boolean {
  return (
    a === b ||
    (a.name === b.name && a.createdAt === b.createdAt && a.push === b.push && a.filter === b.filter)
  );
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i]!, b[i]!)) return false;
  return true;
}

/** A layout, and the snapshot it was made for. */
export interface Laid {
  readonly snapshot: Snapshot;
  readonly layout: Layout;
}

/**
 * @param before What was told of a stream that is still the same, in the same row, is taken over: where ephemeral
 * consumers come and go all the time, a few streams change and the others do not.
 */
export function createLayout({ streams, core }: Snapshot, before: Laid | null): Layout {
  const streamInfos: StreamInfo[] = [];
  const consumers: ConsumerInfo[] = [];
  let consumersBefore = 0;
  streams.forEach((stream, row) => {
    const known = before?.snapshot.streams[row];
    if (known && sameStream(stream, known)) {
      streamInfos.push(before.layout.streams[row]!);
      for (let i = 0; i < known.consumers.length; i++)
        consumers.push(before.layout.consumers[consumersBefore + i]!);
    } else {
      streamInfos.push(describeStream(stream));
      for (const consumer of stream.consumers) consumers.push(describeConsumer(consumer, stream, row));
    }
    consumersBefore += known?.consumers.length ?? 0;
  });
  if (core) {
    const row = streamInfos.length;
    streamInfos.push(describeCore(core));
    for (const connection of core.connections) consumers.push(describeConnection(connection, row));
  }
  const rows = Int32Array.from(consumers, (_, row) => row);
  return nextLayout(before?.layout ?? null, {
    streams: streamInfos,
    lanes: {
      count: streamInfos.length,
      stream: Int32Array.from(streamInfos, (_, row) => row),
      number: new Int32Array(streamInfos.length),
    },
    consumers,
    positions: {
      count: consumers.length,
      consumer: rows,
      lane: Int32Array.from(consumers, ({ streams: [stream] }) => stream!),
      start: Int32Array.from({ length: consumers.length + 1 }, (_, row) => row),
    },
  });
}

function describeStream({ account, entry }: StreamSnapshot): StreamInfo {
  return {
    key: streamKey(account, entry.name),
    name: entry.name,
    kind: "jetstream",
    detail: originOf(entry),
    ...(account !== "" && { account }),
    ...(entry.createdAt !== "" && { generation: entry.createdAt }),
    ...(overwrites(entry.config) && { overwrites: true }),
  };
}

/** Where its messages come from. */
function originOf({ subjects, mirror, sources }: StreamEntry): string {
  if (mirror) return `mirror of ${mirror.name}`;
  const from = sources.length > 0 ? `from ${sources.map(({ name }) => name).join(", ")}` : "";
  const listens = subjects.split(" ").filter(Boolean).join(", ");
  return [listens, from].filter(Boolean).join(", ") || "nothing feeds it";
}

function describeConsumer(
  { name, createdAt, push, filter }: ConsumerEntry,
  { account, entry }: StreamSnapshot,
  stream: number,
): ConsumerInfo {
  return {
    key: consumerKey(account, entry.name, name),
    name,
    kind: push ? "push consumer" : "pull consumer",
    streams: [stream],
    backlogUnit: "messages",
    ...(filter !== "" && { detail: filter.split(" ").join(", ") }),
    ...(isNarrower(filter, entry.subjects) && { filtered: true }),
    ...(createdAt !== "" && { generation: createdAt }),
  };
}
