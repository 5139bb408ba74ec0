import type { CallRow, EndedCallRow, MethodRow, WatchResponse } from "@streamside/grpc-health";
import { exactCount } from "../../format/index.ts";
import { isServerError } from "../../model/call.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { EndedCall } from "../contract.ts";
import {
  type BookedCall,
  type BookedMethod,
  type BookedPeer,
  type BookedProcess,
  localTime,
} from "./booked.ts";
import { type Closing, describeClosings } from "./closed-connections.ts";
import { EndedCalls } from "./ended-calls.ts";
import { EventTally } from "./event-tally.ts";
import { callTotals, flowOf, known, methodTotals, sideOf, type Totals } from "./flow.ts";
import { consumerKeyOf, hostOf, streamKeyOf } from "./peer.ts";
import { StatusWindow } from "./status-window.ts";

/** A peer without live calls is forgotten after this long. */
const PEER_MEMORY_MS = 60_000;
/** What one process may tell of; the rest is left out, and that is told. */
const MOST_METHODS = 5_000;
const MOST_CALLS = 20_000;
const MOST_PEERS = 20_000;
const MOST_CONNECTIONS = 20_000;

/**
 * What Watch responses add up to. Pure: everything it knows comes through `apply`. Nothing that comes makes it throw or
 * grow without bound: what cannot be meant is left out and told as trouble.
 */
export class CallBook {
  /** Changes whenever methods, peers or calls that are lanes come or go, and only then. */
  version = 0;
  /** Changes whenever any call comes or goes. */
  callsVersion = 0;
  process: BookedProcess | null = null;
  /** What is wrong with what the process told lately, in words. */
  readonly troubles = new Map<string, { readonly message: string; readonly at: EpochMs }>();
  readonly #from: BookedProcess["from"];
  readonly #ended = new EndedCalls();
  readonly #closed = new EventTally<Closing>(describeClosings);
  #peers = 0;
  #toldOfStepBack = false;
  #events: SourceEvent[] = [];

  constructor(from: BookedProcess["from"] = "instrumented") {
    this.#from = from;
  }

  /** @param receivedAt when it came, on Streamside's clock */
  apply(response: WatchResponse, receivedAt: EpochMs): void {
    const since = this.#turn(response, receivedAt);
    const book = this.process;
    if (book === null) return;
    for (const row of response.methods) this.#applyMethod(book, row, since);
    for (const row of response.connections) {
      if (book.connections.size < MOST_CONNECTIONS || book.connections.has(row.id)) {
        book.connections.set(row.id, row);
      }
    }
    const listed = response.snapshot ? new Set(response.calls.map(({ id }) => id)) : null;
    for (const row of response.calls) this.#applyCall(book, row, since);
    const endedPeers = new Map<BookedMethod, Set<BookedPeer>>();
    for (const row of response.endedCalls) this.#applyEnded(book, row, since, endedPeers);
    const end = (call: BookedCall | undefined) => {
      if (call !== undefined) this.#end(book, call, null, endedPeers);
    };
    for (const id of response.endedCallIds) end(book.calls.get(id));
    if (listed !== null) for (const [id, call] of book.calls) if (!listed.has(id)) end(call);
    for (const id of response.hiddenCallIds) {
      const call = book.calls.get(id);
      if (call) this.#forgetCall(book, call);
    }
    this.#applyConnections(book, response);
    for (const method of book.methods.values()) {
      this.#giveRest(method, endedPeers.get(method), receivedAt);
    }
  }

  /** Forgets peers that have been away for long, and troubles that are over. */
  prune(now: EpochMs): void {
    for (const [what, { at }] of this.troubles) if (now - at > PEER_MEMORY_MS) this.troubles.delete(what);
    for (const method of this.process?.methods.values() ?? []) {
      const away = (peer: BookedPeer) => peer.calls.size === 0 && now - peer.quietSince > PEER_MEMORY_MS;
      for (const peer of method.peers.values()) if (away(peer)) this.#forgetPeer(peer);
      // Where calls are told one by one, the pool is only for what is left over.
      if (method.pool && this.#isListed(method) && away(method.pool)) {
        method.pool = null;
        this.version++;
      }
    }
  }

  /** What happened since this was last asked. */
  takeEvents(): SourceEvent[] {
    const now = this.process?.receivedAt ?? Number.NaN;
    return [...this.#events.splice(0), ...this.#ended.takeEvents(now), ...this.#closed.take(now)];
  }

  /** What became of a call that somebody may have looked at, by its key; null: not known (any more). */
  endedCall(key: string): EndedCall | null {
    return this.#ended.find(key);
  }

  /**
   * Sets the clock, and starts a new book for another process. Returns the time of the response before, on the process's
   * clock: what began before it was out of sight; null: there was none.
   */
  #turn(response: WatchResponse, receivedAt: EpochMs): number | null {
    const { process: info, liveCalls, faults } = response;
    const serverTimeMs = known(response.serverTimeMs);
    const held = this.process;
    if (info !== null && info.instanceId !== held?.info.instanceId) {
      if (held !== null) {
        const count = held.calls.size;
        this.#events.push({
          at: receivedAt,
          kind: "restart",
          title: `The process was replaced: ${count === 1 ? "1 live call is" : `${exactCount(count)} live calls are`} gone, its counters start again`,
        });
      }
      this.version++;
      this.callsVersion++;
      this.#peers = 0;
      this.#toldOfStepBack = false;
      this.troubles.clear();
      this.process = {
        info,
        from: this.#from,
        methods: new Map(),
        calls: new Map(),
        connections: new Map(),
        serverTimeMs,
        receivedAt,
        liveCalls,
        faults,
      };
      return null;
    }
    if (held === null) return null;
    const before = held.serverTimeMs;
    Object.assign(held, { serverTimeMs, receivedAt, liveCalls, faults });
    return before;
  }

  #applyMethod(book: BookedProcess, row: MethodRow, since: number | null): void {
    const held = book.methods.get(row.id);
    if (held === undefined) this.#addMethod(book, row, since);
    else if (held.row.path !== row.path || held.row.kind !== row.kind || held.row.side !== row.side) {
      this.#note("methods that changed their name, kind or side are left out");
    } else {
      if (wentBack(held.row, row)) this.#rebase(held, row);
      held.row = row;
    }
  }

  #addMethod(book: BookedProcess, row: MethodRow, since: number | null): void {
    if (book.methods.size >= MOST_METHODS) {
      this.#note(`more than ${exactCount(MOST_METHODS)} methods: those beyond are left out`);
      return;
    }
    const side = sideOf(row);
    const flow = flowOf(row);
    const method: BookedMethod = {
      row,
      key: streamKeyOf(row.path, side),
      side,
      flow,
      peers: new Map(),
      pool: null,
      // In the first response a method has a past that was not watched; later ones begin before our eyes.
      base: since === null ? methodTotals(flow, row, 0) : { due: 0, out: 0 },
      given: { due: 0, out: 0 },
      ended: new StatusWindow(book.receivedAt, since === null ? row.statuses : []),
      taken: Number.NaN,
    };
    if (!this.#isListed(method)) method.pool = createPeer(method, null, book.receivedAt);
    book.methods.set(row.id, method);
    this.version++;
  }

  /** Whether its calls are told one by one, as lanes. */
  #isListed({ flow }: BookedMethod): boolean {
    return flow !== "calls" && this.#from === "instrumented";
  }

  /** What is counted from here on is traffic; what is missing is not. */
  #rebase(method: BookedMethod, row: MethodRow): void {
    const { due, out } = methodTotals(method.flow, row, 0);
    method.base.due = due - method.given.due;
    method.base.out = out - method.given.out;
    if (!Number.isNaN(method.taken)) method.taken = Math.min(method.taken, due);
    this.#note(`counters of ${row.path} went back although the process is the same`);
    if (this.#toldOfStepBack) return;
    this.#toldOfStepBack = true;
    this.#events.push({
      at: this.process!.receivedAt,
      kind: "counters went back",
      title: `Counters of ${row.path} went back although the process is the same: what is missing is left out`,
      streamKey: method.key,
    });
  }

  #applyCall(book: BookedProcess, row: CallRow, since: number | null): void {
    const held = book.calls.get(row.id);
    if (held !== undefined) {
      this.#updateCall(book, held, row);
      return;
    }
    const method = book.methods.get(row.methodId);
    if (method === undefined) {
      this.#note("calls of methods that were never told are left out");
      return;
    }
    if (book.calls.size >= MOST_CALLS) {
      this.#note(`more than ${exactCount(MOST_CALLS)} calls: those beyond are left out`);
      return;
    }
    const peer = this.#peerOf(method, row, book.receivedAt);
    const totals = callTotals(method.flow, row);
    const key = `${book.info.instanceId}/${row.id}`;
    const movedAtMs = book.serverTimeMs;
    const call: BookedCall = {
      process: book,
      row,
      totals,
      key,
      peer,
      number: 0,
      position: -1,
      member: null,
      movedAtMs,
    };
    book.calls.set(row.id, call);
    this.callsVersion++;
    if (!this.#isListed(method)) return;
    peer.calls.set(row.id, call);
    this.version++;
    // A call that is older than the response before was out of sight: what it did then is not this peer's growth now.
    if (since !== null && row.startedAtMs >= since) give(peer, growth({ due: 0, out: 0 }, totals));
    else if (since === null && method.flow === "received") method.base.out -= totals.due - totals.out || 0;
  }

  #updateCall(book: BookedProcess, call: BookedCall, row: CallRow): void {
    const { method } = call.peer;
    if (row.methodId !== method.row.id) {
      this.#note("calls that changed their method are left out");
      return;
    }
    if (this.#isListed(method)) {
      if (row.peer !== call.row.peer) this.#movePeer(call, this.#peerOf(method, row, book.receivedAt));
      const totals = callTotals(method.flow, row);
      const grown = growth(call.totals, totals);
      if (grown.out > 0) call.movedAtMs = book.serverTimeMs;
      give(call.peer, grown);
      call.totals = totals;
    }
    if (row.connectionId !== call.row.connectionId) this.callsVersion++;
    call.row = row;
  }

  /** A client's call has no peer before it has a connection. */
  #movePeer(call: BookedCall, peer: BookedPeer): void {
    const { peer: before, row } = call;
    // The address is part of the lane's name, also where the host is the same.
    this.version++;
    this.callsVersion++;
    if (before === peer) return;
    before.calls.delete(row.id);
    peer.calls.set(row.id, call);
    call.peer = peer;
    const { due, out } = before.totals;
    if (before.calls.size === 0 && due === 0 && out === 0) this.#forgetPeer(before);
  }

  #peerOf(method: BookedMethod, { peer }: CallRow, now: EpochMs): BookedPeer {
    if (!this.#isListed(method)) return method.pool!;
    const host = hostOf(peer);
    const held = method.peers.get(host);
    if (held !== undefined) return held;
    if (this.#peers >= MOST_PEERS) {
      this.#note(`more than ${exactCount(MOST_PEERS)} peers: those beyond are shown as other calls`);
      return this.#poolOf(method, now);
    }
    const created = createPeer(method, host, now);
    method.peers.set(host, created);
    this.#peers++;
    this.version++;
    return created;
  }

  #poolOf(method: BookedMethod, now: EpochMs): BookedPeer {
    if (method.pool === null) {
      method.pool = createPeer(method, null, now);
      this.version++;
    }
    return method.pool;
  }

  #applyEnded(
    book: BookedProcess,
    ended: EndedCallRow,
    since: number | null,
    endedPeers: Map<BookedMethod, Set<BookedPeer>>,
  ): void {
    const row = ended.call;
    if (row === null) return;
    const held = book.calls.get(row.id);
    if (held !== undefined) {
      this.#updateCall(book, held, row);
      this.#end(book, held, ended, endedPeers);
      return;
    }
    const method = book.methods.get(row.methodId);
    if (method === undefined) {
      this.#note("calls of methods that were never told are left out");
      return;
    }
    const peer = this.#peerOf(method, row, book.receivedAt);
    if (this.#isListed(method)) {
      // What a call did that was alive before and not listed has been given to the pool.
      if (since !== null && row.startedAtMs >= since) {
        give(peer, growth({ due: 0, out: 0 }, callTotals(method.flow, row)));
      }
      if (peer.calls.size === 0) peer.quietSince = book.receivedAt;
    }
    this.#noteEnding(book, peer, row, ended);
  }

  /** @param ended null: all that is known is that it did */
  #end(
    book: BookedProcess,
    call: BookedCall,
    ended: EndedCallRow | null,
    endedPeers: Map<BookedMethod, Set<BookedPeer>>,
  ): void {
    const { row, peer } = call;
    const { method } = peer;
    if (ended === null) {
      const peers = endedPeers.get(method) ?? new Set();
      endedPeers.set(method, peers.add(peer));
    } else {
      this.#ended.keep(call.key, method.flow === "calls", {
        streamKey: method.key,
        peer: row.peer,
        startedAt: localTime(book, row.startedAtMs),
        endedAt: localTime(book, ended.endedAtMs) || book.receivedAt,
        code: ended.code,
        sent: known(row.messagesFlushed),
        received: known(row.messagesReceived),
        lost: lostIn(row),
      });
    }
    this.#noteEnding(book, peer, row, ended);
    this.#forgetCall(book, call);
  }

  #noteEnding(book: BookedProcess, peer: BookedPeer, row: CallRow, ended: EndedCallRow | null): void {
    const { method, key } = peer;
    if (ended !== null && isServerError(ended.code)) peer.failedAt = book.receivedAt;
    this.#ended.note({
      streamKey: method.key,
      consumerKey: key,
      path: method.row.path,
      peer: row.peer,
      code: ended?.code ?? null,
      lost: lostIn(row),
    });
  }

  #applyConnections(book: BookedProcess, { snapshot, connections, closedConnections }: WatchResponse): void {
    if (snapshot) {
      const listed = new Set(connections.map(({ id }) => id));
      for (const id of book.connections.keys()) if (!listed.has(id)) book.connections.delete(id);
    }
    for (const { id, reason, liveCalls } of closedConnections) {
      const peer = book.connections.get(id)?.peer ?? "";
      book.connections.delete(id);
      if (liveCalls > 0) this.#closed.add(reason, { peer, reason }, liveCalls);
    }
  }

  /**
   * What a method counted and no row accounts for: calls that were never listed, and the last messages of calls of which
   * nothing but their end was told. It is the peer's whose calls ended so when all of them were one peer's, and the
   * pool's otherwise.
   */
  #giveRest(method: BookedMethod, ended: ReadonlySet<BookedPeer> | undefined, now: EpochMs): void {
    let unread = 0;
    if (method.flow === "received") {
      for (const peer of method.peers.values()) {
        for (const { totals } of peer.calls.values()) unread += totals.due - totals.out || 0;
      }
    }
    const counted = methodTotals(method.flow, method.row, unread);
    const { base, given } = method;
    // What was not counted before begins now.
    if (Number.isNaN(base.due)) base.due = counted.due - given.due;
    if (Number.isNaN(base.out)) base.out = counted.out - given.out;
    const rest = growth({ due: base.due + given.due, out: base.out + given.out }, counted);
    if (rest.due === 0 && rest.out === 0) return;
    const [only] = ended?.size === 1 ? ended : [];
    const peer = only ?? this.#poolOf(method, now);
    if (peer.host === null) peer.quietSince = now;
    give(peer, rest);
  }

  #forgetCall(book: BookedProcess, { row, peer }: BookedCall): void {
    book.calls.delete(row.id);
    this.callsVersion++;
    if (!peer.calls.delete(row.id)) return;
    if (peer.calls.size === 0) peer.quietSince = book.receivedAt;
    this.version++;
  }

  #forgetPeer({ method, host }: BookedPeer): void {
    if (host === null || !method.peers.delete(host)) return;
    this.#peers--;
    this.version++;
  }

  #note(message: string): void {
    if (this.troubles.size < 20 || this.troubles.has(message)) {
      this.troubles.set(message, { message, at: this.process!.receivedAt });
    }
  }
}

function createPeer(method: BookedMethod, host: string | null, now: EpochMs): BookedPeer {
  return {
    key: consumerKeyOf(method.key, host),
    host,
    method,
    totals: { due: 0, out: 0 },
    taken: { due: 0, out: 0 },
    calls: new Map(),
    quietSince: now,
    failedAt: Number.NaN,
    consumer: -1,
  };
}

function give({ totals, method: { given } }: BookedPeer, { due, out }: Totals): void {
  totals.due += due;
  totals.out += out;
  given.due += due;
  given.out += out;
}

/** Never negative, and 0 where it is not known: a later known value makes up for it. */
function growth(before: Totals, now: Totals): Totals {
  const step = (a: number, b: number) => (b > a ? b - a : 0);
  return { due: step(before.due, now.due), out: step(before.out, now.out) };
}

const COUNTERS = [
  "started",
  "completed",
  "messagesWritten",
  "messagesFlushed",
  "messagesReceived",
] as const satisfies readonly (keyof MethodRow)[];

function wentBack(before: MethodRow, now: MethodRow): boolean {
  return COUNTERS.some((counter) => known(now[counter]) < known(before[counter]));
}

function lostIn({ queuedWrites, unreadMessages }: CallRow): number {
  return (known(queuedWrites) || 0) + (known(unreadMessages) || 0);
}
