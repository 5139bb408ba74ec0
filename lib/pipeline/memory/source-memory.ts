import { LowPoints } from "../../derive/low-points.ts";
import { Paces } from "../../derive/pace.ts";
import { RATE_LEAST_MS, RATE_WINDOW_MS } from "../../derive/rate.ts";
import { Rhythm } from "../../derive/rhythm.ts";
import type { WatchedTime } from "../../derive/watched-time.ts";
import type { Layout, RowMap } from "../../sample/layout.ts";
import { remapColumn } from "../../sample/remap.ts";
import { ColumnWindow } from "./column-window.ts";
import { HeadHistory } from "./head-history.ts";
import { SeenLosses } from "./seen-losses.ts";

/**
 * Everything a pipeline remembers between samples, as columns: what the next sample is compared with, and the windows.
 * Built for one layout; a change of layout carries every surviving row over. What is to be seen of it is in `Derived`.
 *
 * NaN in a column means "not known". Times are EpochMs, or ms of watched time where they say so.
 */
export interface SourceMemory {
  readonly watched: WatchedTime;
  readonly lanes: {
    readonly previousHead: Float64Array;
    /** As the sample before told them, known or not. */
    readonly toldHead: Float64Array;
    readonly toldFloor: Float64Array;
    /** Whether head or floor is another one than at the sample before; 0 or 1. */
    readonly moved: Uint8Array;
    /** When the head last grew, or was first seen; watched time. */
    readonly headMovedAt: Float64Array;
    /** Messages between two samples, smoothed. */
    readonly arriving: Float64Array;
    readonly history: HeadHistory;
  };
  readonly positions: {
    /** Row of the stream each position belongs to. */
    readonly stream: Int32Array;
    readonly previous: Float64Array;
    /** When it last moved, or was first seen; watched time. */
    readonly movedAt: Float64Array;
    /** Since when something has waited that any reader could have, without a break; watched time. */
    readonly waitingSince: Float64Array;
    readonly highWater: Float64Array;
    readonly rhythm: Rhythm;
    readonly lowPoints: LowPoints;
    readonly seenLosses: SeenLosses;
    /** Age of the oldest unread message when it last moved, ms. */
    readonly lowAgeMs: Float32Array;
    /** Where a message's time was last looked up, that time, and when it was looked up. */
    readonly lookedUp: Float64Array;
    readonly lookedUpSince: Float64Array;
    readonly lookedUpAt: Float64Array;
    /** As what stands still is looked at again: when its verdict may change by itself, watched time. */
    readonly judgeAt: Float64Array;
    /** Since when its first unread message has waited, EpochMs, while it stands; NaN: its age is no matter of time. */
    readonly agesSince: Float64Array;
    /** Room for marks, 0 or 1, and for the rows that a sample may say something new of. */
    readonly changed: Uint8Array;
    readonly rows: Int32Array;
    /** When the first unread message was written, where the head's history told while the position stands there. */
    readonly writtenAt: Float64Array;
  };
  readonly streams: {
    readonly previousIn: Float64Array;
    readonly previousOut: Float64Array;
    readonly inTotal: Float64Array;
    readonly outTotal: Float64Array;
    readonly inWindow: ColumnWindow;
    readonly outWindow: ColumnWindow;
  };
  readonly consumers: {
    readonly previousDue: Float64Array;
    readonly previousOut: Float64Array;
    readonly dueTotal: Float64Array;
    readonly outTotal: Float64Array;
    readonly dueWindow: ColumnWindow;
    readonly outWindow: ColumnWindow;
    /** Messages due between two samples, smoothed, where the system reports what is due. */
    readonly arriving: Float64Array;
    /** When something last became due by the system's own count, or the consumer was first seen; watched time. */
    readonly dueAt: Float64Array;
    readonly readersGoneSince: Float64Array;
    /** Of the newest sample, 0 or 1: whether it may say something new of one of its positions, whether one of them moved. */
    readonly touched: Uint8Array;
    readonly moved: Uint8Array;
    /** Whether any of its positions is known; 0 or 1. */
    readonly standing: Uint8Array;
    /** As `agesSince` of its oldest. */
    readonly agesSince: Float64Array;
    /** What was due and finished between its moves, and how low its backlog came at each. */
    readonly paces: Paces;
    readonly lowPoints: LowPoints;
    /** The status shown, and when it truly began. */
    readonly status: Uint8Array;
    readonly statusSince: Float64Array;
    /** What the last sample was judged to be, which is shown once it has held; and since when, watched time. */
    readonly judged: Uint8Array;
    readonly judgedSince: Float64Array;
    /** Since when it has been judged to be better than what is shown, watched time; NaN: it is not. */
    readonly betterSince: Float64Array;
    /** The status that was last told by an event. */
    readonly told: Uint8Array;
  };
}

/** One sample more than the rate window holds at the usual interval. */
const RATE_SLOTS = 12;
const RATE_STEP_MS = Math.max(RATE_LEAST_MS, RATE_WINDOW_MS / (RATE_SLOTS - 1) - 100);

const unknown = (rows: number) => new Float64Array(rows).fill(Number.NaN);
const rateWindow = (rows: number) => new ColumnWindow(rows, RATE_SLOTS, RATE_STEP_MS);

/** No status yet. */
export const NO_STATUS = 255;

export function createMemory(layout: Layout, watched: WatchedTime): SourceMemory {
  const lanes = layout.lanes.count;
  const positions = layout.positions.count;
  const streams = layout.streams.length;
  const consumers = layout.consumers.length;
  return {
    watched,
    lanes: {
      previousHead: unknown(lanes),
      toldHead: unknown(lanes),
      toldFloor: unknown(lanes),
      moved: new Uint8Array(lanes),
      headMovedAt: unknown(lanes),
      arriving: unknown(lanes),
      history: new HeadHistory(lanes),
    },
    positions: {
      stream: layout.positions.lane.map((lane) => layout.lanes.stream[lane]!),
      previous: unknown(positions),
      movedAt: unknown(positions),
      waitingSince: unknown(positions),
      highWater: unknown(positions),
      rhythm: new Rhythm(positions),
      lowPoints: new LowPoints(positions),
      seenLosses: new SeenLosses(),
      lowAgeMs: new Float32Array(positions).fill(Number.NaN),
      lookedUp: unknown(positions),
      lookedUpSince: unknown(positions),
      lookedUpAt: unknown(positions),
      judgeAt: new Float64Array(positions),
      agesSince: unknown(positions),
      changed: new Uint8Array(positions),
      rows: new Int32Array(positions),
      writtenAt: unknown(positions),
    },
    streams: {
      previousIn: unknown(streams),
      previousOut: unknown(streams),
      inTotal: new Float64Array(streams),
      outTotal: new Float64Array(streams),
      inWindow: rateWindow(streams),
      outWindow: rateWindow(streams),
    },
    consumers: {
      previousDue: unknown(consumers),
      previousOut: unknown(consumers),
      dueTotal: new Float64Array(consumers),
      outTotal: new Float64Array(consumers),
      dueWindow: rateWindow(consumers),
      outWindow: rateWindow(consumers),
      arriving: unknown(consumers),
      dueAt: unknown(consumers),
      readersGoneSince: unknown(consumers),
      touched: new Uint8Array(consumers),
      moved: new Uint8Array(consumers),
      standing: new Uint8Array(consumers),
      agesSince: unknown(consumers),
      paces: new Paces(consumers),
      lowPoints: new LowPoints(consumers),
      status: new Uint8Array(consumers).fill(NO_STATUS),
      statusSince: unknown(consumers),
      judged: new Uint8Array(consumers).fill(NO_STATUS),
      judgedSince: unknown(consumers),
      betterSince: unknown(consumers),
      told: new Uint8Array(consumers).fill(NO_STATUS),
    },
  };
}

/** The columns of a new layout with every row that is in both carried over. */
export function remapMemory(old: SourceMemory, layout: Layout, map: RowMap): SourceMemory {
  const fresh = createMemory(layout, old.watched);
  const { lanes, positions, streams, consumers } = old;
  return {
    watched: old.watched,
    lanes: {
      ...fresh.lanes,
      previousHead: remapColumn(lanes.previousHead, map.lanes, Number.NaN),
      headMovedAt: remapColumn(lanes.headMovedAt, map.lanes, Number.NaN),
      arriving: remapColumn(lanes.arriving, map.lanes, Number.NaN),
      history: lanes.history.remapped(map.lanes),
    },
    positions: {
      ...fresh.positions,
      previous: remapColumn(positions.previous, map.positions, Number.NaN),
      movedAt: remapColumn(positions.movedAt, map.positions, Number.NaN),
      waitingSince: remapColumn(positions.waitingSince, map.positions, Number.NaN),
      highWater: remapColumn(positions.highWater, map.positions, Number.NaN),
      rhythm: positions.rhythm.remapped(map.positions),
      lowPoints: positions.lowPoints.remapped(map.positions),
      seenLosses: positions.seenLosses.remapped(map.positions),
      lowAgeMs: remapColumn(positions.lowAgeMs, map.positions, Number.NaN),
      lookedUp: remapColumn(positions.lookedUp, map.positions, Number.NaN),
      lookedUpSince: remapColumn(positions.lookedUpSince, map.positions, Number.NaN),
      lookedUpAt: remapColumn(positions.lookedUpAt, map.positions, Number.NaN),
      agesSince: remapColumn(positions.agesSince, map.positions, Number.NaN),
    },
    streams: {
      previousIn: remapColumn(streams.previousIn, map.streams, Number.NaN),
      previousOut: remapColumn(streams.previousOut, map.streams, Number.NaN),
      inTotal: remapColumn(streams.inTotal, map.streams, 0),
      outTotal: remapColumn(streams.outTotal, map.streams, 0),
      inWindow: streams.inWindow.remapped(map.streams),
      outWindow: streams.outWindow.remapped(map.streams),
    },
    consumers: {
      ...fresh.consumers,
      previousDue: remapColumn(consumers.previousDue, map.consumers, Number.NaN),
      previousOut: remapColumn(consumers.previousOut, map.consumers, Number.NaN),
      dueTotal: remapColumn(consumers.dueTotal, map.consumers, 0),
      outTotal: remapColumn(consumers.outTotal, map.consumers, 0),
      dueWindow: consumers.dueWindow.remapped(map.consumers),
      outWindow: consumers.outWindow.remapped(map.consumers),
      arriving: remapColumn(consumers.arriving, map.consumers, Number.NaN),
      dueAt: remapColumn(consumers.dueAt, map.consumers, Number.NaN),
      readersGoneSince: remapColumn(consumers.readersGoneSince, map.consumers, Number.NaN),
      paces: consumers.paces.remapped(map.consumers),
      lowPoints: consumers.lowPoints.remapped(map.consumers),
      status: remapColumn(consumers.status, map.consumers, NO_STATUS),
      statusSince: remapColumn(consumers.statusSince, map.consumers, Number.NaN),
      judged: remapColumn(consumers.judged, map.consumers, NO_STATUS),
      judgedSince: remapColumn(consumers.judgedSince, map.consumers, Number.NaN),
      betterSince: remapColumn(consumers.betterSince, map.consumers, Number.NaN),
      told: remapColumn(consumers.told, map.consumers, NO_STATUS),
    },
  };
}
