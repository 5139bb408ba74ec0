import type { CallRow, MethodRow, WatchResponse } from "@streamside/grpc-health";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "./booked.ts";
import { callBacklog, callTotals, flowOf, methodTotals, type Totals } from "./flow.ts";
import { hostOf, shortMethod } from "./peer.ts";

/** A peer without live calls is forgotten after this long. */
const PEER_MEMORY_MS = 60_000;

/**
 * What Watch responses add up to. Pure: everything it knows comes through `apply`. `version` changes whenever methods,
 * peers or calls come or go, and only then.
 */
export class CallBook {
  version = 0;
  process: BookedProcess | null = null;
  readonly #calls = new Map<number, BookedCall>();
  #lastNumber = 0;
  #events: SourceEvent[] = [];

  /** @param receivedAt when it came, on Streamside's clock */
  apply(response: WatchResponse, receivedAt: EpochMs): void {
    const previousTimeMs = this.#turn(response, receivedAt);
    const book = this.process;
    if (book === null) return;
    for (const row of response.methods) this.#applyMethod(book, row, previousTimeMs);
    const listed = new Set<number>();
    for (const row of response.calls) {
      listed.add(row.id);
      this.#applyCall(book, row, previousTimeMs);
    }
    const ended = new Map<BookedMethod, Set<BookedPeer>>();
    const end = (id: number) => {
      const call = this.#calls.get(id);
      if (call === undefined) return;
      const { method } = call.peer;
      ended.set(method, (ended.get(method) ?? new Set()).add(call.peer));
      this.#noteLoss(call, receivedAt);
      this.#forgetCall(call, receivedAt);
    };
    if (response.snapshot) for (const id of [...this.#calls.keys()]) if (!listed.has(id)) end(id);
    for (const id of response.endedCallIds) end(id);
    for (const id of response.hiddenCallIds) {
      const call = this.#calls.get(id);
      if (call) this.#forgetCall(call, receivedAt);
    }
    for (const method of book.methods.values()) this.#giveRest(method, ended.get(method), receivedAt);
  }

  /** Forgets peers that have been away for long. */
  prune(now: EpochMs): void {
    for (const method of this.process?.methods.values() ?? []) {
      const away = (peer: BookedPeer) => peer.calls.size === 0 && now - peer.quietSince > PEER_MEMORY_MS;
      for (const [host, peer] of method.peers) {
        if (!away(peer)) continue;
        method.peers.delete(host);
        this.version++;
      }
      // A unary method has no other reader to show.
      if (method.pool && method.flow !== "calls" && away(method.pool)) {
        method.pool = null;
        this.version++;
      }
    }
  }

  /** What happened since this was last asked. */
  takeEvents(): SourceEvent[] {
    return this.#events.splice(0);
  }

  /** Sets the clock, and starts a new book for another process. Returns the time of the response before, or NaN. */
  #turn(response: WatchResponse, receivedAt: EpochMs): number {
    const { process: info, serverTimeMs, liveCalls, faults } = response;
    const held = this.process;
    if (info !== null && info.instanceId !== held?.info.instanceId) {
      if (held !== null) {
        this.#events.push({
          at: receivedAt,
          kind: "restart",
          title: `The process was replaced: ${this.#calls.size} live calls are gone, its counters start again`,
        });
      }
      this.#calls.clear();
      this.version++;
      this.process = {
        info,
        methods: new Map(),
        clientMethods: new Set(),
        serverTimeMs,
        receivedAt,
        liveCalls,
        faults,
      };
      return Number.NaN;
    }
    if (held === null) return Number.NaN;
    const previousTimeMs = held.serverTimeMs;
    Object.assign(held, { serverTimeMs, receivedAt, liveCalls, faults });
    return previousTimeMs;
  }

  #applyMethod(book: BookedProcess, row: MethodRow, previousTimeMs: number): void {
    if (row.side === "CLIENT") {
      book.clientMethods.add(row.id);
      return;
    }
    const held = book.methods.get(row.id);
    if (held !== undefined) {
      held.row = row;
      return;
    }
    // In the first response a method has a past that was not watched; later ones begin before our eyes.
    const base = Number.isNaN(previousTimeMs) ? methodTotals(row, 0) : { due: 0, out: 0 };
    const method: BookedMethod = {
      row,
      flow: flowOf(row),
      peers: new Map(),
      pool: null,
      base,
      given: { due: 0, out: 0 },
    };
    if (method.flow === "calls") method.pool = this.#createPeer(method, null, book.receivedAt);
    book.methods.set(row.id, method);
    this.version++;
  }

  #applyCall(book: BookedProcess, row: CallRow, previousTimeMs: number): void {
    const method = book.methods.get(row.methodId);
    if (method === undefined || method.flow === "calls") return;
    const totals = callTotals(method.flow, row);
    const held = this.#calls.get(row.id);
    if (held !== undefined) {
      give(held.peer, growth(held.totals, totals));
      held.row = row;
      held.totals = totals;
      return;
    }
    const host = hostOf(row.peer);
    let peer = method.peers.get(host);
    if (peer === undefined) {
      peer = this.#createPeer(method, host, book.receivedAt);
      method.peers.set(host, peer);
    }
    this.#lastNumber++;
    const call: BookedCall = { row, totals, number: this.#lastNumber, peer };
    peer.calls.set(row.id, call);
    this.#calls.set(row.id, call);
    this.version++;
    // A call that is older than the response before was out of sight: what it did then is not this peer's growth now.
    if (row.startedAtMs >= previousTimeMs) give(peer, growth({ due: 0, out: 0 }, totals));
    else if (Number.isNaN(previousTimeMs) && method.flow === "requests")
      method.base.out -= totals.due - totals.out;
  }

  /**
   * What a method counted and no row accounts for: the last messages of ended calls, and calls that were never listed.
   * It is the peer's whose calls ended when all of them were one peer's, and the pool's otherwise.
   */
  #giveRest(method: BookedMethod, ended: ReadonlySet<BookedPeer> | undefined, now: EpochMs): void {
    let unread = 0;
    if (method.flow === "requests") {
      for (const peer of method.peers.values()) {
        for (const { totals } of peer.calls.values()) unread += totals.due - totals.out || 0;
      }
    }
    const counted = methodTotals(method.row, unread);
    const { base, given } = method;
    const rest = growth({ due: base.due + given.due, out: base.out + given.out }, counted);
    if (rest.due === 0 && rest.out === 0) return;
    const [only] = ended?.size === 1 ? ended : [];
    if (only) {
      give(only, rest);
      return;
    }
    if (method.pool === null) {
      method.pool = this.#createPeer(method, null, now);
      this.version++;
    }
    method.pool.quietSince = now;
    give(method.pool, rest);
  }

  #createPeer(method: BookedMethod, host: string | null, now: EpochMs): BookedPeer {
    this.#lastNumber++;
    const { path } = method.row;
    const who = host ?? (method.flow === "calls" ? "all callers" : "other calls");
    return {
      key: `${path} ${host ?? "*"}`,
      name: `${shortMethod(path)} ← ${who}`,
      host,
      method,
      number: this.#lastNumber,
      totals: { due: 0, out: 0 },
      calls: new Map(),
      quietSince: now,
    };
  }

  #forgetCall({ row, peer }: BookedCall, now: EpochMs): void {
    this.#calls.delete(row.id);
    peer.calls.delete(row.id);
    if (peer.calls.size === 0) peer.quietSince = now;
    this.version++;
  }

  #noteLoss({ row, peer }: BookedCall, at: EpochMs): void {
    const waiting = callBacklog(peer.method.flow, row);
    if (!(waiting > 0)) return;
    this.#events.push({
      at,
      kind: "call ended",
      title: `A call from ${row.peer || "an unknown peer"} ended; ${waiting} messages were waiting in it`,
      streamKey: peer.method.row.path,
      consumerKey: peer.key,
    });
  }
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
