import type { EpochMs } from "../../../model/reading.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";
import { type Case, type Heard, type HeardOf, heardKey, MOST_CASES } from "./heard.ts";

/** Which messages a consumer is given again and again, and how often. */
export interface Redeliveries {
  /** Something that was heard of one message. */
  note(news: Advisory & MessageNews): void;
  /** What the samples show without it. */
  observe(streams: readonly StreamSnapshot[], at: EpochMs): void;
  /** What is known now; nothing is written into it later. */
  heard(): Heard;
  /** Another stream may have the name now; its sequences are others. */
  forget(stream: string): void;
}

interface Dossier {
  /** As it was told; null: it has changed since. */
  told: HeardOf | null;
  /** By sequence; the worst ones. */
  readonly cases: Map<number, Case>;
  /** Redeliveries that the samples show, at least, by slot of ten seconds. */
  readonly slots: Float64Array;
  /** The slot of the newest sample; NaN: there is none yet. */
  slot: number;
  deliveredStreamSeq: number;
  deliveredConsumerSeq: number;
  floor: number;
  ackTotalMs: number;
  ackMaxMs: number;
  acks: number;
  /** When it was last heard of, and when a sample last showed redeliveries. */
  at: EpochMs;
  observedAt: EpochMs;
}

const SLOT_MS = 10_000;
const SLOTS = 6;
/** Consumers of which something is known; the oldest go first. */
const MOST_DOSSIERS = 10_000;
/** What nobody mentioned for so long is over. */
const FORGET_MS = 10 * 60_000;
const SWEEP_MS = 60_000;

export function createRedeliveries(): Redeliveries {
  const dossiers = new Map<string, Dossier>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sampledAt = Number.NEGATIVE_INFINITY;
  /** All of them as they were told; null: some have changed since. */
  let told: ReadonlyMap<string, HeardOf> | null = null;

  const forget = (key: string) => {
    dossiers.delete(key);
    told = null;
  };
  /** To be written. */
  const open = (key: string, at: EpochMs): Dossier => {
    let dossier = dossiers.get(key);
    if (!dossier) {
      if (dossiers.size >= MOST_DOSSIERS) forget(dossiers.keys().next().value!);
      dossier = createDossier(at);
      dossiers.set(key, dossier);
    }
    dossier.at = at;
    dossier.told = null;
    told = null;
    return dossier;
  };

  return {
    note(news) {
      const { kind, stream, consumer, sequence, deliveries, at, ackMs } = news;
      const dossier = open(heardKey(stream, consumer), at);
      if (kind === "acknowledged") {
        dossier.acks++;
        dossier.ackTotalMs += ackMs;
        dossier.ackMaxMs = Math.max(dossier.ackMaxMs, ackMs);
        if (deliveries === 1) return;
      }
      const known = dossier.cases.get(sequence);
      if (!known && dossier.cases.size >= MOST_CASES && !dropLeast(dossier.cases, deliveries)) return;
      const before = known ?? { sequence, deliveries: 0, putBack: 0, ended: null, at };
      dossier.cases.set(sequence, {
        sequence,
        deliveries: Math.max(before.deliveries, deliveries),
        putBack: before.putBack + (kind === "put-back" ? 1 : 0),
        ended: kind === "put-back" ? null : kind,
        at,
      });
    },

    observe(streams, at) {
      sampledAt = at;
      for (const { entry, consumers } of streams) {
        for (const consumer of consumers) {
          if (!(consumer.numRedelivered > 0)) continue; // most of them, at most times
          const dossier = open(heardKey(entry.name, consumer.name), at);
          count(dossier, consumer.deliveredStreamSeq, consumer.deliveredConsumerSeq, at);
          settle(dossier, consumer.ackFloorStreamSeq);
        }
      }
      if (at - sweptAt < SWEEP_MS) return;
      sweptAt = at;
      for (const [key, dossier] of dossiers) if (at - dossier.at > FORGET_MS) forget(key);
    },

    heard() {
      told ??= new Map([...dossiers].map(([key, dossier]) => [key, toldOf(dossier)]));
      return { sampledAt, consumers: told };
    },

    forget(stream) {
      for (const key of dossiers.keys()) if (key.startsWith(`${stream} `)) forget(key);
    },
  };
}

/** The same object until something is heard. */
function toldOf(dossier: Dossier): HeardOf {
  dossier.told ??= tell(dossier);
  return dossier.told;
}

function tell({ cases, slots, floor, acks, ackTotalMs, ackMaxMs, observedAt }: Dossier): HeardOf {
  const again = slots.reduce((total, slot) => total + slot, 0);
  return { cases: [...cases.values()], again, floor, acks, ackTotalMs, ackMaxMs, observedAt };
}

function createDossier(at: EpochMs): Dossier {
  return {
    told: null,
    cases: new Map(),
    slots: new Float64Array(SLOTS),
    slot: Number.NaN,
    deliveredStreamSeq: Number.NaN,
    deliveredConsumerSeq: Number.NaN,
    floor: Number.NaN,
    ackTotalMs: 0,
    ackMaxMs: 0,
    acks: 0,
    at,
    observedAt: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Every delivery moves the consumer's own sequence on; only a first one moves the stream's. What the first moved by
 * more than the second was delivered again, whatever the filter leaves out.
 */
function count(dossier: Dossier, streamSeq: number, consumerSeq: number, at: EpochMs): void {
  if (at - dossier.observedAt > SLOTS * SLOT_MS) dossier.deliveredConsumerSeq = Number.NaN; // begin anew
  dossier.observedAt = at;
  const slot = Math.floor(at / SLOT_MS);
  for (let past = Math.max(dossier.slot + 1, slot - SLOTS + 1); past <= slot; past++) {
    dossier.slots[past % SLOTS] = 0;
  }
  if (!(slot <= dossier.slot)) dossier.slot = slot;
  const again = consumerSeq - dossier.deliveredConsumerSeq - (streamSeq - dossier.deliveredStreamSeq);
  if (again > 0) dossier.slots[slot % SLOTS] = dossier.slots[slot % SLOTS]! + again;
  if (!Number.isNaN(streamSeq) && !Number.isNaN(consumerSeq)) {
    dossier.deliveredStreamSeq = streamSeq;
    dossier.deliveredConsumerSeq = consumerSeq;
  }
}

/** What is below the floor was acknowledged, or given up. */
function settle(dossier: Dossier, floor: number): void {
  if (Number.isNaN(floor) || floor === dossier.floor) return;
  dossier.floor = floor;
  for (const one of dossier.cases.values()) {
    if (one.sequence <= floor && one.ended === null) dossier.cases.delete(one.sequence);
  }
}

/** Makes room for a case that is worse than the least of them. */
function dropLeast(cases: Map<number, Case>, deliveries: number): boolean {
  let least: Case | undefined;
  for (const one of cases.values()) {
    if (!least || one.deliveries < least.deliveries || (one.ended !== null && least.ended === null)) {
      least = one;
    }
  }
  if (!least || (least.deliveries > deliveries && least.ended === null)) return false;
  return cases.delete(least.sequence);
}
