import type { EpochMs } from "../../../../model/reading.ts";
import type { SourceSection } from "../../../../model/source.ts";
import { type Column, createSection } from "../../../../sample/section.ts";
import type { ChannelzSocket } from "../ways.ts";

/** A channel or subchannel that the target has as a client itself. NaN: not told. */
export interface ChannelEntry {
  readonly id: number;
  readonly target: string;
  readonly state: string;
  /** How long it has been seen in this state, ms. */
  readonly stateMs: number;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly lastCallAt: EpochMs;
}

export interface TopChannel extends ChannelEntry {
  readonly subchannels: number;
}

export interface SubchannelEntry extends ChannelEntry {
  /** The target of the channel it belongs to. */
  readonly channel: string;
  /** Its connection, where it has one. */
  readonly socket: ChannelzSocket | null;
}

/** A connection takes as long as that to come about, sometimes. */
const CONNECTING_MS = 5_000;

/** @param isCut there may be more of them */
export function channelSection(
  channels: readonly TopChannel[],
  isCut: boolean,
  asOf: EpochMs,
): SourceSection {
  return createSection<TopChannel>({
    key: "channelz-channels",
    title: "Channels (channelz)",
    note: `Other services that the target calls itself. From channelz: GetTopChannels.${
      isCut ? ` The first ${channels.length} of them.` : ""
    }`,
    asOf,
    items: channels,
    id: ({ id }) => String(id),
    trouble: troubleOf,
    columns: [
      { label: "Channel", kind: "text", title: "What it connects to", cell: ({ target }) => target },
      STATE,
      { label: "Subchannels", kind: "count", cell: ({ subchannels }) => subchannels },
      ...CALLS,
      lastCall(asOf),
    ],
  });
}

export function subchannelSection(
  subchannels: readonly SubchannelEntry[],
  total: number,
  asOf: EpochMs,
): SourceSection {
  return createSection<SubchannelEntry>({
    key: "channelz-subchannels",
    title: "Subchannels (channelz)",
    note: "The addresses behind those channels. From channelz: GetSubchannel and GetSocket.",
    asOf,
    items: subchannels,
    total,
    id: ({ id }) => String(id),
    trouble: (subchannel) => troubleOf(subchannel) ?? windowTrouble(subchannel),
    columns: [
      { label: "Address", kind: "text", cell: ({ target }) => target },
      { label: "Channel", kind: "text", cell: ({ channel }) => channel },
      STATE,
      {
        label: "Connection",
        kind: "text",
        title: "The other end",
        cell: ({ socket }) => socket?.remote ?? "",
      },
      ...CALLS,
      { label: "Sent", kind: "counter", title: "Messages", cell: of(({ messagesSent }) => messagesSent) },
      {
        label: "Received",
        kind: "counter",
        title: "Messages",
        cell: of(({ messagesReceived }) => messagesReceived),
      },
      {
        label: "Window",
        kind: "bytes",
        title: "What the other end would still take on this connection, all calls together",
        cell: of(({ remoteWindow }) => remoteWindow),
      },
      {
        label: "Keepalives",
        kind: "counter",
        title: "Pings sent",
        cell: of(({ keepAlivesSent }) => keepAlivesSent),
      },
      lastCall(asOf),
    ],
  });
}

const STATE: Column<ChannelEntry> = { label: "State", kind: "text", cell: ({ state }) => state };

const CALLS: readonly Column<ChannelEntry>[] = [
  { label: "Calls", kind: "counter", title: "Calls started", cell: ({ started }) => started },
  { label: "OK", kind: "counter", title: "Calls that ended with OK", cell: ({ succeeded }) => succeeded },
  {
    label: "Failed",
    kind: "counter",
    title: "Calls that ended with another status than OK, cancelled ones included",
    cell: ({ failed }) => failed,
  },
];

function lastCall(asOf: EpochMs): Column<ChannelEntry> {
  return {
    label: "Last call",
    kind: "duration",
    title: "How long ago the last call started",
    cell: ({ lastCallAt }) => asOf - lastCallAt,
  };
}

function of(cell: (socket: ChannelzSocket) => number): (subchannel: SubchannelEntry) => number {
  return ({ socket }) => (socket ? cell(socket) : Number.NaN);
}

function troubleOf({ state, stateMs }: ChannelEntry): string | null {
  if (state === "TRANSIENT_FAILURE") return "cannot connect";
  if (state === "CONNECTING" && stateMs >= CONNECTING_MS) {
    return `has been connecting for ${Math.floor(stateMs / 1_000)} s`;
  }
  return null;
}

function windowTrouble({ socket }: SubchannelEntry): string | null {
  return socket?.remoteWindow === 0 ? "its window is shut: the other end takes no more data" : null;
}
