/** Test only: live calls and totals of methods from a compact description. */
import type { CallColumns, EndedCall } from "../sample/calls.ts";
import type { LatencyTotals, MethodTotals } from "../sample/method-totals.ts";
import type { Sample } from "../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";

export interface CallText {
  readonly key: string;
  readonly stream?: number;
  readonly consumer?: number;
  readonly position?: number;
  readonly connection?: number;
  readonly startedAt?: number;
  readonly deadlineAt?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly queued?: number;
  readonly unread?: number;
  readonly waitingMs?: number;
  readonly flags?: number;
  readonly peer?: string;
  readonly clientName?: string;
  readonly heldBy?: string;
}

export function callsOf(
  texts: readonly CallText[],
  ended: Readonly<Record<string, EndedCall>> = {},
): CallColumns {
  const unknown = Number.NaN;
  const numbers = (field: (text: CallText) => number | undefined, none = unknown) =>
    Float64Array.from(texts, (text) => field(text) ?? none);
  const rows = (field: (text: CallText) => number | undefined, none: number) =>
    Int32Array.from(texts, (text) => field(text) ?? none);
  return {
    count: texts.length,
    live: texts.length,
    key: texts.map(({ key }) => key),
    stream: rows(({ stream }) => stream, 0),
    consumer: rows(({ consumer }) => consumer, -1),
    position: rows(({ position }) => position, -1),
    connection: rows(({ connection }) => connection, -1),
    startedAt: numbers(({ startedAt }) => startedAt, 0),
    deadlineAt: numbers(({ deadlineAt }) => deadlineAt),
    sent: numbers(({ sent }) => sent),
    received: numbers(({ received }) => received),
    queued: numbers(({ queued }) => queued, 0),
    unread: numbers(({ unread }) => unread, 0),
    waitingMs: numbers(({ waitingMs }) => waitingMs, 0),
    lastSentAt: numbers(() => undefined),
    lastReceivedAt: numbers(() => undefined),
    flags: Uint16Array.from(texts, ({ flags }) => flags ?? 0),
    peer: texts.map(({ peer }) => peer ?? "10.0.0.1:4711"),
    clientName: texts.map(({ clientName }) => clientName ?? null),
    ended: new Map(Object.entries(ended)),
  };
}

/** What is told of calls besides their columns. */
export const CALL_WORDS: SampleWords = {
  ...NO_WORDS,
  callDetail({ details }, row) {
    const { connection, heldBy } = (details as readonly CallText[])[row]!;
    return {
      bytesSent: 10,
      bytesReceived: Number.NaN,
      written: 3,
      lastWrittenAt: Number.NaN,
      connection: connection === undefined ? null : `connection ${connection}`,
      backend: "10.0.0.9:50051",
      heldBy: heldBy ?? null,
      retries: 0,
      facts: [{ label: "Compression", value: "none", title: "From instrumented" }],
    };
  },
};

export function totalsOf(totals: Partial<MethodTotals>): MethodTotals {
  const unknown = Number.NaN;
  return {
    process: "one",
    from: "instrumented",
    started: unknown,
    completed: unknown,
    sent: unknown,
    received: unknown,
    bytesSent: unknown,
    bytesReceived: unknown,
    retries: unknown,
    statuses: [],
    latencies: [],
    ...totals,
  };
}

/** A histogram from its buckets: upper bound in ms to count. */
export function latencyOf(
  measure: LatencyTotals["measure"],
  buckets: Readonly<Record<string, number>>,
): LatencyTotals {
  const upperMs = Object.keys(buckets)
    .map(Number)
    .sort((a, b) => a - b);
  const counts = upperMs.map((upper) => buckets[String(upper)]!);
  const count = counts.reduce((sum, one) => sum + one, 0);
  return { measure, count, sumMs: Number.NaN, maxMs: Number.NaN, upperMs, counts };
}

/** An sample with calls, and with totals of its first stream. */
export function withCalls(
  sample: Sample,
  texts: readonly CallText[],
  totals: readonly MethodTotals[] = [],
  ended: Readonly<Record<string, EndedCall>> = {},
): Sample {
  return {
    ...sample,
    calls: callsOf(texts, ended),
    details: texts,
    streams: {
      ...sample.streams,
      calls: sample.layout.streams.map((_, row) => (row === 0 ? totals : [])),
    },
  };
}
