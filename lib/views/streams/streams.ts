import { filterWords } from "../../model/filter-words.ts";
import type { QueryOf, StreamSort, ViewOf } from "../../model/live.ts";
import { toReading, UNKNOWN_READING } from "../../model/reading.ts";
import type { StreamView } from "../../model/views.ts";
import { verdictOfStream } from "../../pipeline/events/stream-troubles.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { missingWords } from "../missing-words.ts";

/** All streams of all sources, filtered, sorted and cut. */
export function viewStreams(snapshot: Snapshot, query: QueryOf<"streams">): ViewOf["streams"] {
  const words = filterWords(query.q);
  const rows: StreamView[] = [];
  let all = 0;
  for (const source of snapshot.sources.values()) {
    const { sampled } = source;
    if (sampled === null) continue;
    all += sampled.layout.streams.length;
    if (query.source !== undefined && source.identity.id !== query.source) continue;
    if (query.system !== undefined && source.identity.kind !== query.system) continue;
    const views = viewTable(source, sampled);
    rows.push(...(words.length === 0 ? views : views.filter((view) => isMatch(words, view))));
  }
  rows.sort(comparator(query.sort, query.reverse ? -1 : 1));
  return {
    asOf: snapshot.at,
    meta: { total: rows.length, all },
    rows: rows.slice(query.offset, query.offset + query.limit),
  };
}

/** Whether the words are in what is shown of a stream. */
function isMatch(words: readonly string[], view: StreamView): boolean {
  const { name, kind, detail, account, source, sourceName, system } = view;
  return missingWords(words, [name, kind, detail, account, source, sourceName, system]).length === 0;
}

/** One stream as an object, without looking at the others. */
export function viewStream(
  source: SourceSnapshot,
  sampled: Sampled,
  row: number,
  consumers: number,
): StreamView {
  const { layout, sample } = sampled;
  let lanes = 0;
  let retained = 0;
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    if (layout.lanes.stream[lane] !== row) continue;
    lanes++;
    retained += sample.lanes.head[lane]! - sample.lanes.floor[lane]!;
  }
  return describeStream(source, sampled, row, { lanes, retained, consumers });
}

function viewTable(source: SourceSnapshot, sampled: Sampled): StreamView[] {
  const { layout, sample } = sampled;
  const streams = layout.streams.length;
  const lanes = new Int32Array(streams);
  const retained = new Float64Array(streams);
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const stream = layout.lanes.stream[lane]!;
    lanes[stream]!++;
    retained[stream]! += sample.lanes.head[lane]! - sample.lanes.floor[lane]!;
  }
  const consumers = new Int32Array(streams);
  for (const info of layout.consumers) for (const stream of info.streams) consumers[stream]!++;
  return layout.streams.map((_, row) =>
    describeStream(source, sampled, row, {
      lanes: lanes[row]!,
      retained: retained[row]!,
      consumers: consumers[row]!,
    }),
  );
}

function describeStream(
  source: SourceSnapshot,
  sampled: Sampled,
  row: number,
  sums: { readonly lanes: number; readonly retained: number; readonly consumers: number },
): StreamView {
  const { identity } = source;
  const { layout, derived, sample, streamIds } = sampled;
  const info = layout.streams[row]!;
  const held = sample.streams.held?.[row] ?? Number.NaN;
  // From floor to head there are numbers without a message where newer ones took the place of older ones.
  const isCounted = !Number.isNaN(held);
  const retained = isCounted ? held : sums.retained;
  return {
    id: streamIds[row]!,
    source: identity.id,
    sourceName: identity.name,
    system: identity.kind,
    kind: info.kind,
    name: info.name,
    detail: info.detail ?? null,
    account: info.account ?? null,
    lanes: sums.lanes,
    consumers: sums.consumers,
    inPerSecond: toReading(derived.streams.inPerSecond[row]!),
    outPerSecond: toReading(derived.streams.outPerSecond[row]!),
    verdict: verdictOfStream(sampled, row),
    retained:
      sums.lanes === 0
        ? UNKNOWN_READING
        : toReading(retained, isCounted || !info.overwrites ? "measured" : "atMost"),
    asOf: sample.finishedAt,
  };
}

/** What is not known sorts last in both directions; ties go by name and id. */
function comparator(sort: StreamSort, direction: 1 | -1): (a: StreamView, b: StreamView) => number {
  const name = (a: StreamView, b: StreamView) => compareText(a.name, b.name) || compareText(a.id, b.id);
  const by = (key: (view: StreamView) => number | null) => (a: StreamView, b: StreamView) => {
    const [x, y] = [key(a) ?? -1, key(b) ?? -1];
    return (y - x) * (x < 0 || y < 0 ? 1 : direction) || name(a, b);
  };
  switch (sort) {
    case "in":
      return by((view) => view.inPerSecond.value);
    case "out":
      return by((view) => view.outPerSecond.value);
    case "retained":
      return by((view) => view.retained.value);
    case "name":
      return (a, b) => name(a, b) * direction;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
