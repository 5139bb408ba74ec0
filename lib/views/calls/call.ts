import { explainStatus } from "../../derive/because.ts";
import { exactBacklog, exactCount, formatDuration } from "../../format/index.ts";
import { nameOfCode } from "../../model/call.ts";
import type { QueryOf, ViewOf } from "../../model/live.ts";
import { toReading } from "../../model/reading.ts";
import type { Sentence } from "../../model/sentence.ts";
import type { FactCell, SourceFact } from "../../model/source.ts";
import type { Status } from "../../model/status.ts";
import type { EventView } from "../../model/views.ts";
import { KeptEvidence } from "../../pipeline/lane-evidence.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { CallColumns, CallDetail } from "../../sample/calls.ts";
import { waitingIn } from "../../store/call-table.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { viewEvent } from "../events/event.ts";
import { readCallId } from "./call-id.ts";
import { shownStatusOfCall, viewCall } from "./call-row.ts";
import { comparator } from "./calls.ts";

const EVENTS_SHOWN = 50;

/** One live call, and the other calls on its connection, worst first: what they do tells what holds this one up. */
export function viewCallPage(snapshot: Snapshot, query: QueryOf<"call">): ViewOf["call"] {
  const asked = readCallId(query.id);
  const source = asked === null ? undefined : snapshot.sources.get(asked.source);
  const sampled = source?.sampled ?? null;
  const calls = source?.table.calls.newest ?? null;
  const row = asked === null ? -1 : (source?.table.calls.rowOf(asked.key) ?? -1);
  if (asked === null || source === undefined || sampled === null || calls === null || row < 0) {
    return { asOf: snapshot.at, meta: { call: null, reason: whyGone(snapshot, query.id) }, rows: [] };
  }
  const status = shownStatusOfCall(source, sampled, calls, row);
  const detail = sampled.words.callDetail(sampled.sample, row);
  return {
    asOf: snapshot.at,
    meta: {
      call: viewCall(source, sampled, calls, row),
      asOf: sampled.sample.finishedAt,
      sourceName: source.identity.name,
      because: explainCall(sampled, calls, row, status, detail?.heldBy ?? null),
      facts: detail === null ? [] : [...totalFacts(detail), ...detail.facts],
      events: eventsOf(source, sampled, calls, row),
      connection: detail?.connection ?? null,
      sourceStatus: source.status,
      intervalMs: source.table.intervalMs,
    },
    rows: neighboursOf(source, sampled, calls, row)
      .slice(query.offset, query.offset + query.limit)
      .map((other) => viewCall(source, sampled, calls, other)),
  };
}

/** Rows of the other calls on the same connection, worst first. */
function neighboursOf(source: SourceSnapshot, sampled: Sampled, calls: CallColumns, row: number): number[] {
  const connection = calls.connection[row]!;
  if (connection < 0) return [];
  const others = [];
  for (let other = 0; other < calls.count; other++) {
    if (other === row || calls.connection[other] !== connection) continue;
    const status = shownStatusOfCall(source, sampled, calls, other);
    others.push({ source, sampled, calls, row: other, status });
  }
  return others.sort(comparator("stall", 1)).map((candidate) => candidate.row);
}

/** What it does or what it waits for. */
function explainCall(
  { layout, derived, sample, limits }: Sampled,
  calls: CallColumns,
  row: number,
  status: Status,
  heldBy: string | null,
): string {
  const position = calls.position[row]!;
  const asOf = sample.finishedAt;
  const waitingMs = calls.waitingMs[row]!;
  let sentence: Sentence;
  if (position < 0) {
    const lasted = formatDuration(Math.max(0, asOf - calls.startedAt[row]!) || 0);
    const waiting = waitingIn(calls, row);
    sentence = `Under way for ${lasted}${
      waiting > 0
        ? `; ${exactBacklog(waiting, "messages")} waiting in it for ${formatDuration(waitingMs)}`
        : ""
    }.`;
  } else {
    // It names the call, its messages and their age itself.
    if (heldBy !== null) return heldBy;
    const consumer = layout.positions.consumer[position]!;
    const evidence = new KeptEvidence(sample, derived).of(consumer, position);
    // The readers of the consumer are those of all of its calls.
    if (evidence.readers > 0) evidence.readers = Number.NaN;
    const backlog = derived.positions.backlog[position]!;
    sentence = explainStatus({
      at: asOf,
      status,
      limits: limits[consumer]!,
      backlog: toReading(backlog),
      unit: "messages",
      pace: null,
      trend: evidence.trend(),
      latencyMs: toReading(waitingMs),
      inFlight: null,
      lanes: 1,
      worst: { name: "this call", evidence },
      unknownLanes: null,
      left: null,
      recovering: null,
    });
  }
  return heldBy === null ? sentence : `${sentence} ${heldBy}`;
}

function totalFacts({
  backend,
  connection,
  written,
  bytesSent,
  bytesReceived,
  retries,
  lastWrittenAt,
}: CallDetail): SourceFact[] {
  const facts: SourceFact[] = [{ label: "Address", value: backend, title: "Where the target was asked" }];
  const add = (label: string, kind: FactCell["kind"], value: number, title: string) => {
    if (!Number.isNaN(value)) facts.push({ label, value: { kind, value }, title });
  };
  if (connection !== null)
    facts.push({ label: "Connection", value: connection, title: "Calls on one connection share its window" });
  add("Written", "count", written, "Messages that the application handed to its gRPC library");
  add("Last written", "ago", lastWrittenAt, "When it handed over the last of them");
  add("Bytes sent", "bytes", bytesSent, "Serialized messages that were flushed, without framing");
  add("Bytes received", "bytes", bytesReceived, "Serialized messages that were received, without framing");
  if (retries > 0) add("Retries", "count", retries, "Attempts before this one");
  return facts;
}

/** What happened to its peer on this method, and to the source, while the call was alive. */
function eventsOf(source: SourceSnapshot, { layout }: Sampled, calls: CallColumns, row: number): EventView[] {
  const consumer = layout.consumers[calls.consumer[row]!]?.key;
  const stream = layout.streams[calls.stream[row]!]!.key;
  const startedAt = calls.startedAt[row]! || 0;
  return source.table.events
    .filter(({ at, consumerKey, streamKey }) => {
      if (at < startedAt) return false;
      if (consumerKey !== undefined) return consumerKey === consumer;
      return streamKey === undefined || streamKey === stream;
    })
    .sort((a, b) => b.at - a.at)
    .slice(0, EVENTS_SHOWN)
    .map((event) => viewEvent(source, event));
}

function whyGone(snapshot: Snapshot, id: string): string {
  const asked = readCallId(id);
  const source = asked === null ? undefined : snapshot.sources.get(asked.source);
  if (asked === null || source === undefined) {
    const names = [...snapshot.sources.keys()].join(", ") || "none";
    return `“${id}” is not the address of a call of a configured source (${names}).`;
  }
  const ended = source.table.calls.newest?.ended.get(asked.key) ?? null;
  if (ended !== null) {
    const { code, peer, streamKey, startedAt, endedAt, sent, received, lost } = ended;
    const counts = [
      Number.isNaN(sent) ? null : `${exactCount(sent)} messages sent`,
      Number.isNaN(received) ? null : `${exactCount(received)} received`,
      lost > 0 ? `${exactCount(lost)} were waiting in it and went with it` : null,
    ].filter((text) => text !== null);
    const lasted = Number.isNaN(startedAt)
      ? ""
      : ` after ${formatDuration(Math.max(0, endedAt - startedAt))}`;
    return `This call of ${streamKey} by ${peer || "an unknown peer"} ended ${formatDuration(Math.max(0, snapshot.at - endedAt))} ago with ${nameOfCode(code)}${lasted}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}.`;
  }
  if (source.sampled === null)
    return `Source “${asked.source}” has not been sampled yet${source.table.lastFailure === null ? "." : `: ${source.table.lastFailure.message}`}`;
  return "This call is not alive now: it ended, or its process was replaced.";
}
