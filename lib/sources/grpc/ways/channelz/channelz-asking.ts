import { type MethodDefinition, status as Status } from "@grpc/grpc-js";
import type { GrpcConnection } from "../../connection/client.ts";
import { isCallFailure } from "../../connection/failure.ts";
import type { OwnCounts } from "../../connection/own-calls.ts";
import {
  channelzService,
  type RawChannel,
  type RawServer,
  type RawSocket,
  type RawSocketRef,
  type RawSubchannel,
} from "./channelz-definition.ts";

/** What is asked of channelz, and how much it has been. Rejects as `GrpcConnection.unary`. */
export interface ChannelzAsking {
  /** With the calls of Streamside that are among those the servers have counted; null: not known exactly. */
  servers(
    signal: AbortSignal,
  ): Promise<{ readonly servers: readonly RawServer[]; readonly own: OwnCounts | null }>;
  /** One page of the sockets of a server, from this id on. */
  serverSockets(serverId: number, startSocketId: number, signal: AbortSignal): Promise<SocketPage>;
  topChannels(signal: AbortSignal): Promise<readonly RawChannel[]>;
  /** Null: it is gone. So for the others. */
  channel(channelId: number, signal: AbortSignal): Promise<RawChannel | null>;
  subchannel(subchannelId: number, signal: AbortSignal): Promise<RawSubchannel | null>;
  socket(socketId: number, signal: AbortSignal): Promise<RawSocket | null>;
  /** Requests sent so far. */
  readonly requests: number;
}

export interface SocketPage {
  readonly refs: readonly RawSocketRef[];
  readonly isLast: boolean;
}

/** What a page may hold. References are small; many servers send no more than 100 or 50 of them. */
const PAGE = 500;
/** Servers and channels come with all they have to tell. */
const SMALL_PAGE = 100;

export function createChannelzAsking(connection: GrpcConnection): ChannelzAsking {
  let requests = 0;
  /** Parts of channelz that this server does not have. */
  const missing = new Set<string>();
  /** Before that, nobody has to wait for what may not be offered. */
  let isOffered = false;

  const ask = <Q, R>(method: MethodDefinition<Q, R>, request: Q, signal: AbortSignal): Promise<R> => {
    requests++;
    return connection.unary(method, request, signal);
  };

  const orNull = async <Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    signal: AbortSignal,
  ): Promise<R | null> => {
    if (missing.has(method.path)) return null;
    try {
      return await ask(method, request, signal);
    } catch (error) {
      if (!isCallFailure(error) || !GONE.has(error.code)) throw error;
      if (error.code === Status.UNIMPLEMENTED) missing.add(method.path);
      return null;
    }
  };

  return {
    get requests() {
      return requests;
    },

    async servers(signal) {
      requests++;
      const request = { startServerId: 0, maxResults: SMALL_PAGE };
      const { answer, own } = await connection.alone(channelzService.GetServers, request, signal, isOffered);
      isOffered = true;
      return { servers: answer.server ?? [], own };
    },

    async serverSockets(serverId, startSocketId, signal) {
      const request = { serverId, startSocketId, maxResults: PAGE };
      const page = await orNull(channelzService.GetServerSockets, request, signal);
      const refs = page?.socketRef ?? [];
      return { refs, isLast: page?.end === true || refs.length === 0 };
    },

    async topChannels(signal) {
      const request = { startChannelId: 0, maxResults: SMALL_PAGE };
      return (await orNull(channelzService.GetTopChannels, request, signal))?.channel ?? [];
    },

    async channel(channelId, signal) {
      return (await orNull(channelzService.GetChannel, { channelId }, signal))?.channel ?? null;
    },

    async subchannel(subchannelId, signal) {
      return (await orNull(channelzService.GetSubchannel, { subchannelId }, signal))?.subchannel ?? null;
    },

    async socket(socketId, signal) {
      return (await orNull(channelzService.GetSocket, { socketId, summary: true }, signal))?.socket ?? null;
    },
  };
}

/** Gone since it was listed, or a part of channelz that this server does not have. */
const GONE: ReadonlySet<Status> = new Set([Status.NOT_FOUND, Status.UNIMPLEMENTED]);

/** An answer that nobody can read, or a server that fails at this one question: the others may do better. */
export function isUnreadable(error: unknown): boolean {
  return isCallFailure(error) && (error.code === Status.INTERNAL || error.code === Status.UNKNOWN);
}

/** Null in the place of what cannot be read. */
export function orUnread(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}
