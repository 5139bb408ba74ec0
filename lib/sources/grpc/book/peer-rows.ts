import type { EpochMs } from "../../../model/reading.ts";
import { consumerKeyOf, hostOf } from "../connection/peer.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "./booked.ts";

/** A peer without live calls is forgotten after this long. */
const PEER_MEMORY_MS = 60_000;
/** Of one process; calls of more are shown together. */
export const MOST_PEERS = 20_000;

/** The peers of a process's methods: who its calls are with. */
export class PeerRows {
  /** Changes whenever a peer, or a call that is a lane, comes or goes. */
  version = 0;
  #count = 0;
  readonly #onTooMany: () => void;

  constructor(onTooMany: () => void) {
    this.#onTooMany = onTooMany;
  }

  /** Of another process. */
  clear(): void {
    this.#count = 0;
    this.version++;
  }

  /** @param peer its address */
  of(method: BookedMethod, peer: string, now: EpochMs): BookedPeer {
    if (!method.isListed) return this.poolOf(method, now);
    const host = hostOf(peer);
    const held = method.peers.get(host);
    if (held !== undefined) return held;
    if (this.#count >= MOST_PEERS) {
      this.#onTooMany();
      return this.poolOf(method, now);
    }
    const created = createPeer(method, host, now);
    method.peers.set(host, created);
    this.#count++;
    this.version++;
    return created;
  }

  poolOf(method: BookedMethod, now: EpochMs): BookedPeer {
    if (method.pool === null) {
      method.pool = createPeer(method, null, now);
      this.version++;
    }
    return method.pool;
  }

  /** A call that is a lane. */
  add(call: BookedCall): void {
    call.peer.calls.set(call.row.id, call);
    this.version++;
  }

  remove({ row, peer }: BookedCall, now: EpochMs): void {
    if (!peer.calls.delete(row.id)) return;
    if (peer.calls.size === 0) peer.quietSince = now;
    this.version++;
  }

  /** A client's call has no peer before it has a connection. */
  move(call: BookedCall, peer: BookedPeer): void {
    const { peer: before, row } = call;
    // The address is part of the lane's name, also where the host is the same.
    this.version++;
    if (before === peer) return;
    before.calls.delete(row.id);
    peer.calls.set(row.id, call);
    call.peer = peer;
    const { due, out } = before.totals;
    if (before.calls.size === 0 && due === 0 && out === 0) this.#forget(before);
  }

  /** Forgets those that have been away for long. */
  prune(process: BookedProcess, now: EpochMs): void {
    const away = (peer: BookedPeer) => peer.calls.size === 0 && now - peer.quietSince > PEER_MEMORY_MS;
    for (const method of process.methods.values()) {
      for (const peer of method.peers.values()) if (away(peer)) this.#forget(peer);
      // Where calls are told one by one, the pool is only for what is left over.
      if (method.pool && method.isListed && away(method.pool)) {
        method.pool = null;
        this.version++;
      }
    }
  }

  #forget({ method, host }: BookedPeer): void {
    if (host === null || !method.peers.delete(host)) return;
    this.#count--;
    this.version++;
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
  };
}
