import { randomUUID } from "node:crypto";
import type { ClientOptions, Server, ServerWritableStream } from "@grpc/grpc-js";
import { CallRegistry } from "./calls/call-registry.ts";
import { type CallsByStream, instrumentedClientOptions } from "./calls/client-call.ts";
import { noRoundTrips, type RoundTrips } from "./calls/round-trips.ts";
import { callOf, createServerInterceptor } from "./calls/server-call.ts";
import { type ClientName, createClientName } from "./connections/client-name.ts";
import { instrument } from "./instrument.ts";
import { type MetricFamily, type MetricRegistry, registerMetrics } from "./metrics/register-metrics.ts";
import {
  type ProcessRow,
  streamHealthDefinition,
  streamHealthServiceName,
  type WatchRequest,
  type WatchResponse,
} from "./protocol.ts";
import { ChangeCursor, WatchSession } from "./watch.ts";

/** Services that observe other services: not counted unless `exclude` says otherwise. */
export const observingServices: readonly string[] = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "grpc.channelz.v1.Channelz",
];

export interface StreamHealthSettings {
  /** Full names of services whose calls are not counted. Default `observingServices`; StreamHealth itself never is. */
  exclude?: readonly string[];
  /**
   * What a client is called, from the metadata of its request. Default, and where this returns `undefined`: its
   * user-agent. Asked once for each call that someone sees.
   */
  clientName?: ClientName;
  /**
   * Whether connections in doubt are asked with HTTP/2 pings if the peer is there: at most one in 2 s, while a Watch is
   * open, on a server's connection with a call that has been held up for 1 s or streams and silence for 10 s. Default
   * true.
   */
  pings?: boolean;
  /** Epoch milliseconds, never stepping back. Default: the process's monotonic clock. */
  now?: () => number;
  /** Told of each exception inside the instrumentation. They never reach a call. */
  onFault?: (error: unknown) => void;
}

export interface StreamHealth {
  /** Counts the calls of this server, whether its services were added before or come later. */
  instrument(server: Server): void;
  /** Serves `streamside.health.v1.StreamHealth/Watch` on this server. */
  addTo(server: Server): void;
  /** Options for a client whose calls are counted too: `new Client(address, credentials, health.clientOptions())`. */
  clientOptions(options?: ClientOptions): ClientOptions;
  /**
   * Times requests and their replies within a bidirectional call, which only the application can tell apart: `call` is
   * the stream that a handler is given, or that a client's method returns. For a call that is not counted the marks do
   * nothing. They never throw.
   */
  roundTrips(call: object): RoundTrips;
  /**
   * Adds the metrics of these families (default: all) to a prom-client registry. Call it at start: durations and sizes
   * are kept from then on. Throws when a name is taken.
   */
  registerMetrics(metrics: MetricRegistry, families?: readonly MetricFamily[]): void;
  /** Everything now, as the first response of a Watch without a limit would say it. */
  snapshot(): WatchResponse;
  /** Ends the Watch calls being served. Counting goes on. */
  endWatches(): void;
}

export function createStreamHealth(settings: StreamHealthSettings = {}): StreamHealth {
  const registry = new CallRegistry(settings);
  const process: ProcessRow = {
    instanceId: randomUUID(),
    startedAtMs: registry.now(),
    implementation: "streamside-grpc-health-js/0.1.0",
  };
  const excluded = new Set([streamHealthServiceName, ...(settings.exclude ?? observingServices)]);
  const isExcluded = (path: string): boolean => excluded.has(path.slice(1, path.lastIndexOf("/")));
  const clientName = createClientName(settings.clientName, (error) => registry.fault(error));
  const clientCalls: CallsByStream = new WeakMap();
  const interceptor = createServerInterceptor(registry, isExcluded, clientName);
  const instrumented = new WeakSet<Server>();
  const watches = new Set<WatchSession>();
  const { pings = true } = settings;

  const endWatches = (): void => {
    for (const watch of watches) watch.stop();
  };

  return {
    instrument(server) {
      if (instrumented.has(server)) return;
      instrument(server, interceptor, registry);
      instrumented.add(server);
    },
    addTo(server) {
      server.addService(streamHealthDefinition, {
        Watch: (call: ServerWritableStream<WatchRequest, WatchResponse>) => {
          watches.add(new WatchSession(call, registry, process, pings, (watch) => watches.delete(watch)));
        },
      });
      // A graceful shutdown waits for open calls, and a Watch would keep it waiting for ever.
      const tryShutdown = server.tryShutdown.bind(server);
      server.tryShutdown = (callback) => {
        tryShutdown(callback);
        endWatches();
      };
    },
    clientOptions: (options = {}) => instrumentedClientOptions(options, registry, isExcluded, clientCalls),
    roundTrips(call) {
      try {
        const known = clientCalls.get(call) ?? callOf(call, registry);
        return known?.method.kind === "BIDI" ? known.roundTrips() : noRoundTrips;
      } catch (error) {
        registry.fault(error);
        return noRoundTrips;
      }
    },
    registerMetrics(metrics, families = ["a66", "grpc_prometheus", "streamside"]) {
      registerMetrics(registry, metrics, families);
    },
    snapshot: () => new ChangeCursor(registry, process, Number.POSITIVE_INFINITY).next(0, 0),
    endWatches,
  };
}

/**
 * The one line: counts every call of `server` and serves the result on it. Services may be added before or after; call
 * it before the server takes connections.
 */
export function instrumentServer(server: Server, settings?: StreamHealthSettings): StreamHealth {
  const health = createStreamHealth(settings);
  health.instrument(server);
  health.addTo(server);
  return health;
}
