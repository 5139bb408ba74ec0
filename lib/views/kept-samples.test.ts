import { expect, it } from "vitest";
import { type LiveQueryInput, liveQuery, type QueryOf } from "../model/live.ts";
import type { StreamSignal } from "../model/signal.ts";
import type { SourceFailure, SourceSection } from "../model/source.ts";
import type { System } from "../model/system.ts";
import type { FailedSample, SampleNews, SampleSink } from "../pipeline/sample-sink.ts";
import { type KeptSample, type Sampled, toSampled } from "../pipeline/sampled.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";
import { SourceTable } from "../store/source-table.ts";
import { Store } from "../store/store.ts";
import { CALL_WORDS, totalsOf, withCalls } from "../store/test-calls.ts";
import { addSource, COST } from "../store/test-store.ts";
import { callId } from "./calls/call-id.ts";
import { evaluate } from "./evaluate.ts";
import { seriesOf } from "./series.ts";

/** What was handed on, as copies, in the order of time: done again, it fills another store with the same. */
type Journal = ((into: Store) => void)[];

/** A sink that keeps what the pipeline of a source hands on. */
class Recorder implements SampleSink {
  /** Each value as it is, and a copy of what it was when it was handed on. */
  readonly handedOn: { readonly value: KeptSample; readonly then: KeptSample }[] = [];

  constructor(
    private readonly id: string,
    private readonly words: SampleWords,
    private readonly journal: Journal,
  ) {}

  take(sampled: Sampled, news: SampleNews): void {
    const told = structuredClone(news);
    this.record(sampled, (table, recalled) => table.take(recalled, told));
  }

  takeFocus(sampled: Sampled, consumers: readonly number[], news: readonly number[]): void {
    this.record(sampled, (table, recalled) => table.takeFocus(recalled, consumers, news));
  }

  takeFailure(failed: FailedSample): void {
    const told = structuredClone(failed);
    this.journal.push((into) => into.sources.get(this.id)!.takeFailure(told));
  }

  takeSkip(): void {
    this.journal.push((into) => into.sources.get(this.id)!.takeSkip());
  }

  takeNote(sampled: Sampled, events: SampleNews["events"]): void {
    this.record(sampled, (table, recalled) => table.takeNote(recalled, events));
  }

  private record(
    { sample, derived, limits, usualLimits, cost }: Sampled,
    take: (table: SourceTable, recalled: Sampled) => void,
  ): void {
    const value = { sample, derived, limits, usualLimits, cost };
    const then = structuredClone(value);
    this.handedOn.push({ value, then });
    this.journal.push((into) => {
      const table = into.sources.get(this.id)!;
      take(table, toSampled(then, this.id, this.words, table.sampled));
    });
  }
}

const KAFKA = layoutOf({
  streams: { orders: 2, quiet: 1 },
  consumers: { billing: ["orders"], slow: ["orders/0"], lost: ["orders/1"], dead: ["orders/1"] },
});
/** The same with one more of each, in other rows. */
const GROWN = layoutOf({
  streams: { audit: 1, orders: 2, quiet: 1 },
  consumers: {
    auditor: ["audit"],
    billing: ["orders"],
    slow: ["orders/0"],
    lost: ["orders/1"],
    dead: ["orders/1"],
  },
});
const NATS = layoutOf({
  streams: { EVENTS: { lanes: 1, kind: "jetstream" }, acc: { lanes: 0, kind: "core" } },
  consumers: {
    worker: { reads: ["EVENTS"], kind: "pull consumer" },
    narrow: { reads: ["EVENTS"], kind: "pull consumer", filtered: true },
  },
});
const GRPC = layoutOf({ streams: { Watch: { lanes: 2, kind: "method" } }, consumers: { peer: ["Watch"] } });
const METHODS = {
  ...GRPC,
  streams: GRPC.streams.map((info) => ({
    ...info,
    calls: { kind: "server stream" as const, side: "server" as const },
  })),
};

function kafkaAt(second: number) {
  const head = 10_000 + second * 100;
  return observe(second < 60 ? KAFKA : GROWN, {
    at: second * 1_000,
    head: { "orders/0": head, "orders/1": 5_000, "quiet/0": 3, "audit/0": 1 },
    floor: { "orders/0": 0, "orders/1": second < 30 ? 0 : 4_500, "quiet/0": 3, "audit/0": 0 },
    position: {
      "billing orders/0": head - 5,
      "billing orders/1": 5_000,
      "slow orders/0": 10_000 + second * 50,
      "lost orders/1": 4_000,
      "dead orders/1": 4_900,
    },
    readers: { billing: 2, slow: 1, lost: 1, dead: 0, auditor: 1 },
    retentionMs: 3_600_000,
    retentionBytes: 1_000_000,
    messageBytes: 10,
    members: [{ id: "m-0", clientId: "writer-1", host: "/10.0.0.1", consumer: second < 60 ? 0 : 1 }],
    member: { "billing orders/0": 0 },
  });
}

/** A look at one consumer between two samples. */
function slowBetween(second: number) {
  const at = second * 1_000 + 500;
  return observe(GROWN, { at, head: { "orders/0": 25_000 }, floor: 0, position: 15_000 });
}

function natsAt(second: number) {
  const sample = observe(NATS, {
    at: second * 1_000,
    head: 1_000 + second * 10,
    floor: 1,
    position: { "worker EVENTS/0": 900 + second * 10, "narrow EVENTS/0": 500 },
    backlog: { "worker EVENTS/0": 100, "narrow EVENTS/0": 40 },
    inFlight: 3,
    inTotal: { EVENTS: second * 10, acc: second * 99 },
    outOfStream: { EVENTS: Number.NaN, acc: second * 33 },
    dueTotal: { worker: second * 10, narrow: 40 },
    outTotal: { worker: second * 10, narrow: 0 },
    retentionMs: Number.POSITIVE_INFINITY,
    retentionBytes: Number.POSITIVE_INFINITY,
  });
  const full: StreamSignal = { kind: "limit", what: "messages", held: 100, limit: 100, refusing: true };
  const servers: SourceSection = {
    key: "servers",
    title: "Servers",
    columns: [
      { label: "Server", kind: "text" },
      { label: "In", kind: "counter" },
    ],
    rows: [{ id: "n1", cells: ["n1", second * 7] }],
    total: 1,
    asOf: second * 1_000,
  };
  return {
    ...sample,
    // Not told every time: it is shown for a while.
    sections: second % 3 === 0 ? [servers] : [],
    streams: { ...sample.streams, ...(second >= 40 && second < 70 && { signals: new Map([[0, [full]]]) }) },
  };
}

function grpcAt(second: number) {
  const at = second * 1_000;
  return withCalls(
    observe(METHODS, {
      at,
      head: second * 10,
      position: { "peer Watch/0": second * 10, "peer Watch/1": 20 },
      latencyMs: 5,
    }),
    [
      { key: "a.1", consumer: 0, position: 0, connection: 1, startedAt: 1_000, sent: second * 10 },
      {
        key: "a.2",
        consumer: 0,
        position: 1,
        connection: 1,
        startedAt: 2_000,
        sent: 20,
        queued: 7,
        waitingMs: 500,
      },
      { key: "a.3", startedAt: 4_000 },
    ],
    [totalsOf({ started: second, completed: second / 2, sent: second * 10 })],
  );
}

const QUERIES: readonly LiveQueryInput[] = [
  { view: "overview" },
  { view: "sources" },
  { view: "streams" },
  { view: "events" },
  { view: "calls" },
  { view: "call", id: callId("g", "a.1") },
  { view: "call", id: callId("g", "a.2") },
  { view: "call", id: callId("g", "a.3") },
  ...["latency", "backlog", "in", "out", "drain", "name"].map((sort) => ({
    view: "consumers" as const,
    sort: sort as QueryOf<"consumers">["sort"],
  })),
  { view: "consumers", fold: true },
  ...["k", "n", "g", "gone"].map((id) => ({ view: "source" as const, id })),
  ...["k:billing", "k:slow", "k:lost", "k:dead", "k:auditor", "n:worker", "n:narrow", "g:peer"].map((id) => ({
    view: "consumer" as const,
    id,
  })),
  ...["k:orders", "k:quiet", "k:audit", "n:EVENTS", "n:acc", "g:Watch"].map((id) => ({
    view: "stream" as const,
    id,
  })),
];

const FAILURE: Omit<SourceFailure, "at"> = {
  code: "UNREACHABLE",
  message: "No answer.",
  hint: "Start it.",
  nextTryAt: null,
  attempts: 1,
};

/** Everything there is to be seen at an instant. */
function everything(store: Store, at: number) {
  const snapshot = store.at(at);
  return QUERIES.map((input) => {
    const query = liveQuery.parse(input);
    return [
      JSON.stringify(input),
      evaluate(snapshot, query),
      seriesOf(snapshot, query, Number.NEGATIVE_INFINITY),
    ] as const;
  });
}

/** Three sources that are sampled, and the journal of it. */
function live() {
  const store = new Store();
  const journal: Journal = [];
  const add = (id: string, kind: System) => {
    const table = addSource(store, id, kind);
    const recorder = new Recorder(id, kind === "grpc" ? CALL_WORDS : NO_WORDS, journal);
    table.pipeline.addSink(recorder);
    return { table, recorder };
  };
  return { store, journal, kafka: add("k", "kafka"), nats: add("n", "nats"), grpc: add("g", "grpc") };
}

/** Two minutes with trouble of each kind; `look` at the end of each second. */
function runTwoMinutes(
  { store, journal, kafka, nats, grpc }: ReturnType<typeof live>,
  look: (second: number) => void,
) {
  for (let second = 1; second <= 120; second++) {
    const at = second * 1_000;
    if (second >= 80 && second < 84) kafka.table.fail({ ...FAILURE, at });
    else kafka.table.accept(kafkaAt(second), COST);
    nats.table.accept(natsAt(second), COST);
    // It stops answering, and nobody says why.
    if (second < 110) grpc.table.accept(grpcAt(second), COST);
    else grpc.table.skip();
    store.tick(at);
    journal.push((into) => into.tick(at));
    if (second === 50) expect(kafka.table.markLossesSeen("k:lost", 50_500)).toBe(500);
    if (second >= 90 && second < 100) kafka.table.acceptFocus(slowBetween(second), ["slow"]);
    look(second);
  }
}

it("a view at an instant, from samples that were kept, is the one that was live then", () => {
  const run = live();
  const { store, journal } = run;
  const moments: { at: number; steps: number; seen: ReturnType<typeof everything> }[] = [];
  runTwoMinutes(run, (second) => {
    if (![1, 2, 12, 35, 50, 59, 60, 61, 75, 82, 84, 95, 111, 120].includes(second)) return;
    const at = second * 1_000 + 700;
    moments.push({ at, steps: journal.length, seen: structuredClone(everything(store, at)) });
  });

  for (const { at, steps, seen } of moments) {
    const past = new Store();
    for (const { identity, address, intervalMs, canPeek } of store.sources.values()) {
      past.add(new SourceTable({ identity, address, intervalMs, canPeek }));
    }
    for (const step of journal.slice(0, steps)) step(past);
    expect([at, everything(past, at)]).toEqual([at, seen]);
  }
  // And there was something to be seen.
  const troubles = moments.flatMap(({ seen }) => JSON.stringify(seen).match(/"status":"[a-z-]+"/g) ?? []);
  for (const status of ["behind", "losing", "stopped", "full", "lost", "late", "unknown"]) {
    expect(troubles).toContain(`"status":"${status}"`);
  }
});

it("nothing of a sample changes after it was handed on", () => {
  const run = live();
  runTwoMinutes(run, () => {});
  for (const { recorder } of [run.kafka, run.nats, run.grpc]) {
    for (const { value, then } of recorder.handedOn) expect(value).toEqual(then);
  }
});
