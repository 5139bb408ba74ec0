import type { CallRow, ConnectionRow } from "@streamside/grpc-health";
import type { BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import { plainAddress } from "../ways/channelz/raw-values.ts";
import type { ChannelzFindings, ChannelzSocket } from "../ways/ways.ts";

/** One lost ping is a busy peer. */
const FEWEST_PINGS = 2;
const GONE_AFTER_MS = 5_000;

/** The connection is there, and nobody answers on it any more. */
export function isGone(row: ConnectionRow, { serverTimeMs }: Pick<BookedProcess, "serverTimeMs">): boolean {
  if (!(known(row.unansweredPings) >= FEWEST_PINGS)) return false;
  const sinceMs = serverTimeMs - known(row.firstUnansweredPingAtMs);
  return sinceMs >= GONE_AFTER_MS && !(known(row.lastReceivedAtMs) > known(row.firstUnansweredPingAtMs));
}

/** Messages of a call wait because of its connection, and so do those of every other call on it. */
export function isBlocked(
  row: CallRow,
  connection: ConnectionRow | undefined,
  socket: ChannelzSocket | undefined,
): boolean {
  if (!(known(row.queuedWrites) > 0)) return false;
  if (row.heldBy === "CONNECTION_WINDOW") return true;
  // The window of the call alone; that of the connection may well be shut besides.
  if (row.heldBy === "STREAM_WINDOW") return false;
  return isShut(connection, socket);
}

/** The other end takes nothing more on the connection as a whole. */
export function isShut(
  connection: ConnectionRow | null | undefined,
  socket: ChannelzSocket | null | undefined,
): boolean {
  return (connection?.sendWindow ?? socket?.remoteWindow) === 0;
}

const SOCKETS = new WeakMap<ChannelzFindings, ReadonlyMap<string, ChannelzSocket>>();

/** What channelz tells of the connection from a peer; where it has very many, each has its turn. */
export function socketOf(channelz: ChannelzFindings | null, peer: string): ChannelzSocket | undefined {
  if (channelz === null) return undefined;
  let byRemote = SOCKETS.get(channelz);
  if (byRemote === undefined) {
    byRemote = new Map(channelz.sockets.map((socket) => [socket.remote, socket]));
    SOCKETS.set(channelz, byRemote);
  }
  return byRemote.get(plainAddress(peer));
}
