import type { CallKind, CallSide } from "../../model/call.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { ConsumerInfo, Layout, Member, StreamInfo } from "../contract.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "./booked.ts";
import type { CallBook } from "./call-book.ts";
import type { CallRows } from "./call-columns.ts";
import type { BackendFindings } from "./findings.ts";
import { kindOf, kindText, sideOf, type Totals } from "./flow.ts";
import { type MetricsBooks, takeMetrics } from "./metrics-books.ts";
import { shortMethod, streamKeyOf } from "./peer.ts";
import type { MethodCatalogue } from "./ways.ts";

/** One process that counts, at one address. */
export interface ProcessPart {
  readonly address: string;
  readonly book: CallBook;
  readonly process: BookedProcess;
}

export interface MethodPart extends ProcessPart {
  readonly method: BookedMethod;
}

export interface PeerPart extends ProcessPart {
  readonly peer: BookedPeer;
}

/** A stream: one method in all processes that serve it, or call it. */
export interface ShownMethod {
  readonly key: string;
  readonly path: string;
  readonly side: CallSide;
  kind: CallKind;
  readonly parts: MethodPart[];
  /** What metrics tell of it beside StreamHealth, by address: it only fills in. */
  readonly fills: Map<string, MethodPart>;
  /** What metrics tell of all its processes together, where those tell themselves. */
  readonly beside: MethodPart[];
  /** Addresses whose reflection names it. */
  readonly named: string[];
  /** Messages that went through since it was first seen, from what its processes had counted then; NaN: not known yet. */
  readonly sum: { due: number };
}

/** A consumer: one host at one method, whatever addresses its calls go to: which replica serves it is chance. */
export interface ShownPeer {
  readonly key: string;
  readonly name: string;
  /** Null: a pool. */
  readonly host: string | null;
  method: ShownMethod;
  readonly parts: PeerPart[];
  /** Since it was first seen, in whatever processes. */
  readonly sum: Totals;
  /** Of its lane for when it has no live call. */
  number: number;
  /** As of the last layout. */
  info: ConsumerInfo | null;
}

export type Lane = BookedCall | ShownPeer;

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

interface Numbers {
  last: number;
}

/** Of one address. */
interface Seen {
  readonly address: string;
  readonly shared: boolean;
  readonly book: CallBook | null;
  readonly version: number;
  readonly metrics: CallBook | null;
  readonly metricsVersion: number;
  readonly catalogue: MethodCatalogue | null;
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
  const methods = mapMethods(seen, processes, previous);
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

export function isCall(lane: Lane): lane is BookedCall {
  return "peer" in lane;
}

/** What metrics alone tell of, since this was last asked: books of StreamHealth are asked by who keeps them. */
export function takeMetricsEvents({ metrics }: Rows): SourceEvent[] {
  return [...metrics.values()].flatMap(({ book }) => book.takeEvents());
}

function sameSeen(a: readonly Seen[], b: readonly Seen[]): boolean {
  return a.length === b.length && a.every((one, i) => FIELDS.every((field) => one[field] === b[i]![field]));
}

const FIELDS = ["address", "shared", "book", "version", "metrics", "metricsVersion", "catalogue"] as const;

/** A process that answers at two addresses is one process. */
function processesOf(seen: readonly Seen[]): { processes: ProcessPart[]; doubles: ProcessPart[] } {
  const found = new Map<string, ProcessPart>();
  const doubles: ProcessPart[] = [];
  for (const { address, book, metrics } of seen) {
    for (const told of [book, metrics]) {
      const process = told?.process;
      if (!told || !process) continue;
      const key = process.from === "metrics" ? `metrics ${address}` : `process ${process.info.instanceId}`;
      const part = { address, book: told, process };
      if (found.has(key)) doubles.push(part);
      else found.set(key, part);
    }
  }
  return { processes: [...found.values()], doubles };
}

function mapMethods(
  seen: readonly Seen[],
  processes: readonly ProcessPart[],
  previous: Rows | null,
): ShownMethod[] {
  const before = new Map(previous?.methods.map(({ key, sum }) => [key, sum]));
  const shown = new Map<string, ShownMethod>();
  const take = (key: string, path: string, side: CallSide, kind: CallKind): ShownMethod => {
    const held = shown.get(key);
    if (held === undefined) {
      const sum = before.get(key) ?? { due: Number.NaN };
      const method = { key, path, side, kind, parts: [], fills: new Map(), beside: [], named: [], sum };
      shown.set(key, method);
      return method;
    }
    if (held.kind === "unknown") held.kind = kind;
    return held;
  };
  const shared = new Set(seen.filter((one) => one.shared).map(({ address }) => address));
  // What a process tells itself goes before what metrics tell of it.
  const ordered = [...processes].sort((a, b) => rankOf(a) - rankOf(b));
  for (const { address, book, process } of ordered) {
    for (const method of process.methods.values()) {
      const { path } = method.row;
      const held = take(method.key, path, sideOf(method.row), kindOf(method.row));
      const part = { address, book, process, method };
      const isShared = process.from === "metrics" && shared.has(address);
      const isTold = held.parts.some(
        (one) => one.process.from === "instrumented" && (isShared || one.address === address),
      );
      if (process.from !== "metrics" || !isTold) held.parts.push(part);
      // What is of several processes cannot fill in for one of them.
      else if (!isShared || seen.length === 1) held.fills.set(address, part);
      else held.beside.push(part);
    }
  }
  for (const { address, catalogue } of seen) {
    for (const { path, kind } of catalogue?.methods ?? []) {
      take(streamKeyOf(path, "server"), path, "server", kind).named.push(address);
    }
  }
  return [...shown.values()];
}

function rankOf({ process }: ProcessPart): number {
  return process.from === "metrics" ? 1 : 0;
}

function mapPeers(
  method: ShownMethod,
  before: ReadonlyMap<string, ShownPeer>,
  numbers: Numbers,
): Iterable<ShownPeer> {
  // Where one process alone counts, nothing has to be merged, and what was made before is used again.
  if (method.parts.length === 1) {
    const [part] = method.parts as [MethodPart];
    return Array.from(bookedPeers(part), (peer) => {
      const held = before.get(peer.key);
      if (held?.parts.length === 1 && held.parts[0]!.peer === peer && held.method.kind === method.kind) {
        held.method = method;
        return held;
      }
      return showPeer(method, part, peer, held, numbers);
    });
  }
  const shown = new Map<string, ShownPeer>();
  for (const part of method.parts) {
    for (const peer of bookedPeers(part)) {
      const { key } = peer;
      const held = shown.get(key);
      if (held === undefined) shown.set(key, showPeer(method, part, peer, before.get(key), numbers));
      else held.parts.push({ address: part.address, book: part.book, process: part.process, peer });
    }
  }
  return shown.values();
}

function* bookedPeers({ method: { peers, pool } }: MethodPart): Iterable<BookedPeer> {
  yield* peers.values();
  if (pool) yield pool;
}

/** @param before its sums go on, and its lane keeps its number */
function showPeer(
  method: ShownMethod,
  { address, book, process, method: booked }: MethodPart,
  peer: BookedPeer,
  before: ShownPeer | undefined,
  numbers: Numbers,
): ShownPeer {
  return {
    key: peer.key,
    name: nameOf(method, process, booked, peer),
    host: peer.host,
    method,
    parts: [{ address, book, process, peer }],
    sum: before?.sum ?? { due: 0, out: 0 },
    number: before?.number ?? nextNumber(numbers),
    info: null,
  };
}

function nameOf(
  { path, side }: ShownMethod,
  process: BookedProcess,
  method: BookedMethod,
  { host }: BookedPeer,
): string {
  const everyone = side === "client" ? "all servers" : "all callers";
  const who = host ?? (method.flow === "calls" || process.from === "metrics" ? everyone : "other calls");
  return `${shortMethod(path)} ${side === "client" ? "→" : "←"} ${who}`;
}

/** Numbers go round after 2^31 calls; the first have long gone by then. */
function nextNumber(numbers: Numbers): number {
  numbers.last = numbers.last >= 0x7fff_ffff ? 1 : numbers.last + 1;
  return numbers.last;
}

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

function mapConsumer(peer: ShownPeer, stream: number): ConsumerInfo {
  if (peer.info?.streams[0] === stream) return peer.info;
  peer.info = {
    key: peer.key,
    name: peer.name,
    kind: "peer",
    streams: [stream],
    backlogUnit: "messages",
    detail: detailOf(peer),
  };
  return peer.info;
}

function detailOf({ host, method, parts }: ShownPeer): string {
  const kind = kindText(method.kind, method.side);
  if (host !== null) return `${kind}, host ${host}`;
  if (method.kind === "unary") return `${kind}, all peers together`;
  return parts.some(({ process }) => process.from === "metrics")
    ? `${kind}, all peers together as metrics tell of them`
    : `${kind}, calls too short or too many to be listed`;
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
