import type { CallRow, EndedCallRow, MethodRow, WatchResponse } from "@streamside/grpc-health";
import { exactCount } from "../../../format/index.ts";
import { isServerError } from "../../../model/call.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { EndedCall } from "../../../sample/calls.ts";
import { countOf } from "../../event-text.ts";
import {
  type BookedCall,
  type BookedMethod,
  type BookedPeer,
  type BookedProcess,
  localTime,
} from "./booked.ts";
import { type Closing, describeClosings, takeConnections } from "./connection-rows.ts";
import { EndedCalls } from "./ended-calls.ts";
import { EventTally } from "./event-tally.ts";
import { callTotals, known } from "./flow.ts";
import { MethodRows } from "./method-rows.ts";
import { MOST_PEERS, PeerRows } from "./peer-rows.ts";
import { PlannedEnds } from "./planned-ends.ts";
import { give, growth, NOTHING, restOf } from "./traffic.ts";
import { Troubles } from "./troubles.ts";

/** What one process may tell of; the rest is left out, and that is told. */
const MOST_CALLS = 20_000;

/** Peers whose calls ended, of which nothing but that is known. */
type EndedPeers = Map<BookedMethod, Set<BookedPeer>>;

/**
 * What Watch responses add up to. Pure: everything it knows comes through `apply`. Nothing that comes makes it throw or
 * grow without bound: what cannot be meant is left out and told as trouble.
 */
export class CallBook {
  /** Changes whenever any call comes or goes, or has another connection, peer or name. */
  callsVersion = 0;
  process: BookedProcess | null = null;
  readonly troubles = new Troubles();
  readonly #from: BookedProcess["from"];
  readonly #peers = new PeerRows(() =>
    this.#note(`more than ${exactCount(MOST_PEERS)} peers: those beyond are shown as other calls`),
  );
  readonly #ended = new EndedCalls();
  readonly #closed = new EventTally<Closing>(describeClosings);
  readonly #methods: MethodRows;
  #events: SourceEvent[] = [];

  constructor(from: BookedProcess["from"] = "instrumented") {
    this.#from = from;
    this.#methods = new MethodRows(this.#peers, {
      note: (trouble) => this.#note(trouble),
      tell: (event) => this.#events.push(event),
    });
  }

  /** Changes whenever methods, peers or calls that are lanes come or go, and only then. */
  get version(): number {
    return this.#methods.version + this.#peers.version;
  }

  /** @param receivedAt when it came, on Streamside's clock */
  apply(response: WatchResponse, receivedAt: EpochMs): void {
    const since = this.#turn(response, receivedAt);
    const book = this.process;
    if (book === null) return;
    const statuses = new Map(
      response.endedCalls.length === 0
        ? []
        : Array.from(book.methods.values(), (method) => [method, method.row.statuses] as const),
    );
    for (const row of response.methods) this.#methods.apply(book, row, since);
    for (const row of response.calls) this.#applyCall(book, row, since);
    // As far as they are told with the same response: a GOAWAY comes before the end of what it ends.
    for (const row of response.connections)
      if (book.connections.has(row.id)) book.connections.set(row.id, row);
    this.#applyEnds(book, response, since, statuses);
    for (const id of response.hiddenCallIds) {
      const call = book.calls.get(id);
      if (call) this.#forgetCall(book, call);
    }
    takeConnections(book, response, this.#closed);
  }

  /** Forgets peers that have been away for long, and troubles that are over. */
  prune(now: EpochMs): void {
    this.troubles.prune(now);
    if (this.process) this.#peers.prune(this.process, now);
  }

  /** What happened since this was last asked. */
  takeEvents(): SourceEvent[] {
    const now = this.process?.receivedAt ?? Number.NaN;
    return [...this.#events.splice(0), ...this.#ended.takeEvents(now), ...this.#closed.take(now)];
  }

  /** What became of the last calls that somebody may have looked at, by key: the same map until another one ends. */
  get endedCalls(): ReadonlyMap<string, EndedCall> {
    return this.#ended.kept;
  }

  /**
   * Sets the clock, and starts a new book for another process. Returns the time of the response before, on the process's
   * clock: what began before it was out of sight; null: there was none.
   */
  #turn(response: WatchResponse, receivedAt: EpochMs): number | null {
    const { process: info, liveCalls, faults } = response;
    const serverTimeMs = known(response.serverTimeMs);
    const held = this.process;
    if (held !== null && (info === null || info.instanceId === held.info.instanceId)) {
      const before = held.serverTimeMs;
      Object.assign(held, { serverTimeMs, receivedAt, liveCalls, faults });
      return before;
    }
    if (info === null) return null;
    if (held !== null) {
      const { size } = held.calls;
      const gone =
        size === 1 ? "1 live call is gone, " : size > 0 ? `${countOf(size, "live call")} are gone, ` : "";
      this.#events.push({
        at: receivedAt,
        kind: "restart",
        title: `The process was replaced: ${gone}its counters start again`,
      });
    }
    this.#peers.clear();
    this.callsVersion++;
    this.#methods.clear();
    this.troubles.clear();
    this.process = {
      info,
      startedAt: localTime({ receivedAt, serverTimeMs }, info.startedAtMs),
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

  #applyCall(book: BookedProcess, row: CallRow, since: number | null): void {
    const held = book.calls.get(row.id);
    if (held !== undefined) {
      this.#updateCall(book, held, row);
      return;
    }
    const method = this.#methodOf(book, row);
    if (method === null) return;
    if (book.calls.size >= MOST_CALLS) {
      this.#note(`more than ${exactCount(MOST_CALLS)} calls: those beyond are left out`);
      return;
    }
    const call: BookedCall = {
      process: book,
      row,
      totals: callTotals(method.flow, row),
      key: `${book.info.instanceId}.${row.id}`,
      peer: this.#peers.of(method, row.peer, book.receivedAt),
      movedAtMs: book.serverTimeMs,
    };
    book.calls.set(row.id, call);
    this.callsVersion++;
    if (!method.isListed) return;
    this.#peers.add(call);
    const { due, out } = call.totals;
    if (since === null && method.flow === "received") method.base.out -= due - out || 0;
    this.#giveFirst(call.peer, row, since);
  }

  /** A call that is older than the response before was out of sight: what it did then is not this peer's growth now. */
  #giveFirst(peer: BookedPeer, row: CallRow, since: number | null): void {
    if (since === null || !(row.startedAtMs >= since)) return;
    give(peer, growth(NOTHING, callTotals(peer.method.flow, row)));
  }

  #updateCall(book: BookedProcess, call: BookedCall, row: CallRow): void {
    const { method } = call.peer;
    if (row.methodId !== method.row.id) {
      this.#note("calls that changed their method are left out");
      return;
    }
    if (method.isListed) {
      if (row.peer !== call.row.peer) {
        this.#peers.move(call, this.#peers.of(method, row.peer, book.receivedAt));
      }
      const totals = callTotals(method.flow, row);
      const grown = growth(call.totals, totals);
      if (grown.out > 0) call.movedAtMs = book.serverTimeMs;
      give(call.peer, grown);
      call.totals = totals;
    }
    if (!isSameCall(row, call.row)) this.callsVersion++;
    call.row = row;
  }

  /** Null: it was never told. */
  #methodOf(book: BookedProcess, { methodId }: CallRow): BookedMethod | null {
    const method = book.methods.get(methodId) ?? null;
    if (method === null) this.#note("calls of methods that were never told are left out");
    return method;
  }

  #applyEnds(
    book: BookedProcess,
    response: WatchResponse,
    since: number | null,
    statuses: ReadonlyMap<BookedMethod, MethodRow["statuses"]>,
  ): void {
    const { snapshot, calls, endedCalls, endedCallIds } = response;
    const endedPeers: EndedPeers = new Map();
    const planned = new PlannedEnds(book, response);
    for (const row of endedCalls) this.#applyEnded(book, row, since, planned);
    planned.settle(statuses);
    const end = (call: BookedCall | undefined) => {
      if (call === undefined) return;
      const { method } = call.peer;
      endedPeers.set(method, (endedPeers.get(method) ?? new Set()).add(call.peer));
      this.#noteEnding(book, call.peer, call.row, null);
      this.#forgetCall(book, call);
    };
    for (const id of endedCallIds) end(book.calls.get(id));
    if (snapshot) {
      const listed = new Set(calls.map(({ id }) => id));
      for (const [id, call] of book.calls) if (!listed.has(id)) end(call);
    }
    for (const method of book.methods.values()) {
      this.#giveRest(method, endedPeers.get(method), book.receivedAt);
    }
  }

  /** One whose last state is told. */
  #applyEnded(book: BookedProcess, ended: EndedCallRow, since: number | null, planned: PlannedEnds): void {
    const row = ended.call;
    if (row === null) return;
    const known = book.methods.get(row.methodId);
    const isPlanned = known !== undefined && planned.note(known, ended);
    const held = book.calls.get(row.id);
    if (held !== undefined) {
      this.#updateCall(book, held, row);
      this.#keepEnded(book, held, ended);
      if (!isPlanned) this.#noteEnding(book, held.peer, held.row, ended);
      this.#forgetCall(book, held);
      return;
    }
    const method = this.#methodOf(book, row);
    if (method === null) return;
    const peer = this.#peers.of(method, row.peer, book.receivedAt);
    if (method.isListed) {
      this.#giveFirst(peer, row, since);
      if (peer.calls.size === 0) peer.quietSince = book.receivedAt;
    }
    if (!isPlanned) this.#noteEnding(book, peer, row, ended);
  }

  #keepEnded(book: BookedProcess, { key, row, peer: { method } }: BookedCall, ended: EndedCallRow): void {
    this.#ended.keep(key, method.flow === "calls", {
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

  /** @param ended null: all that is known is that it did */
  #noteEnding(book: BookedProcess, peer: BookedPeer, row: CallRow, ended: EndedCallRow | null): void {
    const { method, key } = peer;
    if (ended !== null && isServerError(ended.code)) peer.failedAt = book.receivedAt;
    this.#ended.note({
      streamKey: method.key,
      consumerKey: key,
      path: method.row.path,
      peer: row.peer,
      code: ended?.code ?? null,
      // The answer that a unary call did not live to get is the call itself, not a backlog.
      lost: method.flow === "calls" ? 0 : lostIn(row),
    });
  }

  /**
   * What a method counted and no row accounts for: calls that were never listed, and the last messages of calls of which
   * nothing but their end was told. It is the peer's whose calls ended so when all of them were one peer's, and the
   * pool's otherwise.
   */
  #giveRest(method: BookedMethod, ended: ReadonlySet<BookedPeer> | undefined, now: EpochMs): void {
    const rest = restOf(method);
    if (rest.due === 0 && rest.out === 0) return;
    const [only] = ended?.size === 1 ? ended : [];
    const peer = only ?? this.#peers.poolOf(method, now);
    if (peer.host === null) peer.quietSince = now;
    give(peer, rest);
  }

  #forgetCall(book: BookedProcess, call: BookedCall): void {
    book.calls.delete(call.row.id);
    this.callsVersion++;
    this.#peers.remove(call, book.receivedAt);
  }

  #note(message: string): void {
    this.troubles.note(message, this.process!.receivedAt);
  }
}

function isSameCall(a: CallRow, b: CallRow): boolean {
  return a.connectionId === b.connectionId && a.peer === b.peer && a.clientName === b.clientName;
}

function lostIn({ queuedWrites, unreadMessages }: CallRow): number {
  return (known(queuedWrites) || 0) + (known(unreadMessages) || 0);
}
