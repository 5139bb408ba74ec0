import type { SourceEvent } from "../../../model/source.ts";
import type { ConsumerInfo, Layout, StreamInfo } from "../../../sample/layout.ts";
import type { Member } from "../../../sample/sample.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { kindText } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { type MetricsBooks, takeMetrics } from "../ways/metrics-books.ts";
import {
  type CallRows,
  isCall,
  type Lane,
  type ProcessPart,
  type Seen,
  type ShownMethod,
  type ShownPeer,
} from "./shown.ts";
import { mapMethods, processesOf } from "./shown-methods.ts";
import { mapConsumer, mapPeers, type Numbers, nextNumber } from "./shown-peers.ts";

/** A layout with what its rows stand for. */
export interface Rows {
  readonly layout: Layout;
  /** Every process once, and again where it answers at another address too: those count for nothing. */
  readonly processes: readonly ProcessPart[];
  readonly doubles: readonly ProcessPart[];
  readonly methods: readonly ShownMethod[];
  readonly peers: readonly ShownPeer[];
  /** Row for row also the positions. */
  readonly lanes: readonly Lane[];
  readonly members: readonly Member[];
  readonly metrics: MetricsBooks;
  readonly numbers: Numbers;
  /** Rows of calls, made when they are first asked for; `null` until then. */
  calls: CallRows | null;
  /** What the layout was made of: the same again makes the same layout. */
  readonly seen: readonly Seen[];
}

/** The rows of all addresses: the same object until methods, peers or calls that are lanes come or go. */
export function mapRows(backends: readonly BackendFindings[], previous: Rows | null): Rows {
  const metrics = takeMetrics(backends, previous?.metrics ?? new Map());
  const seen = backends.map(({ address, book, catalogue, metricsAreShared }) => {
    const told = metrics.get(address)?.book ?? null;
    return {
      address,
      shared: metricsAreShared === true,
      book,
      version: book?.version ?? 0,
      metrics: told,
      metricsVersion: told?.version ?? 0,
      catalogue,
    };
  });
  if (previous !== null && sameSeen(previous.seen, seen)) return previous;

  const numbers = previous?.numbers ?? { last: 0 };
  const { processes, doubles } = processesOf(seen);
  const methods = mapMethods(seen, processes, previous?.methods ?? []);
  const streams: StreamInfo[] = [];
  const consumers: ConsumerInfo[] = [];
  const peers: ShownPeer[] = [];
  const lanes: Lane[] = [];
  const members: Member[] = [];
  const laneStream: number[] = [];
  const laneConsumer: number[] = [];
  const start = [0];
  const peersBefore = new Map(previous?.peers.map((peer) => [peer.key, peer]));
  const addresses = new Map(processes.map(({ process, address }) => [process, address]));
  for (const [stream, method] of methods.entries()) {
    streams.push(mapStream(method));
    for (const peer of mapPeers(method, peersBefore, numbers)) {
      for (const part of peer.parts) part.peer.consumer = peers.length;
      for (const lane of lanesOf(peer)) {
        if (isCall(lane)) {
          lane.number ||= nextNumber(numbers);
          lane.position = lanes.length;
          members.push(mapMember(lane, peers.length));
        }
        lanes.push(lane);
        laneStream.push(stream);
        laneConsumer.push(peers.length);
      }
      start.push(lanes.length);
      consumers.push(mapConsumer(peer, stream));
      peers.push(peer);
    }
  }
  const layout: Layout = {
    streams,
    lanes: {
      count: lanes.length,
      stream: Int32Array.from(laneStream),
      number: Int32Array.from(lanes, ({ number }) => number),
      label: lanes.map((lane) => labelOf(lane, backends.length > 1 ? addresses : null)),
    },
    consumers,
    positions: {
      count: lanes.length,
      consumer: Int32Array.from(laneConsumer),
      lane: Int32Array.from(lanes.keys()),
      start: Int32Array.from(start),
    },
  };
  const calls = previous?.calls ?? null;
  return { layout, processes, doubles, methods, peers, lanes, members, metrics, numbers, calls, seen };
}

/** What metrics alone tell of, since this was last asked: books of StreamHealth are asked by who keeps them. */
export function takeMetricsEvents({ metrics }: Rows): SourceEvent[] {
  return [...metrics.values()].flatMap(({ book }) => book.takeEvents());
}

function sameSeen(a: readonly Seen[], b: readonly Seen[]): boolean {
  return a.length === b.length && a.every((one, i) => FIELDS.every((field) => one[field] === b[i]![field]));
}

const FIELDS = ["address", "shared", "book", "version", "metrics", "metricsVersion", "catalogue"] as const;

function lanesOf(peer: ShownPeer): Lane[] {
  const lanes: Lane[] = [];
  let hasPool = false;
  for (const { peer: booked } of peer.parts) {
    if (booked.host === null) hasPool = true;
    for (const call of booked.calls.values()) lanes.push(call);
  }
  if (hasPool || lanes.length === 0) lanes.push(peer);
  return lanes;
}

function mapStream({ key, path, kind, side }: ShownMethod): StreamInfo {
  return { key, name: path, kind: "method", detail: kindText(kind, side), calls: { kind, side } };
}

function mapMember(call: BookedCall, consumer: number): Member {
  const { row } = call;
  const host = row.peer || "unknown peer";
  if (call.member?.consumer === consumer && call.member.host === host) return call.member;
  call.member = {
    id: `call ${row.id}`,
    clientId: row.clientName || `call ${row.id}`,
    host,
    consumer,
  };
  return call.member;
}

/** @param addresses null: there is but one */
function labelOf(lane: Lane, addresses: ReadonlyMap<BookedProcess, string> | null): string {
  if (isCall(lane)) {
    const { row, process } = lane;
    const label = `call ${row.id} · ${row.peer || "unknown peer"}`;
    return addresses === null ? label : `${label} at ${addresses.get(process)}`;
  }
  if (lane.host !== null) return "no live call";
  return lane.parts.some(({ process, peer }) => process.from === "metrics" || peer.method.flow === "calls")
    ? "all calls"
    : "other calls";
}
