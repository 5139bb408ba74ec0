import type { WatchResponse } from "@streamside/grpc-health";
import { CallBook } from "../book/call-book.ts";
import type { BackendFindings } from "./findings.ts";
import type { MetricsFindings } from "./ways.ts";

/** What metrics add up to, by address: totals only, as if a Watch told of methods and never of a call. */
export type MetricsBooks = ReadonlyMap<
  string,
  { readonly book: CallBook; readonly findings: MetricsFindings }
>;

export function takeMetrics(backends: readonly BackendFindings[], before: MetricsBooks): MetricsBooks {
  const books = new Map<string, { book: CallBook; findings: MetricsFindings }>();
  const taken = new Set<MetricsFindings>();
  for (const { address, metrics: findings } of backends) {
    // One endpoint may be all there is for several addresses.
    if (findings === null || taken.has(findings)) continue;
    taken.add(findings);
    const held = before.get(address);
    const book = held?.book ?? new CallBook("metrics");
    if (held?.findings !== findings) book.apply(asResponse(findings), findings.asOf);
    book.prune(findings.asOf);
    books.set(address, { book, findings });
  }
  return books;
}

function asResponse({ process, methods, asOf, families }: MetricsFindings): WatchResponse {
  return {
    snapshot: true,
    process: { instanceId: process, startedAtMs: 0, implementation: families.join(", ") },
    serverTimeMs: asOf,
    intervalMs: 0,
    methods: [...methods],
    calls: [],
    endedCallIds: [],
    hiddenCallIds: [],
    liveCalls: 0,
    skippedResponses: 0,
    faults: 0,
    connections: [],
    closedConnections: [],
    endedCalls: [],
  };
}
