import type { CallSide } from "../../model/call.ts";
import { statusOfCall } from "../../sample/calls.ts";
import type { MethodSince } from "../../sample/method-totals.ts";
import type { MetricsWriter, Scraped, Series } from "../../sample/metrics.ts";
import { bucketsOf } from "./latency-buckets.ts";
import { GRPC_TYPES, goCode, latencyMetrics, partsOf } from "./metric-names.ts";

/** What a live call does that does not get on. */
const HELD_UP = ["stalled", "blocked", "stopped"] as const;

/**
 * Methods in the names of go-grpc-prometheus, and in those of gRFC A66 where they say the same; what neither has begins
 * with `streamside_`. Counters run on while processes come and go. A method has all of its series or, past the cap, none.
 */
export function grpcMetrics(scraped: Scraped, writer: MetricsWriter): void {
  const waiting = waitingByStream(scraped);
  const heldUp = heldUpByStream(scraped);
  for (let row = 0; row < scraped.sample.layout.streams.length; row++) {
    writer.together((series) => writeMethod(scraped, row, series, waiting, heldUp));
  }
  writeConnections(scraped, writer);
  writeHealth(scraped, writer);
}

function writeMethod(
  { source, sample, methodSince }: Scraped,
  row: number,
  series: Series,
  waiting: Waiting,
  heldUp: readonly Float64Array[] | null,
): void {
  const { name, calls: about } = sample.layout.streams[row]!;
  const { kind, side } = about ?? { kind: "unknown", side: "server" };
  const { service, method } = partsOf(name);
  const labels = { source, grpc_type: GRPC_TYPES[kind], grpc_service: service, grpc_method: method };
  // The names of go-grpc-prometheus tell the side, these do not.
  const own = { ...labels, side };
  const byPath = { source, grpc_method: `${service}/${method}` };
  const set = (metric: string, help: string, value: number) => series.gauge(metric, help, own, value);

  const totals = sample.streams.calls?.[row] ?? [];
  const since = methodSince(row);
  if (since !== null) {
    const codes = totals.flatMap(({ statuses }) => statuses.map(({ code }) => code));
    writeCounters(series, labels, own, side, since, new Set([0, ...codes]));
    if (side === "server")
      series.counter("grpc_server_call_started_total", STARTED, byPath, since.total("started"));
    for (const sum of since.latencies()) {
      for (const metric of latencyMetrics(sum.measure, side)) {
        const where = { path: byPath, method: labels, own }[metric.labels];
        series.histogram(metric.name, metric.help, where, bucketsOf(sum, metric.bounds));
      }
    }
  }
  const live = totals.reduce((sum, { started, completed }) => sum + started - completed, 0);
  set("streamside_grpc_live_calls", "Calls under way.", totals.length > 0 ? Math.max(0, live) : Number.NaN);
  const [backlog, oldestS] = [waiting.backlog[row]!, waiting.oldestMs[row]! / 1_000];
  if (kind === (side === "server" ? "client stream" : "server stream")) {
    set("streamside_grpc_unread_messages", "Messages received and not yet read.", backlog);
    set("streamside_grpc_oldest_unread_seconds", "Age of the oldest of those; 0: there is none.", oldestS);
  } else {
    set("streamside_grpc_queued_writes", "Messages written and not yet flushed.", backlog);
    set("streamside_grpc_oldest_unflushed_seconds", "Age of the oldest of those; 0: there is none.", oldestS);
  }
  for (const [index, status] of HELD_UP.entries()) {
    const help =
      "Live calls that do not get on: stalled, blocked by a shut window, stopped as the peer is gone.";
    const count = heldUp?.[index]?.[row] ?? Number.NaN;
    series.gauge("streamside_grpc_calls_held_up", help, { ...own, status }, count);
  }
}

const SINCE = "since Streamside began to watch.";
const STARTED = `Calls started ${SINCE}`;

type MethodLabels = Record<"source" | "grpc_type" | "grpc_service" | "grpc_method", string>;

function writeCounters(
  series: Series,
  labels: MethodLabels,
  own: MethodLabels & { readonly side: CallSide },
  side: CallSide,
  since: MethodSince,
  codes: ReadonlySet<number>,
): void {
  series.counter(`grpc_${side}_started_total`, STARTED, labels, since.total("started"));
  const addMessages = (what: "sent" | "received") => {
    const help = `Messages ${what} by the ${side} ${SINCE}`;
    series.counter(`grpc_${side}_msg_${what}_total`, help, labels, since.total(what));
  };
  addMessages("sent");
  addMessages("received");
  const completed = since.total("completed");
  for (const code of Number.isNaN(completed) ? [] : codes) {
    const label = { ...labels, grpc_code: goCode(code) };
    series.counter(`grpc_${side}_handled_total`, `Calls ended ${SINCE}`, label, since.ended(code));
  }
  const add = (name: string, what: string, value: number) =>
    series.counter(`streamside_grpc_${name}_total`, `${what} ${SINCE}`, own, value);
  const bytes = "without compression and framing,";
  add("sent_bytes", `Bytes of the messages sent, ${bytes}`, since.total("bytesSent"));
  add("received_bytes", `Bytes of the messages received, ${bytes}`, since.total("bytesReceived"));
  add("retries", "Attempts beyond the first", since.total("retries"));
}

/** Calls with the same number share one. */
function writeConnections({ source, sample: { calls } }: Scraped, series: Series): void {
  if (calls === undefined) return;
  const connections = new Set(calls.connection);
  if (connections.delete(-1) && connections.size === 0) return;
  series.gauge(
    "streamside_grpc_connections",
    "Connections with live calls on them.",
    { source },
    connections.size,
  );
}

/** Services of which nothing is told have no series. */
function writeHealth({ source, sample: { health = [] } }: Scraped, series: Series): void {
  const help =
    '1 where the service serves at any address, as its health service tells; "" is the server as a whole.';
  for (const { service, isServing } of health) {
    series.gauge("streamside_grpc_health_serving", help, { source, service }, isServing ? 1 : 0);
  }
}

/** What waits in all peers of a method, by stream; NaN: not known of any. */
interface Waiting {
  readonly backlog: Float64Array;
  readonly oldestMs: Float64Array;
}

function waitingByStream({ sample: { layout }, derived }: Scraped): Waiting {
  const backlog = new Float64Array(layout.streams.length).fill(Number.NaN);
  const oldestMs = backlog.slice();
  for (const [row, { streams }] of layout.consumers.entries()) {
    const [stream] = streams;
    if (stream === undefined) continue;
    const waits = derived.consumers.backlog[row]!;
    if (!Number.isNaN(waits)) backlog[stream] = (backlog[stream]! || 0) + waits;
    const age = derived.consumers.latencyMs[row]!;
    if (!Number.isNaN(age)) oldestMs[stream] = Math.max(oldestMs[stream]! || 0, age);
  }
  return { backlog, oldestMs };
}

/** Live calls of each method, by `HELD_UP`; null: live calls are not told. */
function heldUpByStream(scraped: Scraped): readonly Float64Array[] | null {
  const { calls, layout } = scraped.sample;
  if (calls === undefined) return null;
  const counts = HELD_UP.map(() => new Float64Array(layout.streams.length));
  for (let row = 0; row < calls.count; row++) {
    const index = (HELD_UP as readonly string[]).indexOf(statusOfCall(scraped, calls, row));
    if (index >= 0) counts[index]![calls.stream[row]!]!++;
  }
  return counts;
}
