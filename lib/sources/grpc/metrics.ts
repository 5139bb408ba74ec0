import type { CallSide } from "../../model/call.ts";
import type { MethodHistory } from "../../store/method-history.ts";
import { statusOfCall } from "../../views/call-row.ts";
import { GRPC_TYPES, goCode, latencyMetrics, partsOf } from "./grpc-names.ts";
import { bucketsOf } from "./latency-buckets.ts";
import { gauge, type Scrape, SeriesGroup } from "./series.ts";

/** What a live call does that does not get on. */
const HELD_UP = ["stalled", "blocked", "stopped"] as const;

/**
 * Methods in the names of go-grpc-prometheus, and in those of gRFC A66 where they say the same; what neither has begins
 * with `streamside_`. Counters run on while processes come and go. A method has all of its series or, past the cap, none.
 */
export function addGrpcMetrics(scrape: Scrape): void {
  const { registry, snapshot, sampled, budget } = scrape;
  const { layout, sample, streamIds } = sampled;
  const source = snapshot.identity.id;
  const waiting = waitingByStream(scrape);
  const heldUp = heldUpByStream(scrape);
  for (const [row, { name, calls: about }] of layout.streams.entries()) {
    const { kind, side } = about ?? { kind: "unknown", side: "server" };
    const { service, method } = partsOf(name);
    const labels = { source, grpc_type: GRPC_TYPES[kind], grpc_service: service, grpc_method: method };
    // The names of go-grpc-prometheus tell the side, these do not.
    const own = { ...labels, side };
    const byPath = { source, grpc_method: `${service}/${method}` };
    const group = new SeriesGroup(registry);
    const set = (metric: string, help: string, value: number) => group.gauge(metric, help, own, value);

    const totals = sample.streams.calls?.[row] ?? [];
    const history = snapshot.table.methods.of(streamIds[row]!);
    if (history !== null) {
      const codes = totals.flatMap(({ statuses }) => statuses.map(({ code }) => code));
      addCounters(group, labels, own, side, history, new Set([0, ...codes]));
      if (side === "server")
        group.counter("grpc_server_call_started_total", STARTED, byPath, history.total("started"));
      for (const sum of history.latencies()) {
        for (const metric of latencyMetrics(sum.measure, side)) {
          const where = { path: byPath, method: labels, own }[metric.labels];
          group.histogram(metric.name, metric.help, where, ...bucketsOf(sum, metric.bounds));
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
      set(
        "streamside_grpc_oldest_unflushed_seconds",
        "Age of the oldest of those; 0: there is none.",
        oldestS,
      );
    }
    for (const [index, status] of HELD_UP.entries()) {
      const help =
        "Live calls that do not get on: stalled, blocked by a shut window, stopped as the peer is gone.";
      const count = heldUp?.[index]?.[row] ?? Number.NaN;
      group.gauge("streamside_grpc_calls_held_up", help, { ...own, status }, count);
    }
    group.commit(budget);
  }
  addConnections(scrape);
  addHealth(scrape);
}

const SINCE = "since Streamside began to watch.";
const STARTED = `Calls started ${SINCE}`;

type MethodLabels = Record<"source" | "grpc_type" | "grpc_service" | "grpc_method", string>;

function addCounters(
  group: SeriesGroup,
  labels: MethodLabels,
  own: MethodLabels & { readonly side: CallSide },
  side: CallSide,
  history: MethodHistory,
  codes: ReadonlySet<number>,
): void {
  group.counter(`grpc_${side}_started_total`, STARTED, labels, history.total("started"));
  const addMessages = (what: "sent" | "received") => {
    const help = `Messages ${what} by the ${side} ${SINCE}`;
    group.counter(`grpc_${side}_msg_${what}_total`, help, labels, history.total(what));
  };
  addMessages("sent");
  addMessages("received");
  const completed = history.total("completed");
  for (const code of Number.isNaN(completed) ? [] : codes) {
    const label = { ...labels, grpc_code: goCode(code) };
    group.counter(`grpc_${side}_handled_total`, `Calls ended ${SINCE}`, label, history.ended(code));
  }
  const add = (name: string, what: string, value: number) =>
    group.counter(`streamside_grpc_${name}_total`, `${what} ${SINCE}`, own, value);
  const bytes = "without compression and framing,";
  add("sent_bytes", `Bytes of the messages sent, ${bytes}`, history.total("bytesSent"));
  add("received_bytes", `Bytes of the messages received, ${bytes}`, history.total("bytesReceived"));
  add("retries", "Attempts beyond the first", history.total("retries"));
}

/** Calls with the same number share one. */
function addConnections({ registry, snapshot, sampled }: Scrape): void {
  const { calls } = sampled.sample;
  if (calls === undefined) return;
  const connections = new Set(calls.connection);
  if (connections.delete(-1) && connections.size === 0) return;
  gauge(registry, "streamside_grpc_connections", "Connections with live calls on them.", ["source"]).set(
    { source: snapshot.identity.id },
    connections.size,
  );
}

/** Services of which nothing is told have no series. */
function addHealth({ registry, snapshot, sampled }: Scrape): void {
  const { health = [] } = sampled.sample;
  if (health.length === 0) return;
  const help =
    '1 where the service serves at any address, as its health service tells; "" is the server as a whole.';
  const metric = gauge(registry, "streamside_grpc_health_serving", help, ["source", "service"]);
  for (const { service, isServing } of health) {
    metric.set({ source: snapshot.identity.id, service }, isServing ? 1 : 0);
  }
}

/** What waits in all peers of a method; NaN: not known of any. */
function waitingByStream({ sampled: { layout, derived } }: Scrape): {
  readonly backlog: Float64Array;
  readonly oldestMs: Float64Array;
} {
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
function heldUpByStream({ snapshot, sampled }: Scrape): readonly Float64Array[] | null {
  const { calls } = sampled.sample;
  if (calls === undefined) return null;
  const counts = HELD_UP.map(() => new Float64Array(sampled.layout.streams.length));
  for (let row = 0; row < calls.count; row++) {
    const status = statusOfCall(snapshot, sampled, calls, row);
    const index = (HELD_UP as readonly string[]).indexOf(status);
    if (index >= 0) counts[index]![calls.stream[row]!]!++;
  }
  return counts;
}
