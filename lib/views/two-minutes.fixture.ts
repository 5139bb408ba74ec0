/** Test only: two minutes of three sources, with trouble of each kind, and all that is to be seen of it. */
import { type LiveQueryInput, liveQuery, type QueryOf } from "../model/live.ts";
import type { StreamSignal } from "../model/signal.ts";
import type { SourceFailure, SourceSection } from "../model/source.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import type { Entry } from "../recording/entry.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import { totalsOf, withCalls } from "../store/test-calls.ts";
import { addSource, COST, type FedTable } from "../store/test-store.ts";
import { callId } from "./calls/call-id.ts";
import { evaluate } from "./evaluate.ts";
import { seriesOf } from "./series.ts";

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
export function everything(store: Store, at: number) {
  return everythingOf(store.at(at));
}

export function everythingOf(snapshot: Snapshot) {
  return QUERIES.map((input) => {
    const query = liveQuery.parse(input);
    return [
      JSON.stringify(input),
      evaluate(snapshot, query),
      seriesOf(snapshot, query, Number.NEGATIVE_INFINITY),
    ] as const;
  });
}

/** The sources that are sampled. */
export interface ThreeSources {
  readonly store: Store;
  readonly kafka: FedTable;
  readonly nats: FedTable;
  readonly grpc: FedTable;
}

export function addThreeSources(store: Store): ThreeSources {
  return {
    store,
    kafka: addSource(store, "k", "kafka"),
    nats: addSource(store, "n", "nats"),
    grpc: addSource(store, "g", "grpc"),
  };
}

/**
 * Two minutes of them, second by second.
 *
 * @param look at the end of each second
 * @param record is told what goes in
 */
export function runTwoMinutes(
  { store, kafka, nats, grpc }: ThreeSources,
  look: (second: number) => void,
  record: (entry: Entry) => void = () => {},
): void {
  const take = (source: string, table: FedTable, sample: ReturnType<typeof kafkaAt>) => {
    record({ kind: "sample", source, cost: COST, sample });
    table.accept(sample, COST);
  };
  for (let second = 1; second <= 120; second++) {
    const at = second * 1_000;
    if (second >= 80 && second < 84) {
      const failure = { ...FAILURE, at };
      record({ kind: "failure", source: "k", failure });
      kafka.fail(failure);
    } else take("k", kafka, kafkaAt(second));
    take("n", nats, natsAt(second));
    // It stops answering, and nobody says why.
    if (second < 110) take("g", grpc, grpcAt(second));
    else {
      record({ kind: "skip", source: "g" });
      grpc.skip();
    }
    record({ kind: "round", at });
    store.tick(at);
    if (second === 50) {
      const seen = { consumerId: "k:lost", at: 50_500 };
      record({ kind: "seen", source: "k", ...seen });
      kafka.markLossesSeen(seen.consumerId, seen.at);
    }
    if (second >= 90 && second < 100) {
      const sample = slowBetween(second);
      record({ kind: "focus", source: "k", keys: ["slow"], sample });
      kafka.acceptFocus(sample, ["slow"]);
    }
    look(second);
  }
}

/** Seconds at whose end something is to be seen that was not before. */
export const MOMENTS = [1, 2, 12, 35, 50, 59, 60, 61, 75, 82, 84, 95, 111, 120];
