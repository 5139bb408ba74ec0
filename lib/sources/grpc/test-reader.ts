import type { WatchResponse } from "@streamside/grpc-health";
import { STATUSES, type Status } from "../../model/status.ts";
import type { Sample } from "../../sample/sample.ts";
import { CallBook } from "./book/call-book.ts";
import { backendOf } from "./fake-process.ts";
import { type Columns, mapColumns, mapRows, type Rows, takeMetricsEvents } from "./rows/mapper.ts";
import type { BackendFindings } from "./ways/findings.ts";
import { mapFacts, mapTroubles } from "./words/facts.ts";
import { GRPC_WORDS } from "./words/words.ts";

/** Books of some addresses with what a collector makes of them; tests of what responses add up to. */
export class Reader {
  readonly books = new Map<string, CallBook>();
  rows: Rows | null = null;
  #columns: Columns | null = null;
  now = 1_000_000;
  /** What else is known of an address. */
  readonly more = new Map<string, Partial<BackendFindings>>();

  /** The book of the one address. */
  get book(): CallBook {
    return this.bookOf("10.1.0.1:50051");
  }

  take(response: WatchResponse): Sample {
    this.now += 250;
    this.book.apply(response, this.now);
    return this.observe();
  }

  bookOf(address: string): CallBook {
    let book = this.books.get(address);
    if (book === undefined) {
      book = new CallBook();
      this.books.set(address, book);
    }
    return book;
  }

  backends(): BackendFindings[] {
    const addresses = new Set([...this.books.keys(), ...this.more.keys()]);
    if (addresses.size === 0) addresses.add("10.1.0.1:50051");
    return [...addresses].map((address) =>
      backendOf({ address, book: this.books.get(address) ?? null, ...this.more.get(address) }),
    );
  }

  observe(): Sample {
    for (const book of this.books.values()) book.prune(this.now);
    const backends = this.backends();
    this.rows = mapRows(backends, this.rows);
    this.#columns = mapColumns(this.rows, backends, this.#columns);
    return {
      startedAt: this.now,
      finishedAt: this.now,
      layout: this.rows.layout,
      ...this.#columns,
      facts: mapFacts({ instrumented: "yes", backends }),
      events: [
        ...[...this.books.values()].flatMap((book) => book.takeEvents()),
        ...takeMetricsEvents(this.rows),
      ],
      failures: mapTroubles(backends),
      cost: { requests: 1 },
    };
  }
}

/** The sentence of a consumer. */
export function explained(seen: Sample, name: string, status: Status): string | null {
  const row = seen.layout.consumers.findIndex((consumer) => consumer.name === name);
  return GRPC_WORDS.explain(seen, row, status);
}

/** Everything that is said of a sample. */
export function saidOf(seen: Sample) {
  const streams = [...seen.layout.streams.keys()];
  const consumers = [...seen.layout.consumers.keys()];
  return {
    facts: [
      ...streams.flatMap((row) => GRPC_WORDS.streamFacts(seen, row)),
      ...consumers.flatMap((row) => GRPC_WORDS.consumerFacts(seen, row)),
    ],
    sentences: consumers.flatMap((row) => STATUSES.map((status) => GRPC_WORDS.explain(seen, row, status))),
    details: Array.from({ length: seen.calls!.count }, (_, row) => GRPC_WORDS.callDetail(seen, row)!),
  };
}

/** One live call of an observation as an object. */
export function callOf({ calls }: Sample, row: number) {
  const {
    startedAt,
    sent,
    received,
    queued,
    unread,
    waitingMs,
    stream,
    consumer,
    position,
    flags,
    connection,
  } = calls!;
  return {
    startedAt: startedAt[row]!,
    sent: sent[row]!,
    received: received[row]!,
    queued: queued[row]!,
    unread: unread[row]!,
    waitingMs: waitingMs[row]!,
    stream: stream[row]!,
    consumer: consumer[row]!,
    position: position[row]!,
    connection: connection[row]!,
    flags: flags[row]!,
    peer: calls!.peer[row]!,
  };
}
