import type { WallClock } from "../../../../async/clock.ts";
import { mapConcurrently } from "../../../../async/map-concurrently.ts";
import type { EpochMs } from "../../../../model/reading.ts";
import type { SourceSection } from "../../../../model/source.ts";
import {
  type ChannelEntry,
  channelSection,
  type SubchannelEntry,
  subchannelSection,
  type TopChannel,
} from "./channel-sections.ts";
import { type ChannelzAsking, orUnread } from "./channelz-asking.ts";
import type { RawChannel, RawChannelData, RawSubchannel } from "./channelz-definition.ts";
import { countOf, idOf, timeOf } from "./raw-values.ts";
import { toSocket } from "./socket-book.ts";
import type { TargetClock } from "./target-clock.ts";

/** Tables of the channels the target has as a client; empty: it has none. Rejects as `ChannelzAsking`. */
export type ClientSide = (signal: AbortSignal) => Promise<readonly SourceSection[]>;

const MOST_CHANNELS = 100;
const MOST_SUBCHANNELS = 50;
const AT_ONCE = 16;
/** Few channels are asked for each time, more than these less often. */
const FEW = 10;
const MANY_EVERY_MS = 5_000;

interface Behind {
  readonly id: number;
  readonly channel: string;
}

export function createClientSide(
  asking: ChannelzAsking,
  targetClock: TargetClock,
  clock: WallClock,
): ClientSide {
  const states = new Map<string, { readonly state: string; readonly since: EpochMs; seenAt: EpochMs }>();
  let sections: readonly SourceSection[] = [];
  let dueAt = Number.NEGATIVE_INFINITY;

  const entry = (
    kind: string,
    id: number,
    name: string,
    data: RawChannelData = {},
    at: EpochMs,
  ): ChannelEntry => {
    const told = data.state?.state;
    const state = typeof told === "string" ? told : "UNKNOWN";
    const key = `${kind} ${id}`;
    const known = states.get(key);
    const since = known?.state === state ? known.since : at;
    states.set(key, { state, since, seenAt: at });
    return {
      id,
      target: data.target || name,
      state,
      stateMs: at - since,
      started: countOf(data.callsStarted),
      succeeded: countOf(data.callsSucceeded),
      failed: countOf(data.callsFailed),
      lastCallAt: targetClock.toOurs(timeOf(data.lastCallStartedTimestamp), at),
    };
  };

  /** Channels within a channel stand for it: their subchannels are its own. */
  const subchannelsOf = async (raw: RawChannel, signal: AbortSignal): Promise<number[]> => {
    const ids = idsOf(raw.subchannelRef?.map(({ subchannelId }) => subchannelId));
    const inner = idsOf(raw.channelRef?.map(({ channelId }) => channelId)).slice(0, MOST_SUBCHANNELS);
    for (const id of inner) {
      const channel = await asking.channel(id, signal).catch(orUnread);
      ids.push(...idsOf(channel?.subchannelRef?.map(({ subchannelId }) => subchannelId)));
    }
    return [...new Set(ids)];
  };

  const toSubchannel = async (
    { id, channel }: Behind,
    raw: RawSubchannel,
    at: EpochMs,
    signal: AbortSignal,
  ): Promise<SubchannelEntry> => {
    const socketId = idOf(raw.socketRef?.[0]?.socketId);
    const socket = socketId === null ? null : await asking.socket(socketId, signal).catch(orUnread);
    return {
      ...entry("subchannel", id, raw.ref?.name ?? "", raw.data, at),
      channel,
      socket: socket === null ? null : toSocket(socketId!, socket, targetClock, at),
    };
  };

  const look = async (at: EpochMs, signal: AbortSignal): Promise<readonly SourceSection[]> => {
    const channels: TopChannel[] = [];
    const behind = new Map<number, Behind>();
    for (const raw of (await asking.topChannels(signal)).slice(0, MOST_CHANNELS)) {
      const id = idOf(raw.ref?.channelId);
      if (id === null) continue;
      const channel = entry("channel", id, raw.ref?.name ?? "", raw.data, at);
      const ids = await subchannelsOf(raw, signal);
      channels.push({ ...channel, subchannels: ids.length });
      for (const subchannel of ids) behind.set(subchannel, { id: subchannel, channel: channel.target });
    }
    const subchannels: SubchannelEntry[] = [];
    await mapConcurrently([...behind.values()].slice(0, MOST_SUBCHANNELS), AT_ONCE, async (one) => {
      const raw = await asking.subchannel(one.id, signal).catch(orUnread);
      if (raw !== null) subchannels.push(await toSubchannel(one, raw, at, signal));
    });
    for (const [key, { seenAt }] of states) if (seenAt !== at) states.delete(key);
    if (channels.length === 0) return [];
    subchannels.sort((a, b) => a.id - b.id);
    return [
      channelSection(channels, channels.length >= MOST_CHANNELS, at),
      subchannelSection(subchannels, behind.size, at),
    ];
  };

  return async (signal) => {
    const at = clock.now();
    if (at < dueAt) return sections;
    const before = asking.requests;
    sections = await look(at, signal);
    dueAt = asking.requests - before > FEW ? at + MANY_EVERY_MS : at;
    return sections;
  };
}

function idsOf(ids: readonly (string | undefined)[] | undefined): number[] {
  return (ids ?? []).map(idOf).filter((id) => id !== null);
}
