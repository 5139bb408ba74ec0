import type { EpochMs } from "../../../model/reading.ts";
import type { SourceFact } from "../../../model/source.ts";
import { countOf, countText } from "../../event-text.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import { timesText } from "./advisory-sums.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";

/** Which messages a consumer is given again and again, and how often. */
export interface Redeliveries {
  /** Something that was heard of one message. */
  note(news: Advisory & MessageNews): void;
  /** What the samples show without it. */
  observe(streams: readonly StreamSnapshot[], at: EpochMs): void;
  /** A sentence that names the worst message; null: nothing is known. */
  evidenceOf(stream: string, consumer: string): string | null;
  factsOf(stream: string, consumer: string): readonly SourceFact[];
  /** Another stream may have the name now; its sequences are others. */
  forget(stream: string): void;
}

interface Case {
  sequence: number;
  /** The most that was heard of. */
  deliveries: number;
  putBack: number;
  ended: "given-up" | "terminated" | "acknowledged" | null;
  at: EpochMs;
}

interface Dossier {
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
const MOST_CASES = 32;
/** Consumers of which something is known; the oldest go first. */
const MOST_DOSSIERS = 10_000;
/** What nobody mentioned for so long is over. */
const FORGET_MS = 10 * 60_000;
const SWEEP_MS = 60_000;
/** What ended longer ago says nothing of now. */
const JUST_MS = 60_000;

export function createRedeliveries(): Redeliveries {
  const dossiers = new Map<string, Dossier>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sampledAt = Number.NEGATIVE_INFINITY;

  const keyOf = (stream: string, consumer: string) => `${stream} ${consumer}`;
  const open = (key: string, at: EpochMs): Dossier => {
    let dossier = dossiers.get(key);
    if (!dossier) {
      if (dossiers.size >= MOST_DOSSIERS) dossiers.delete(dossiers.keys().next().value!);
      dossier = createDossier(at);
      dossiers.set(key, dossier);
    }
    dossier.at = at;
    return dossier;
  };

  return {
    note(news) {
      const { kind, stream, consumer, sequence, deliveries, at, ackMs } = news;
      const dossier = open(keyOf(stream, consumer), at);
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
          const dossier = open(keyOf(entry.name, consumer.name), at);
          count(dossier, consumer.deliveredStreamSeq, consumer.deliveredConsumerSeq, at);
          settle(dossier, consumer.ackFloorStreamSeq);
        }
      }
      if (at - sweptAt < SWEEP_MS) return;
      sweptAt = at;
      for (const [key, dossier] of dossiers) if (at - dossier.at > FORGET_MS) dossiers.delete(key);
    },

    evidenceOf(stream, consumer) {
      const dossier = dossiers.get(keyOf(stream, consumer));
      if (!dossier) return null;
      const open = [...dossier.cases.values()].filter(({ ended }) => ended === null);
      const over = [...dossier.cases.values()].filter(({ at }) => sampledAt - at < JUST_MS);
      const cases = open.length > 0 ? open : over;
      const [worst, ...others] = cases
        .filter(({ deliveries }) => deliveries > 1)
        .sort((a, b) => b.deliveries - a.deliveries || a.sequence - b.sequence);
      if (worst) return caseText(worst, others.length);
      const putBack = cases.filter(({ putBack: times, ended }) => times > 0 && ended === null).length;
      if (putBack > 0) return putBackText(putBack);
      return dossier.observedAt === sampledAt ? guessText(dossier) : null;
    },

    factsOf(stream, consumer) {
      const dossier = dossiers.get(keyOf(stream, consumer));
      return dossier ? listFacts(dossier) : [];
    },

    forget(stream) {
      for (const key of dossiers.keys()) if (key.startsWith(`${stream} `)) dossiers.delete(key);
    },
  };
}

function createDossier(at: EpochMs): Dossier {
  return {
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

function caseText({ sequence, deliveries, putBack, ended }: Case, others: number): string {
  const delivered = `Sequence ${countText(sequence)} was delivered ${timesText(deliveries)}`;
  const how =
    ended === "given-up"
      ? " and then given up"
      : ended === "terminated"
        ? " and then terminated by its reader"
        : ended === "acknowledged"
          ? " before it was acknowledged"
          : putBack >= deliveries
            ? " and put back each time"
            : putBack > 0
              ? `, and put back at least ${timesText(putBack)}`
              : "";
  const more = others === 0 ? "" : ` ${countOf(others, "other message")} came again too.`;
  return `${delivered}${how}.${more}`;
}

/** None of them has come again so far. */
function putBackText(count: number): string {
  const most = count >= MOST_CASES ? "At least " : "";
  return `${most}${countOf(count, "message")} ${count === 1 ? "was" : "were"} put back after one delivery.`;
}

function guessText(dossier: Dossier): string | null {
  const again = dossier.slots.reduce((total, slot) => total + slot, 0);
  if (again === 0 || Number.isNaN(dossier.floor)) return null;
  return `Messages after sequence ${countText(dossier.floor)} were delivered again at least ${timesText(again)} in the last minute.`;
}

const GROUP = "Messages heard of";

function listFacts(dossier: Dossier): readonly SourceFact[] {
  const cases = [...dossier.cases.values()];
  const worst = cases.filter(({ ended }) => ended === null).sort((a, b) => b.deliveries - a.deliveries);
  const lost = cases.filter(({ ended }) => ended === "given-up" || ended === "terminated");
  const facts: SourceFact[] = [];
  if (worst.length > 0) {
    facts.push({
      group: GROUP,
      label: "Delivered again",
      value: worst
        .slice(0, 3)
        .map(({ sequence, deliveries }) => `sequence ${countText(sequence)}: ${timesText(deliveries)}`)
        .join(", "),
      title: "The messages with the most deliveries, as the server's advisories tell them",
    });
  }
  if (lost.length > 0) {
    facts.push({
      group: GROUP,
      label: "Given up",
      value: `${countOf(lost.length, "message")}, the last one sequence ${countText(lost.at(-1)!.sequence)}`,
      title: "Messages that reached their last delivery or were terminated, in the last ten minutes",
    });
  }
  if (dossier.acks > 0) {
    const mean = dossier.ackTotalMs / dossier.acks;
    facts.push({
      group: GROUP,
      label: "Time to acknowledge",
      value: `${mean.toFixed(1)} ms on average, ${dossier.ackMaxMs.toFixed(1)} ms at most`,
      title: `From delivery to acknowledgement, of the ${countText(dossier.acks)} that the server sampled`,
    });
  }
  return facts;
}
