import type { EpochMs } from "../../../model/reading.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";

/** Messages that one consumer gave up and that are still there. */
export interface GivenUp {
  readonly consumer: string;
  readonly messages: number;
  readonly lastAt: EpochMs;
}

/** Which messages reached their last delivery (`max_deliver`), until they are gone or done with. */
export interface GivenUpBook {
  note(news: Advisory & MessageNews): void;
  /** Lets go of what the samples show to be over. */
  observe(streams: readonly StreamSnapshot[]): void;
  of(stream: string): readonly GivenUp[];
  /** Another stream may have the name now. */
  forget(stream: string): void;
}

interface Entry {
  readonly sequences: Set<number>;
  lastAt: EpochMs;
}

/** Of one consumer, and consumers in all; more are left out. */
const MOST_SEQUENCES = 10_000;
const MOST_CONSUMERS = 1_000;

export function createGivenUpBook(): GivenUpBook {
  const streams = new Map<string, Map<string, Entry>>();
  let consumers = 0;

  const drop = (stream: string, consumer: string) => {
    const ofStream = streams.get(stream);
    if (!ofStream?.delete(consumer)) return;
    consumers--;
    if (ofStream.size === 0) streams.delete(stream);
  };

  return {
    note({ kind, stream, consumer, sequence, at }) {
      const known = streams.get(stream)?.get(consumer);
      if (kind !== "given-up") {
        known?.sequences.delete(sequence); // acknowledged or terminated after all
        if (known?.sequences.size === 0) drop(stream, consumer);
        return;
      }
      if (!known && consumers >= MOST_CONSUMERS) return;
      const entry = known ?? { sequences: new Set<number>(), lastAt: at };
      if (!known) {
        consumers++;
        const ofStream = streams.get(stream) ?? new Map<string, Entry>();
        streams.set(stream, ofStream.set(consumer, entry));
      }
      if (entry.sequences.size < MOST_SEQUENCES) entry.sequences.add(sequence);
      entry.lastAt = Math.max(entry.lastAt, at);
    },

    observe(snapshots) {
      if (streams.size === 0) return;
      for (const { entry, consumers: read } of snapshots) {
        const ofStream = streams.get(entry.name);
        if (!ofStream || Number.isNaN(entry.firstSeq)) continue;
        for (const [name, { sequences }] of ofStream) {
          const consumer = read.find((one) => one.name === name);
          // Where messages go once they are acknowledged, these stay; elsewhere nothing is left to do behind the floor.
          const floor = entry.config.retention === "limits" ? (consumer?.ackFloorStreamSeq ?? 0) : 0;
          for (const sequence of sequences) {
            if (sequence < entry.firstSeq || sequence <= floor) sequences.delete(sequence);
          }
          if (!consumer || sequences.size === 0) drop(entry.name, name);
        }
      }
    },

    of(stream) {
      const ofStream = streams.get(stream);
      if (!ofStream) return NONE;
      return [...ofStream].map(([consumer, { sequences, lastAt }]) => ({
        ...{ consumer, lastAt },
        messages: sequences.size,
      }));
    },

    forget(stream) {
      for (const consumer of [...(streams.get(stream)?.keys() ?? [])]) drop(stream, consumer);
    },
  };
}

const NONE: readonly GivenUp[] = [];
