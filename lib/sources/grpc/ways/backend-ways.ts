import type { Clock } from "../../../async/clock.ts";
import type { CallBook } from "../book/call-book.ts";
import { type GrpcCollectorOptions, isUsed } from "../config.ts";
import type { GrpcClient, GrpcConnection } from "../connection/client.ts";
import { AskedWay } from "./asked-way.ts";
import { createChannelzWay } from "./channelz/channelz-way.ts";
import type { HealthBook } from "./health/health-book.ts";
import { createHealthWay } from "./health/health-way.ts";
import { createInstrumentedWay } from "./instrumented-way.ts";
import { createMetricsWay } from "./metrics/metrics-way.ts";
import { createReflectionWay } from "./reflection/reflection-way.ts";
import type { ChannelzFindings, HealthFindings, MethodCatalogue, MetricsFindings, Way } from "./ways.ts";

/** What is told through the ways of one address; null: not wanted by the source. */
export interface BackendWays {
  readonly health: AskedWay<HealthFindings> | null;
  readonly instrumented: AskedWay<CallBook> | null;
  readonly reflection: AskedWay<MethodCatalogue> | null;
  readonly channelz: AskedWay<ChannelzFindings> | null;
  readonly metrics: AskedWay<MetricsFindings> | null;
}

/** Where an address has a Prometheus endpoint of its own. */
export interface MetricsPlace {
  readonly url: string;
  /** Where to connect instead of the URL's host. */
  readonly address: string | undefined;
}

export interface BackendWaysSettings {
  readonly options: GrpcCollectorOptions;
  readonly clock: Clock;
  /** For people: the target, and which of its addresses. */
  readonly target: string;
  readonly client: GrpcClient;
  readonly book: CallBook;
  readonly healthBook: HealthBook;
  readonly metrics: MetricsPlace | null;
  /** How long numbers are still served after the way to them was lost. */
  readonly keptMs: number;
}

/** Each way that the source wants; `close` ends what they keep open. */
export function createBackendWays(settings: BackendWaysSettings): { ways: BackendWays; close: () => void } {
  const { options, clock, target, client, book, healthBook, metrics, keptMs } = settings;
  const { services, tls, requestTimeoutMs, connectTimeoutMs } = options;
  const closing: (() => void)[] = [];
  const common = { timeoutMs: connectTimeoutMs + 2 * requestTimeoutMs, clock };
  const overConnection = { ...common, isGone: () => client.link.state !== "READY" };

  /** The way on the newest connection; another one, and another way on it, once that is gone. */
  const onConnection = <T>(create: (connection: GrpcConnection) => Way<T>) => {
    let made: { readonly connection: GrpcConnection; readonly way: Way<T> } | null = null;
    closing.push(() => made?.way.close());
    return async (signal: AbortSignal): Promise<Way<T>> => {
      const connection = await client.open(signal);
      if (made?.connection !== connection) {
        made?.way.close();
        made = { connection, way: create(connection) };
      }
      return made.way;
    };
  };

  const health = () =>
    new AskedWay<HealthFindings>({
      ...overConnection,
      use: "health",
      way: onConnection((connection) =>
        createHealthWay({ connection, target, services, book: healthBook, clock }),
      ),
      keptMs: 0,
    });

  const instrumented = () =>
    new AskedWay<CallBook>({
      ...overConnection,
      use: "instrumented",
      way: onConnection((connection) =>
        createInstrumentedWay({ connection, target, book, requestTimeoutMs, clock }),
      ),
      keptMs: 0,
    });

  const reflection = isUsed(options, "reflection")
    ? new AskedWay<MethodCatalogue>({
        ...overConnection,
        use: "reflection",
        way: onConnection((connection) => createReflectionWay({ connection, target, clock })),
        asOf: ({ asOf }) => asOf,
        // What methods there are does not change while a process lives.
        keptMs: Number.POSITIVE_INFINITY,
      })
    : null;

  const channelz = () =>
    new AskedWay<ChannelzFindings>({
      ...overConnection,
      use: "channelz",
      way: onConnection((connection) => createChannelzWay({ connection, target, clock })),
      asOf: ({ asOf }) => asOf,
      keptMs,
    });

  const endpoint = (place: MetricsPlace) => {
    const catalogue = () => reflection?.value ?? null;
    const way = createMetricsWay({ ...place, tls, timeoutMs: requestTimeoutMs, clock, catalogue });
    closing.push(() => way.close());
    return new AskedWay<MetricsFindings>({
      ...common,
      use: "metrics",
      way: async () => way,
      asOf: ({ asOf }) => asOf,
      keptMs,
    });
  };

  return {
    ways: {
      health: isUsed(options, "health") ? health() : null,
      instrumented: isUsed(options, "instrumented") ? instrumented() : null,
      reflection,
      channelz: isUsed(options, "channelz") ? channelz() : null,
      metrics: metrics !== null && isUsed(options, "metrics") ? endpoint(metrics) : null,
    },
    close() {
      for (const close of closing) close();
    },
  };
}
