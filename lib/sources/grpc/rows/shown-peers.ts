import type { ConsumerInfo } from "../../../sample/layout.ts";
import type { BookedMethod, BookedPeer, BookedProcess } from "../book/booked.ts";
import { kindText } from "../book/flow.ts";
import { shortMethod } from "../connection/peer.ts";
import type { MethodPart, ShownMethod, ShownPeer } from "./shown.ts";

/** The last number that was given to a lane. */
export interface Numbers {
  last: number;
}

/** @param before those of the rows before, by key: their sums go on, and their lanes keep their numbers */
export function mapPeers(
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
export function nextNumber(numbers: Numbers): number {
  numbers.last = numbers.last >= 0x7fff_ffff ? 1 : numbers.last + 1;
  return numbers.last;
}

export function mapConsumer(peer: ShownPeer, stream: number): ConsumerInfo {
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
