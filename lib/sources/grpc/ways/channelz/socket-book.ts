import type { EpochMs } from "../../../../model/reading.ts";
import type { ChannelzSocket } from "../ways.ts";
import type { ChannelzAsking } from "./channelz-asking.ts";
import type { RawSocket } from "./channelz-definition.ts";
import { addressOf, countOf, idOf, securityOf, timeOf, windowsOf } from "./raw-values.ts";
import type { TargetClock } from "./target-clock.ts";

/** One connection that a server of the target has. */
export interface HeldSocket {
  readonly id: number;
  readonly serverId: number;
  /** Null: not read yet. */
  socket: ChannelzSocket | null;
  /** Between its last two readings something moved. */
  isBusy: boolean;
  /** Could not be read, and is not asked for before. */
  restsUntil: EpochMs;
  /** In which pass over the list it was seen. */
  pass: number;
}

/** The connections of all servers of a target, listed page by page. */
export interface SocketBook {
  readonly held: ReadonlyMap<number, HeldSocket>;
  /** Lists on: all of it where it is short, from where it was left otherwise. */
  list(serverIds: readonly number[], signal: AbortSignal): Promise<void>;
  /** Those whose turn it is to be read. */
  turn(budget: number, now: EpochMs): HeldSocket[];
  read(id: number, raw: RawSocket, clock: TargetClock, now: number): void;
  drop(id: number): void;
}

/** Pages of the list that one sample may ask for. */
const PAGES = 10;
/** Connections beyond these are not looked at. */
const MOST_HELD = 20_000;

export function createSocketBook(asking: ChannelzAsking): SocketBook {
  const held = new Map<number, HeldSocket>();
  let pass = 0;
  let at = { server: 0, socketId: 0 };

  const listPage = async (serverId: number, signal: AbortSignal) => {
    const { refs, isLast } = await asking.serverSockets(serverId, at.socketId, signal);
    let highest = at.socketId - 1;
    for (const { socketId } of refs) {
      const id = idOf(socketId);
      if (id === null) continue;
      highest = Math.max(highest, id);
      const known = held.get(id);
      if (known?.serverId === serverId) known.pass = pass;
      else if (held.size < MOST_HELD)
        held.set(id, { id, serverId, socket: null, isBusy: false, restsUntil: 0, pass });
    }
    // A page that leads nowhere would be asked for for ever.
    const isEnd = isLast || highest < at.socketId;
    at = isEnd ? { server: at.server + 1, socketId: 0 } : { ...at, socketId: highest + 1 };
  };

  return {
    held,

    async list(serverIds, signal) {
      for (let pages = 0; pages < PAGES && at.server < serverIds.length; pages++) {
        await listPage(serverIds[at.server]!, signal);
      }
      if (at.server < serverIds.length) return;
      for (const [id, socket] of held) if (socket.pass < pass) held.delete(id);
      at = { server: 0, socketId: 0 };
      pass++;
    },

    turn(budget, now) {
      const all = [...held.values()].filter(({ restsUntil }) => restsUntil <= now);
      if (all.length <= budget) return all;
      // The newest first: Streamside's own is one of them.
      const fresh = all.filter(({ socket }) => socket === null).sort((a, b) => b.id - a.id);
      const known = all
        .filter(({ socket }) => socket !== null)
        .sort((a, b) => a.socket!.asOf - b.socket!.asOf);
      const busy = known.filter(({ isBusy }) => isBusy);
      const calm = known.filter(({ isBusy }) => !isBusy);
      const half = Math.ceil(budget / 2);
      const first = [...fresh.slice(0, half), ...busy.slice(0, half)];
      const rest = [...calm, ...fresh.slice(half), ...busy.slice(half)];
      return [...first, ...rest].slice(0, budget);
    },

    read(id, raw, clock, now) {
      const known = held.get(id);
      if (known === undefined) return;
      const socket = toSocket(id, raw, clock, now);
      known.isBusy = known.socket !== null && movements(socket) !== movements(known.socket);
      known.socket = socket;
    },

    drop: (id) => {
      held.delete(id);
    },
  };
}

function movements({ streamsStarted, messagesSent, messagesReceived }: ChannelzSocket): number {
  return (streamsStarted || 0) + (messagesSent || 0) + (messagesReceived || 0);
}

export function toSocket(id: number, raw: RawSocket, clock: TargetClock, now: number): ChannelzSocket {
  const { data } = raw;
  const count = (value: string | undefined) => (data ? countOf(value) : Number.NaN);
  const windows = windowsOf(data ?? {});
  return {
    id: String(id),
    asOf: now,
    remote: addressOf(raw.remote),
    local: addressOf(raw.local),
    streamsStarted: count(data?.streamsStarted),
    streamsSucceeded: count(data?.streamsSucceeded),
    streamsFailed: count(data?.streamsFailed),
    messagesSent: count(data?.messagesSent),
    messagesReceived: count(data?.messagesReceived),
    keepAlivesSent: count(data?.keepAlivesSent),
    lastMessageSentAt: clock.toOurs(timeOf(data?.lastMessageSentTimestamp), now),
    lastMessageReceivedAt: clock.toOurs(timeOf(data?.lastMessageReceivedTimestamp), now),
    remoteWindow: windows.remote,
    localWindow: windows.local,
    security: securityOf(raw),
  };
}
