import { ConsumerFlag } from "../../../../sample/consumer-flag.ts";
import type { Layout } from "../../../../sample/layout.ts";
import type { ConsumerEntry, StreamEntry } from "../entries.ts";
import type { Snapshot } from "../snapshot.ts";
import { isHeld } from "./held.ts";
import { lastSign, leavesAt } from "./leaving.ts";
import { againMs, carryProgress, createProgress, follow, type Progress } from "./progress.ts";
import { isRedelivering, readersOf } from "./readers.ts";
import type { Stillness } from "./stillness.ts";

/** What is known of consumers over time. */
export interface Trace {
  readonly progress: Progress;
  /** When each consumer's reader last showed itself, EpochMs; NaN: it does not matter. */
  readonly signs: Float64Array;
}

interface TraceInput {
  readonly snapshot: Snapshot;
  readonly layout: Layout;
  readonly previous: Trace | null;
  /** The row that each consumer of the layout had before, -1: none; null: the same. */
  readonly oldRow: Int32Array | null;
  /** Since when nothing was delivered, and nothing for the first time. */
  readonly stillness: Stillness;
  readonly noNews: Stillness;
  readonly positions: { readonly lost: Float64Array };
  readonly consumers: Record<"readers" | "dueTotal" | "outTotal" | "leavesAt", Float64Array> & {
    readonly flags: Uint16Array;
  };
}

/** Fills the columns of JetStream's consumers that take more than one sample to tell. */
export function traceConsumers(input: TraceInput): Trace {
  const { streams } = input.snapshot;
  const rows = streams.reduce((sum, { consumers }) => sum + consumers.length, 0);
  const known = input.oldRow?.subarray(0, rows) ?? null;
  const progress =
    input.previous === null ? createProgress(rows) : carryProgress(input.previous.progress, known);
  const trace = { progress, signs: new Float64Array(rows).fill(Number.NaN) };
  let row = 0;
  for (const { entry, consumers } of streams) {
    for (const consumer of consumers) traceConsumer(input, trace, entry, consumer, row++);
  }
  return trace;
}

/** One of ten thousand a second: makes nothing that it does not keep. */
function traceConsumer(
  { layout, previous, oldRow, stillness, noNews, positions, consumers }: TraceInput,
  { progress, signs }: Trace,
  stream: StreamEntry,
  consumer: ConsumerEntry,
  row: number,
): void {
  const isFiltered = layout.consumers[row]!.filtered === true;
  const last = progress.entries[row]!;
  follow(progress, { row, stream, consumer, isFiltered });
  if (!Number.isNaN(consumer.numPending)) {
    consumers.dueTotal[row] = progress.dueHidden[row] === 1 ? Number.NaN : progress.due[row]!;
    consumers.outTotal[row] = progress.finished[row]!;
  }
  const vanished = progress.vanished[row]!;
  if (vanished > 0) positions.lost[row] = Math.max(vanished, positions.lost[row]! || 0);
  consumers.readers[row] = readersOf(consumer);
  if (consumer.config.inactiveMs > 0) {
    const known = oldRow === null ? row : oldRow[row]!;
    signs[row] = lastSign(consumer, last, previous?.signs[known] ?? Number.NaN);
    consumers.leavesAt[row] = leavesAt(consumer, signs[row]!);
  }
  const { asOf } = consumer;
  if (isRedelivering(consumer, againMs(progress, row, asOf), asOf - noNews.since[row]!)) {
    consumers.flags[row]! |= ConsumerFlag.redelivering;
  }
  if (isHeld(consumer, asOf - stillness.since[row]!)) consumers.flags[row]! |= ConsumerFlag.held;
}
