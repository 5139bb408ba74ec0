import { type LaneEvidence, stillAllowedMs } from "../../derive/status.ts";
import { exactBacklog, formatDuration } from "../../format/index.ts";
import type { QueryOf, ViewOf } from "../../model/live.ts";
import { toReading } from "../../model/reading.ts";
import type { FactCell, SourceFact } from "../../model/source.ts";
import { STATUSES } from "../../model/status.ts";
import type { ConsumerMeta, EventView, PositionView } from "../../model/views.ts";
import { laneName } from "../../pipeline/explain.ts";
import { KeptEvidence } from "../../pipeline/lane-evidence.ts";
import { provenReading } from "../../pipeline/readings.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import { clockOf } from "../../sample/derived.ts";
import type { Layout } from "../../sample/layout.ts";
import type { Limits } from "../../sample/limits.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { viewEvent } from "../events/event.ts";
import { viewConsumer } from "./consumer-row.ts";

const MEMBERS_SHOWN = 200;
const EVENTS_SHOWN = 50;

/** One consumer with its lanes, worst first, and its 15 minutes. */
export function viewConsumerPage(snapshot: Snapshot, query: QueryOf<"consumer">): ViewOf["consumer"] {
  const found = snapshot.findConsumer(query.id);
  const newest = found?.source.table.sampledFor(found.row) ?? null;
  if (found === null || newest === null) {
    return { asOf: snapshot.at, meta: { consumer: null, reason: whyMissing(snapshot, query.id) }, rows: [] };
  }
  const { source, row } = found;
  const { sampled } = newest;
  const { layout, derived } = sampled;
  const { backlog, status } = derived.positions;
  const rows: number[] = [];
  for (let position = layout.positions.start[row]!; position < layout.positions.start[row + 1]!; position++) {
    if (!query.behindOnly || backlog[position]! > 0) rows.push(position);
  }
  const waiting = (position: number) => (Number.isNaN(backlog[position]!) ? -1 : backlog[position]!);
  rows.sort((a, b) => status[a]! - status[b]! || waiting(b) - waiting(a) || a - b);

  const current = source.isCurrent;
  return {
    asOf: snapshot.at,
    meta: describe(source, newest, row, rows.length),
    rows: rows
      .slice(query.offset, query.offset + query.limit)
      .map((position) => viewPosition(sampled, position, current)),
  };
}

function describe(
  source: SourceSnapshot,
  { sampled, intervalMs }: { readonly sampled: Sampled; readonly intervalMs: number },
  row: number,
  lanesTotal: number,
): ConsumerMeta {
  const { layout, sample, derived } = sampled;
  const { start, lane } = layout.positions;
  const lanesOf = new Map<number, number>();
  const perStream = new Map<number, { lanes: number; backlog: number; partial: boolean }>();
  for (let position = start[row]!; position < start[row + 1]!; position++) {
    const member = sample.positions.member[position]!;
    if (member >= 0) lanesOf.set(member, (lanesOf.get(member) ?? 0) + 1);
    const stream = layout.lanes.stream[lane[position]!]!;
    const sum = perStream.get(stream) ?? { lanes: 0, backlog: Number.NaN, partial: false };
    const waiting = derived.positions.backlog[position]!;
    sum.lanes++;
    // A lane without a position has no backlog to add.
    if (!Number.isNaN(waiting)) sum.backlog = (sum.backlog || 0) + waiting;
    else if (!Number.isNaN(sample.positions.position[position]!)) sum.partial = true;
    perStream.set(stream, sum);
  }
  return {
    consumer: viewConsumer(source, sampled, row),
    evidence: evidenceOf(sampled, row, source.isCurrent),
    members: sample.members
      .map((member, index) => ({ member, lanes: lanesOf.get(index) ?? 0 }))
      .filter(({ member }) => member.consumer === row)
      .slice(0, MEMBERS_SHOWN)
      .map(({ member: { id, clientId, host }, lanes }) => ({ id, clientId, host, lanes })),
    events: eventsOf(source, layout, row),
    streams: [...perStream]
      .sort(([, a], [, b]) => (b.backlog || 0) - (a.backlog || 0))
      .map(([stream, sum]) => ({
        id: sampled.streamIds[stream]!,
        stream: layout.streams[stream]!.name,
        lanes: sum.lanes,
        backlog: toReading(sum.backlog, sum.partial ? "atLeast" : "measured"),
      })),
    lanesTotal,
    sourceStatus: source.status,
    intervalMs,
  };
}

/** What happened to the consumer, to the streams it reads, and to the source as a whole; in the order of time. */
function eventsOf(source: SourceSnapshot, { consumers, streams }: Layout, row: number): EventView[] {
  const { key, streams: read } = consumers[row]!;
  const streamKeys = new Set(read.map((stream) => streams[stream]!.key));
  return source.table.events
    .filter(({ consumerKey, streamKey }) => {
      if (consumerKey !== undefined) return consumerKey === key;
      return streamKey === undefined || streamKeys.has(streamKey);
    })
    .sort((a, b) => a.at - b.at)
    .slice(-EVENTS_SHOWN)
    .map((event) => viewEvent(source, event));
}

/** Of a source that is lost times are told as such: how long ago it was would stand still. */
function evidenceOf(sampled: Sampled, row: number, isCurrent: boolean): SourceFact[] {
  const { layout, sample, derived } = sampled;
  const readers = sample.consumers.readers[row]!;
  const worst = derived.consumers.worstPosition[row]!;
  const facts: SourceFact[] = [...sampled.words.consumerFacts(sample, row)];
  if (!Number.isNaN(readers))
    facts.push({ label: "Active readers", value: { kind: "count", value: readers } });
  const seen = derived.consumers.lostSeen[row]!;
  if (seen > 0) {
    facts.push({
      label: "Lost, marked as seen",
      value: exactBacklog(seen, layout.consumers[row]!.backlogUnit),
      title: "No alarm any more, unless more of them are lost",
    });
  }
  if (worst >= 0) {
    const lane = layout.positions.lane[worst]!;
    const { watched } = derived;
    const ago = (at: number): FactCell => ({
      ...(isCurrent ? { kind: "ago" } : { kind: "time", of: "at {}" }),
      value: clockOf(watched, at),
    });
    const evidence = new KeptEvidence(sample, derived).of(row, worst);
    const { waitingSince } = evidence;
    if (layout.positions.start[row + 1]! - layout.positions.start[row]! > 1) {
      facts.push({ label: "Worst lane", value: laneName(sampled, lane) });
    }
    if (!Number.isNaN(sample.positions.position[worst]!)) {
      facts.push({ label: "Position last moved", value: ago(evidence.movedAt) });
    }
    if (!Number.isNaN(sample.lanes.head[lane]!)) {
      facts.push({ label: "Last arrival seen", value: ago(evidence.arrivedAt) });
    }
    if (!Number.isNaN(waitingSince)) {
      const since = { value: clockOf(watched, waitingSince) };
      const value: FactCell = isCurrent
        ? { kind: "elapsed", ...since }
        : { kind: "time", of: "since {}", ...since };
      facts.push({ label: "Backlog without a break", value });
    }
    facts.push(...measuredBy(evidence, sampled.limits[row]!));
  }
  return facts;
}

/** What the verdict was measured by: what was learned, and what was set. */
function measuredBy(evidence: LaneEvidence, limits: Limits): SourceFact[] {
  const { rhythmMs, seenRhythmMs, readers } = evidence;
  const suffix = Number.isNaN(rhythmMs) ? ", so far" : "";
  const usual: SourceFact["value"] = Number.isNaN(seenRhythmMs)
    ? "not seen yet"
    : seenRhythmMs < 1_000
      ? `under 1 s${suffix}`
      : { kind: "duration", value: seenRhythmMs, of: `{}${suffix}` };
  const set = readers === 0 ? limits.stoppedMs : limits.stalledMs;
  const facts: SourceFact[] = [
    {
      label: "Longest usual pause",
      value: usual,
      title:
        "How long it has stood still with something waiting before it moved, over the last quarter of an hour",
    },
    {
      label: "Stands still after",
      value: {
        kind: "duration",
        value: stillAllowedMs(evidence, limits),
        of: `{}${set === null ? "" : ", as set"}`,
      },
      title: `${limits.rhythms} × its longest usual pause, at least ${formatDuration(limits.stillLeastMs)} and at most ${formatDuration(limits.stillMostMs)}; ${formatDuration(limits.stillUnknownMs)} or ${limits.rhythms} × the longest pause seen while that is not known`,
    },
    {
      label: "Late after",
      value: { kind: "duration", value: limits.lateMs },
      title: "Age of the oldest unread message right after a move",
    },
  ];
  if (limits.minBacklog > 0) {
    facts.push({
      label: "Counts from",
      value: { kind: "count", value: limits.minBacklog, of: "{} waiting" },
      title: "Set as minBacklog",
    });
  }
  if (limits.ignore) facts.push({ label: "Ignored", value: "neither counted nor ranked, as set" });
  return facts;
}

function viewPosition(sampled: Sampled, position: number, current: boolean): PositionView {
  const { layout, sample, derived } = sampled;
  const lane = layout.positions.lane[position]!;
  const stream = layout.streams[layout.lanes.stream[lane]!]!;
  const { positions } = derived;
  const inFlight = sample.positions.inFlight;
  const member = sample.members[sample.positions.member[position]!];
  return {
    id: `${stream.key}/${layout.lanes.number[lane]!}`,
    stream: stream.name,
    lane: layout.lanes.number[lane]!,
    label: layout.lanes.label?.[lane] ?? null,
    status: current ? STATUSES[positions.status[position]!]! : "unknown",
    head: known(sample.lanes.head[lane]!),
    stable: known(sample.lanes.stable?.[lane] ?? Number.NaN),
    floor: known(sample.lanes.floor[lane]!),
    position: known(sample.positions.position[position]!),
    backlog: toReading(positions.backlog[position]!),
    inFlight: inFlight === null ? null : toReading(inFlight[position]!),
    latencyMs: provenReading(positions.latencyMs[position]!, positions.latencyProvenance[position]!),
    member: member?.clientId ?? null,
    host: member?.host ?? null,
    asOf: known(sample.positions.asOf[position]!),
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function whyMissing(snapshot: Snapshot, id: string): string {
  const [sourceId = ""] = id.split(":", 1);
  const source = snapshot.sources.get(sourceId);
  if (source === undefined) {
    const names = [...snapshot.sources.keys()].join(", ") || "none";
    return `There is no source named “${sourceId}”. Configured sources: ${names}.`;
  }
  if (source.sampled === null) {
    return `Source “${sourceId}” has not been sampled yet${
      source.status === "waiting" ? "." : `: ${source.table.lastFailure?.message ?? ""}`
    }`;
  }
  return `Source “${sourceId}” has no such consumer now: it was deleted, has never committed, or the address is mistyped.`;
}
