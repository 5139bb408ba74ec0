import type { PartialFailure } from "../../model/source.ts";
import { type Collector, CollectorError, type Observation } from "../contract.ts";
import { CallBook } from "./call-book.ts";
import { createGrpcClient, type GrpcConnection, type HealthAnswer } from "./client.ts";
import { type GrpcCollectorOptions, type GrpcSourceUse, isUsed } from "./config.ts";
import { mapFacts } from "./facts.ts";
import { mapColumns, mapRows, type Rows } from "./mapper.ts";
import { WatchKeeper } from "./watch-keeper.ts";

/** Not asked again for so long: every refusal is a line in the server's log. */
const REFUSAL_MEMORY_MS = 30_000;
const NOT_READ_YET: readonly GrpcSourceUse[] = ["reflection", "channelz"];

/**
 * Samples one gRPC target: its health, and from StreamHealth the newest state of its calls. One Watch stays open
 * between samples; a sample never serves state that Watch has stopped confirming.
 */
export function createGrpcCollector(options: GrpcCollectorOptions): Collector {
  const { target, requestTimeoutMs, uses = "auto" } = options;
  const now = options.now ?? Date.now;
  const services = options.services?.length ? options.services : [""];
  const client = createGrpcClient(options);
  const book = new CallBook();
  const blank = new CallBook();
  let running: AbortController | null = null;
  let keeper: { readonly connection: GrpcConnection; readonly watch: WatchKeeper } | null = null;
  let refusal: { readonly until: number; readonly error: CollectorError } | null = null;
  let rows: Rows | null = null;

  const letGo = () => {
    keeper?.watch.close();
    keeper = null;
    client.drop("let go by Streamside");
  };

  const keeperOf = (connection: GrpcConnection) => {
    if (keeper?.connection !== connection) {
      keeper?.watch.close();
      keeper = {
        connection,
        watch: new WatchKeeper(connection, target, (response) => book.apply(response, now())),
      };
      refusal = null;
    }
    return keeper.watch;
  };

  /** Whether there is state to serve; a refusal is told apart from a failure. */
  const watchCalls = async (
    connection: GrpcConnection,
    signal: AbortSignal,
  ): Promise<"yes" | "no" | "unwanted" | CollectorError> => {
    if (!isUsed(options, "instrumented")) return "unwanted";
    const watch = keeperOf(connection);
    if (refusal && refusal.until > now()) return refusal.error;
    try {
      if (!(await watch.fresh(requestTimeoutMs, signal))) return "no";
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = { until: now() + REFUSAL_MEMORY_MS, error };
      return error;
    }
    if (book.process === null) throw strangeWatch(target);
    return "yes";
  };

  const checkHealth = (connection: GrpcConnection, signal: AbortSignal) =>
    Promise.all(
      (isUsed(options, "health") ? services : []).map(async (service) => ({
        service,
        answer: await connection.check(service, signal).catch(asCollectorError),
      })),
    );

  const observe = async (signal: AbortSignal): Promise<Observation> => {
    const startedAt = now();
    const requestsBefore = client.requests;
    const connection = await client.open(signal);
    const [health, calls] = await Promise.all([
      checkHealth(connection, signal),
      watchCalls(connection, signal),
    ]);
    const failed = health.flatMap(({ service, answer }) =>
      answer instanceof CollectorError ? [{ service, error: answer }] : [],
    );
    const fatal = failed.find(({ error }) => calls !== "yes" || error.code === "UNREACHABLE");
    if (fatal) throw fatal.error;
    // Refused, and nothing else is known of the target either.
    if (calls instanceof CollectorError && !health.some(({ answer }) => isHealth(answer))) throw calls;

    const source = calls === "yes" ? book : blank;
    source.prune(now());
    rows = mapRows(source, rows);
    const failures: PartialFailure[] = failed.map(({ service, error }) => ({
      scope: "source",
      subject: service === "" ? "health" : `health of ${service}`,
      code: error.code,
      message: error.message,
    }));
    if (calls instanceof CollectorError) {
      failures.push({ scope: "source", subject: "StreamHealth", code: calls.code, message: calls.message });
    } else if (calls === "no" && uses !== "auto") {
      failures.push({
        scope: "source",
        subject: "StreamHealth",
        code: "UNAVAILABLE",
        message: `${target} does not serve StreamHealth, which this source lists under uses.`,
      });
    }
    return {
      startedAt,
      finishedAt: now(),
      layout: rows.layout,
      ...mapColumns(rows, source.process),
      facts: mapFacts({
        health: health.flatMap(({ service, answer }) =>
          answer instanceof CollectorError ? [] : [{ service, answer }],
        ),
        instrumented: calls instanceof CollectorError ? "refused" : calls,
        process: source.process,
        listedCalls: rows.members.length,
        unread: uses === "auto" ? [] : NOT_READ_YET.filter((use) => uses.includes(use)),
      }),
      events: book.takeEvents(),
      failures,
      cost: { requests: client.requests - requestsBefore },
    };
  };

  return {
    system: "grpc",

    async sample(signal) {
      const abort = new AbortController();
      const pass = () => abort.abort(signal.reason);
      if (signal.aborted) pass();
      signal.addEventListener("abort", pass);
      running = abort;
      try {
        return await untilAborted(abort.signal, observe);
      } catch (error) {
        // A connection that broke or fell silent is made anew; one that was refused something is kept.
        if (!isRefusal(error)) letGo();
        throw error;
      } finally {
        signal.removeEventListener("abort", pass);
      }
    },

    async close() {
      running?.abort(new CollectorError("INTERNAL", "The collector was closed.", ""));
      keeper?.watch.close();
      client.close();
    },
  };
}

function isRefusal(error: unknown): error is CollectorError {
  return error instanceof CollectorError && (error.code === "AUTH" || error.code === "DENIED");
}

function isHealth(answer: HealthAnswer | CollectorError): boolean {
  return !(answer instanceof CollectorError) && answer.state !== "UNIMPLEMENTED";
}

function asCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  throw error;
}

function strangeWatch(target: string): CollectorError {
  return new CollectorError(
    "PROTOCOL",
    `${target}: the first response of StreamHealth/Watch does not say which process it is from.`,
    "Does the service implement stream_health.proto as it is documented?",
  );
}

/** The work's result, or a rejection as soon as the signal aborts. */
async function untilAborted<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const reason = () =>
    signal.reason instanceof CollectorError
      ? signal.reason
      : new CollectorError("TIMEOUT", "The sample was cancelled before it was complete.", "", {
          cause: signal.reason,
        });
  if (signal.aborted) throw reason();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(reason());
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
