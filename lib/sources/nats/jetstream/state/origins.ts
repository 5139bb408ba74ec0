import type { EpochMs } from "../../../../model/reading.ts";
import type { StreamSignal } from "../../../../model/signal.ts";
import type { OriginEntry, StreamEntry } from "../entries.ts";

/** An origin lets its copies hear of it every second or two, also while nothing is written. */
const SILENT_MS = 6_000;

/** Whether it is so long ago that a copy heard of its origin that its lag says nothing any more; true: also never. */
export function isSilent({ activeMs }: OriginEntry): boolean {
  return !(activeMs <= SILENT_MS);
}

/**
 * Whether a mirror still holds what was written before its origin was made: there was another one of that name. Such a
 * mirror waits for sequences that the new one has yet to reach, and the server goes on saying that nothing is behind.
 *
 * @param origin the stream of that name as it is now
 */
export function isRemade(mirror: StreamEntry, origin: StreamEntry): boolean {
  return mirror.lastSeq > origin.lastSeq && Date.parse(origin.createdAt) > Date.parse(mirror.lastAt);
}

/**
 * What is wrong with where a stream takes its messages from.
 *
 * @param find the stream of that name in the same account · @param unheardSince when an origin that was never heard of
 * was first seen so: a stream that was just made, or got another leader, has yet to hear of it
 */
export function originSignals(
  entry: StreamEntry,
  find: (name: string) => StreamEntry | undefined,
  unheardSince: EpochMs,
): StreamSignal[] {
  const { mirror, sources, asOf } = entry;
  const signals: StreamSignal[] = [];
  for (const one of mirror ? [mirror, ...sources] : sources) {
    const origin = one.external === "" ? one.name : `${one.name} through ${one.external}`;
    const isNever = Number.isNaN(one.activeMs);
    if (isNever ? asOf - unheardSince > SILENT_MS : isSilent(one)) {
      signals.push({ kind: "origin", origin, trouble: "silent", heardAt: asOf - one.activeMs });
      continue;
    }
    const made = one === mirror && one.external === "" ? find(one.name) : undefined;
    if (made && isRemade(entry, made)) {
      signals.push({ kind: "origin", origin, trouble: "remade", heardAt: Date.parse(entry.lastAt) });
    }
  }
  return signals;
}

/** Whether one of its origins was never heard of. */
export function isUnheard({ mirror, sources }: StreamEntry): boolean {
  return (
    (mirror !== null && Number.isNaN(mirror.activeMs)) || sources.some((one) => Number.isNaN(one.activeMs))
  );
}
