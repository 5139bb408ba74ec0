/** Test only: sources that live for a while, with everything that a sample can hold. */
import fc from "fast-check";
import type { SourceEvent } from "../../model/source.ts";
import { layoutOf } from "../../pipeline/test-observation.ts";
import type { Layout } from "../layout.ts";
import { nextLayout } from "../row-map.ts";
import type { Sample } from "../sample.ts";

/** What happened from one sample to the next. */
export interface Step {
  /** Null: the same rows as before. */
  readonly topology: Topology | null;
  /** How much of it moved: 0 to 1. */
  readonly moving: number;
  readonly seed: number;
  /** The same objects where nothing changed, as collectors do it; else copies. */
  readonly keeps: boolean;
}

interface Topology {
  readonly streams: Readonly<Record<string, number>>;
  readonly consumers: Readonly<Record<string, readonly string[]>>;
}

const anyTopology: fc.Arbitrary<Topology> = fc
  .record({
    streams: fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 1, max: 4 })),
    consumers: fc.dictionary(
      fc.constantFrom("x", "y", "z", "w"),
      fc.uniqueArray(fc.constantFrom("a", "b", "c/0", "d/1", "e")),
    ),
  })
  .map(({ streams, consumers }) => ({
    streams,
    consumers: Object.fromEntries(
      Object.entries(consumers).map(([name, reads]) => [
        name,
        reads.filter((read) => Object.hasOwn(streams, read.split("/")[0]!)),
      ]),
    ),
  }));

const anyStep = (topology: fc.Arbitrary<Topology | null>): fc.Arbitrary<Step> =>
  fc.record({
    topology,
    moving: fc.constantFrom(0, 0.1, 0.5, 1),
    seed: fc.integer(),
    keeps: fc.boolean(),
  });

/** Samples of one source, one after the other. */
export function anyChain(length: { minLength: number; maxLength: number }): fc.Arbitrary<Sample[]> {
  const later = fc.array(anyStep(fc.option(anyTopology, { freq: 2 })), {
    minLength: length.minLength - 1,
    maxLength: length.maxLength - 1,
  });
  return fc.tuple(anyStep(anyTopology), later).map(([first, rest]) => {
    const samples: Sample[] = [];
    for (const step of [first, ...rest]) samples.push(sampleAfter(samples.at(-1) ?? null, step));
    return samples;
  });
}

export function sampleAfter(before: Sample | null, { topology, moving, seed, keeps }: Step): Sample {
  const random = createRandom(seed);
  const moves = () => random() < moving;
  const layout = topology === null && before !== null ? before.layout : layoutAfter(before, topology!);
  const { lanes, positions, streams, consumers } = layout;
  const at = (before?.finishedAt ?? 1_790_000_000_000) + 1_000;
  const column = (old: Float64Array | null | undefined, rows: number) =>
    Float64Array.from({ length: rows }, (_, row) => {
      const was = old?.[row];
      return was === undefined || moves() ? moved(was ?? Number.NaN, random) : was;
    });
  const optional = (old: Float64Array | null | undefined, rows: number) =>
    random() < 0.3 ? null : column(old, rows);
  const keep = <T>(old: T | undefined, make: () => T): T => (old === undefined || moves() ? make() : old);
  const sample: Sample = {
    startedAt: at - random() * 10,
    finishedAt: at,
    layout,
    lanes: {
      head: column(before?.lanes.head, lanes.count),
      floor: column(before?.lanes.floor, lanes.count),
      asOf: new Float64Array(lanes.count).fill(at),
      messageBytes: optional(before?.lanes.messageBytes, lanes.count),
      replicas: keep(before?.lanes.replicas, () => optional(null, lanes.count)),
      inSync: null,
      ...(random() < 0.5 && { stable: optional(null, lanes.count) }),
    },
    positions: {
      position: column(before?.positions.position, positions.count),
      backlog: optional(before?.positions.backlog, positions.count),
      inFlight: null,
      lost: null,
      latencyMs: optional(before?.positions.latencyMs, positions.count),
      unreadSince: optional(before?.positions.unreadSince, positions.count),
      asOf: new Float64Array(positions.count).fill(at - 3),
      member: Int32Array.from({ length: positions.count }, () => Math.floor(random() * 3) - 1),
      ...(random() < 0.5 && {
        flags: Uint16Array.from({ length: positions.count }, () => random() * 65_536),
      }),
    },
    streams: {
      inTotal: optional(before?.streams.inTotal, streams.length),
      outTotal: null,
      retentionMs: new Float64Array(streams.length).fill(Number.POSITIVE_INFINITY),
      retentionBytes: null,
      retentionMessages: null,
      signals: new Map(
        streams.flatMap((_, row) =>
          moves()
            ? [[row, [{ kind: "health", service: `s${row}`, says: "NOT_SERVING" } as const]] as const]
            : [],
        ),
      ),
    },
    consumers: {
      readers: column(before?.consumers.readers, consumers.length),
      dueTotal: null,
      outTotal: optional(before?.consumers.outTotal, consumers.length),
      flags: random() < 0.5 ? null : new Uint16Array(consumers.length),
    },
    members: keep(before?.members, () =>
      rowsOf(random, (row) => ({ ...NOBODY, id: `m${row}`, consumer: row })),
    ),
    facts: keep(before?.facts, () =>
      rowsOf(random, (row) => ({ label: `f${row}`, value: { kind: "count" as const, value: random() * 9 } })),
    ),
    sections: [
      {
        key: "servers",
        title: "Servers",
        columns: [{ label: "Messages", kind: "counter" }],
        rows: rowsOf(random, (row) => ({ id: `n${row}`, cells: [Math.floor(random() * 1e4), null, "up"] })),
        asOf: at,
      },
    ],
    events: eventsAfter(before?.events ?? [], at, random),
    failures: keep(before?.failures, () => []),
    cost: { requests: Math.floor(random() * 10) },
    details: keep(before?.details, () => ({
      byKey: new Map(consumers.map(({ key }) => [key, { state: "Stable", lag: Math.floor(random() * 1e6) }])),
      note: random() < 0.5 ? undefined : "ünïcödé ⚑",
    })),
  };
  return keeps ? sample : structuredClone(sample);
}

const NOBODY = { clientId: "client", host: "/127.0.0.1" };

function layoutAfter(before: Sample | null, topology: Topology): Layout {
  const { version: _, rows: __, ...rows } = layoutOf(topology);
  return nextLayout(before?.layout ?? null, rows);
}

function eventsAfter(before: readonly SourceEvent[], at: number, random: () => number): SourceEvent[] {
  const news = rowsOf(random, (row) => ({ at: at + row, kind: "leader", title: `Leader ${row}` }));
  return [...news, ...before].slice(0, 6);
}

function rowsOf<T>(random: () => number, make: (row: number) => T): T[] {
  return [4, 1, 0, 3, 2].filter(() => random() < 0.6).map(make);
}

/** Every sort of number there is, those most often that are most often. */
function moved(was: number, random: () => number): number {
  const sort = Math.floor(random() * 14);
  switch (sort) {
    case 0:
      return Number.NaN;
    case 1:
      return random() < 0.5 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    case 2:
      return -0;
    case 3:
      return 0;
    case 4:
      return (random() - 0.5) * 2 * Number.MAX_SAFE_INTEGER;
    case 5:
      return Math.floor((random() - 0.5) * 2 * Number.MAX_SAFE_INTEGER);
    case 6:
      return random();
    case 7:
      return Math.round(random() * 1e6) / 1_000;
    case 8:
      return 1_790_000_000_000 + Math.floor(random() * 1e6);
    default:
      return was + Math.floor(random() * 300);
  }
}

/** The same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
