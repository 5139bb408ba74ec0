import type { MethodDefinition } from "@grpc/grpc-js";
import { loadPackage } from "../../proto-package.ts";

/** What is absent was not told, except for numbers in messages that are there: those are 0. Whole numbers of 64 bits are text. */
export interface RawServer {
  readonly ref?: { readonly serverId?: string; readonly name?: string };
  readonly data?: RawCalls;
  readonly listenSocket?: readonly RawSocketRef[];
}

export interface RawChannel {
  readonly ref?: { readonly channelId?: string; readonly name?: string };
  readonly data?: RawChannelData;
  readonly channelRef?: readonly { readonly channelId?: string }[];
  readonly subchannelRef?: readonly { readonly subchannelId?: string }[];
}

export interface RawSubchannel {
  readonly ref?: { readonly subchannelId?: string; readonly name?: string };
  readonly data?: RawChannelData;
  readonly socketRef?: readonly RawSocketRef[];
}

export interface RawCalls {
  readonly callsStarted?: string;
  readonly callsSucceeded?: string;
  readonly callsFailed?: string;
  readonly lastCallStartedTimestamp?: RawTime;
}

export interface RawChannelData extends RawCalls {
  /** A number: a state that this version of channelz does not know. */
  readonly state?: { readonly state?: string | number };
  readonly target?: string;
}

export interface RawSocketRef {
  readonly socketId?: string;
  readonly name?: string;
}

export interface RawSocket {
  readonly data?: {
    readonly streamsStarted?: string;
    readonly streamsSucceeded?: string;
    readonly streamsFailed?: string;
    readonly messagesSent?: string;
    readonly messagesReceived?: string;
    readonly keepAlivesSent?: string;
    readonly lastRemoteStreamCreatedTimestamp?: RawTime;
    readonly lastMessageSentTimestamp?: RawTime;
    readonly lastMessageReceivedTimestamp?: RawTime;
    readonly localFlowControlWindow?: { readonly value?: string };
    readonly remoteFlowControlWindow?: { readonly value?: string };
  };
  readonly local?: RawAddress;
  readonly remote?: RawAddress;
  readonly security?: {
    readonly tls?: { readonly standardName?: string; readonly otherName?: string };
    readonly other?: { readonly name?: string };
  };
}

export interface RawTime {
  readonly seconds?: string;
  readonly nanos?: number;
}

export interface RawAddress {
  readonly tcpipAddress?: { readonly ipAddress?: Uint8Array; readonly port?: number };
  readonly udsAddress?: { readonly filename?: string };
  readonly otherAddress?: { readonly name?: string };
}

type Fields = Readonly<
  Record<string, readonly [id: number, type: string] | readonly [number, string, "repeated"]>
>;

function message(fields: Fields): object {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule && { rule }) }]),
    ),
  };
}

/** The order of the fields of channelz.proto is not that of their numbers: references have numbers of their own. */
const CALLS = {
  callsStarted: [4, "int64"],
  callsSucceeded: [5, "int64"],
  callsFailed: [6, "int64"],
  lastCallStartedTimestamp: [7, "Time"],
} as const;

const METHODS = [
  "GetTopChannels",
  "GetServers",
  "GetServerSockets",
  "GetChannel",
  "GetSubchannel",
  "GetSocket",
] as const;

const messages = {
  Channelz: {
    methods: Object.fromEntries(
      METHODS.map((name) => [name, { requestType: `${name}Request`, responseType: `${name}Response` }]),
    ),
  },
  GetTopChannelsRequest: message({ startChannelId: [1, "int64"], maxResults: [2, "int64"] }),
  GetTopChannelsResponse: message({ channel: [1, "Channel", "repeated"], end: [2, "bool"] }),
  GetServersRequest: message({ startServerId: [1, "int64"], maxResults: [2, "int64"] }),
  GetServersResponse: message({ server: [1, "Server", "repeated"], end: [2, "bool"] }),
  GetServerSocketsRequest: message({
    serverId: [1, "int64"],
    startSocketId: [2, "int64"],
    maxResults: [3, "int64"],
  }),
  GetServerSocketsResponse: message({ socketRef: [1, "SocketRef", "repeated"], end: [2, "bool"] }),
  GetChannelRequest: message({ channelId: [1, "int64"] }),
  GetChannelResponse: message({ channel: [1, "Channel"] }),
  GetSubchannelRequest: message({ subchannelId: [1, "int64"] }),
  GetSubchannelResponse: message({ subchannel: [1, "Subchannel"] }),
  GetSocketRequest: message({ socketId: [1, "int64"], summary: [2, "bool"] }),
  GetSocketResponse: message({ socket: [1, "Socket"] }),

  Server: message({
    ref: [1, "ServerRef"],
    data: [2, "ServerData"],
    listenSocket: [3, "SocketRef", "repeated"],
  }),
  ServerData: message({
    callsStarted: [2, "int64"],
    callsSucceeded: [3, "int64"],
    callsFailed: [4, "int64"],
    lastCallStartedTimestamp: [5, "Time"],
  }),
  Channel: message({
    ref: [1, "ChannelRef"],
    data: [2, "ChannelData"],
    channelRef: [3, "ChannelRef", "repeated"],
    subchannelRef: [4, "SubchannelRef", "repeated"],
  }),
  Subchannel: message({
    ref: [1, "SubchannelRef"],
    data: [2, "ChannelData"],
    socketRef: [5, "SocketRef", "repeated"],
  }),
  ChannelData: message({ state: [1, "ConnectivityState"], target: [2, "string"], ...CALLS }),
  ConnectivityState: {
    ...message({ state: [1, "State"] }),
    nested: {
      State: {
        values: { UNKNOWN: 0, IDLE: 1, CONNECTING: 2, READY: 3, TRANSIENT_FAILURE: 4, SHUTDOWN: 5 },
      },
    },
  },
  ChannelRef: message({ channelId: [1, "int64"], name: [2, "string"] }),
  SocketRef: message({ socketId: [3, "int64"], name: [4, "string"] }),
  ServerRef: message({ serverId: [5, "int64"], name: [6, "string"] }),
  SubchannelRef: message({ subchannelId: [7, "int64"], name: [8, "string"] }),

  Socket: message({
    data: [2, "SocketData"],
    local: [3, "Address"],
    remote: [4, "Address"],
    security: [5, "Security"],
  }),
  SocketData: message({
    streamsStarted: [1, "int64"],
    streamsSucceeded: [2, "int64"],
    streamsFailed: [3, "int64"],
    messagesSent: [4, "int64"],
    messagesReceived: [5, "int64"],
    keepAlivesSent: [6, "int64"],
    lastRemoteStreamCreatedTimestamp: [8, "Time"],
    lastMessageSentTimestamp: [9, "Time"],
    lastMessageReceivedTimestamp: [10, "Time"],
    localFlowControlWindow: [11, "Wrapped"],
    remoteFlowControlWindow: [12, "Wrapped"],
  }),
  Address: message({ tcpipAddress: [1, "TcpIp"], udsAddress: [2, "Uds"], otherAddress: [3, "Named"] }),
  TcpIp: message({ ipAddress: [1, "bytes"], port: [2, "int32"] }),
  Uds: message({ filename: [1, "string"] }),
  Named: message({ name: [1, "string"] }),
  Security: message({ tls: [1, "Tls"], other: [2, "Named"] }),
  Tls: message({ standardName: [1, "string"], otherName: [2, "string"] }),
  Time: message({ seconds: [1, "int64"], nanos: [2, "int32"] }),
  Wrapped: message({ value: [1, "int64"] }),
};

type Get<Q, R> = MethodDefinition<Q, R>;

export const channelzService = loadPackage("grpc.channelz.v1", messages, { enums: String, longs: String })[
  "grpc.channelz.v1.Channelz"
] as unknown as {
  readonly GetTopChannels: Get<
    { readonly startChannelId: number; readonly maxResults: number },
    { readonly channel?: readonly RawChannel[]; readonly end?: boolean }
  >;
  readonly GetServers: Get<
    { readonly startServerId: number; readonly maxResults: number },
    { readonly server?: readonly RawServer[]; readonly end?: boolean }
  >;
  readonly GetServerSockets: Get<
    { readonly serverId: number; readonly startSocketId: number; readonly maxResults: number },
    { readonly socketRef?: readonly RawSocketRef[]; readonly end?: boolean }
  >;
  readonly GetChannel: Get<{ readonly channelId: number }, { readonly channel?: RawChannel }>;
  readonly GetSubchannel: Get<{ readonly subchannelId: number }, { readonly subchannel?: RawSubchannel }>;
  readonly GetSocket: Get<
    { readonly socketId: number; readonly summary: boolean },
    { readonly socket?: RawSocket }
  >;
};
