import { createServer, type Server } from "node:http";
import { join } from "node:path";
import next from "next";
import type { Clock } from "../async/clock.ts";
import type { StreamsideConfig } from "../config/index.ts";
import type { LiveQuery } from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import type { EpochMs } from "../model/reading.ts";
import { createFrontDoor } from "../serve/http/front-door.ts";
import { createGuard } from "../serve/http/guard.ts";
import { createRouter, type PastApi } from "../serve/http/router.ts";
import { createMetrics } from "../serve/metrics/render-metrics.ts";
import { createSocketGateway, type SocketGatewayOptions } from "../serve/push/socket-gateway.ts";
import type { ConfiguredSource } from "../sources/definition.ts";
import { Store, TICK_MS } from "../store/store.ts";
import { evaluate } from "../views/evaluate.ts";
import { seriesOf } from "../views/series.ts";
import { versionOf } from "../views/version.ts";
import { createHistory, type OpenedRecording, openRecording, type Recorded } from "./history.ts";
import { ListenError } from "./listen-error.ts";
import type { Log } from "./log.ts";
import { NO_LONG_SERIES } from "./long-series.ts";
import { createPeeks } from "./peeks.ts";
import { createSampling, sourcesRecorded, type UnavailableSource } from "./sampling.ts";
import { startTicker } from "./ticker.ts";

/** Names are made up by whoever asks, so there is no end to them. */
const MAX_REFUSALS_SAID = 20;

export interface StreamsideOptions {
  readonly config: StreamsideConfig<ConfiguredSource>;
  readonly unavailable?: readonly UnavailableSource[];
  /** Is looked at instead of what is sampled; with it nothing is. */
  readonly recording?: OpenedRecording;
  /** The project's folder, where the built dashboard is. */
  readonly rootDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Streamside {
  readonly url: string;
  /** Ends sampling, connections and the server. Safe to call twice. */
  close(): Promise<void>;
}

/** Everything assembled: sampling into the store, the store to HTTP, sockets and metrics, the dashboard on one port. */
export async function startStreamside(options: StreamsideOptions): Promise<Streamside> {
  const { config, log, rootDir, clock } = options;
  const now = () => clock.now();
  const store = new Store();
  const ask = (query: LiveQuery, at: EpochMs) => evaluate(store.at(at), query);
  const series = (query: LiveQuery, at: EpochMs, after: EpochMs) => seriesOf(store.at(at), query, after);

  const unavailable = options.unavailable ?? [];
  const workers = {
    past: join(rootDir, "dist", "past-worker.js"),
    tier: join(rootDir, "dist", "tier-worker.js"),
  };
  const reading = { workers, clock, log };
  const recording = config.history === null ? null : { config: config.history };
  const history =
    recording &&
    createHistory({ ...recording, ...reading, sources: sourcesRecorded(config, unavailable, clock) });
  const recorded = options.recording === undefined ? history : openRecording(options.recording, reading);

  // All that answers is attached to `inside`; only the front door listens.
  const inside = createServer();
  const http = createFrontDoor(inside, { guard: createGuard(config), onRefused: warnOfRefusals(log) });
  const dashboard = next({
    ...{ dev: false, dir: rootDir, hostname: config.host, port: config.port },
    // Else Next takes upgrades from the server that listens, past the guard.
    httpServer: inside,
  });
  await dashboard.prepare();
  const page = dashboard.getRequestHandler();

  const gateway = createSocketGateway({
    http: inside,
    evaluate: ask,
    seriesOf: series,
    versionOf: (query, at) => versionOf(store.at(at), query),
    now,
    past: recorded && createPastFrames(recorded),
  });
  const router = createRouter({
    evaluate: ask,
    seriesOf: series,
    now,
    past: recorded && createPastApi(recorded),
    incidents: recorded?.incidents ?? null,
    longSeries: recorded?.longSeries ?? NO_LONG_SERIES,
    kept: async () => (await recorded?.kept()) ?? { isOn: false },
    markLossesSeen: (id) => sampling.markLossesSeen(id),
    peek: createPeeks({ clock, store, collectorOf: (id) => sampling.collectorOf(id) }),
    notReady: () => notReady(store, now()),
    metrics: createMetrics({
      store,
      kinds: config.sources.map(({ kind }) => kind),
      now,
      maxPositionSeries: config.metrics.maxPositionSeries,
      sockets: () => gateway.counts(),
    }),
    page: (request, response) => void page(request, response),
    onError: (error) => log.error("A request failed.", { error: String(error) }),
  });
  inside.on("request", (request, response) => {
    // socket.io has answered its own requests by then.
    if (request.url?.startsWith("/socket.io/")) return;
    router(request, response);
  });
  const port = await listen(http, config.host, config.port);

  const sampling = createSampling({
    config,
    unavailable,
    store,
    clock,
    log,
    watchedConsumers: () => gateway.watchedConsumers(),
    onConsumers: (ids) => gateway.tickConsumers(ids, now()),
    record: history?.record,
  });
  const tick = (at: EpochMs) => {
    history?.record({ kind: "round", at });
    store.tick(at);
    history?.tick();
  };
  await history?.restore(sampling.pipelines, store);
  sampling.start();
  tick(now());
  const stopTicker = startTicker(clock, TICK_MS, (at) => {
    tick(at);
    gateway.tick(at);
  });

  let closing: Promise<void> | undefined;
  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    close() {
      closing ??= (async () => {
        stopTicker();
        const closed = new Promise((resolve) => http.close(resolve));
        await Promise.all([sampling.stop(), gateway.close(), dashboard.close()]);
        await recorded?.close();
        http.closeAllConnections();
        await closed;
      })();
      return closing;
    },
  };
}

function createPastFrames(history: Recorded): NonNullable<SocketGatewayOptions["past"]> {
  return async (query, at) => {
    const asked = await history.ask("frame", { query, at });
    return asked.ok ? { ok: true, frame: asked.answer } : asked;
  };
}

function createPastApi(history: Recorded): PastApi {
  return {
    async at(at, path, parameters) {
      const asked = await history.ask("api", { at, path, parameters: parameters.toString() });
      return asked.ok ? asked.answer : { problem: asked.problem };
    },
    async compare(at, other, limit) {
      const asked = await history.ask("compare", { at, with: other, limit });
      return asked.ok ? { status: 200, body: asked.answer } : { problem: asked.problem };
    },
    async marks(query) {
      const asked = await history.ask("marks", query);
      return asked.ok ? { status: 200, body: asked.answer } : { problem: asked.problem };
    },
  };
}

/** What was refused, each once: a browser shows the reason of a refused WebSocket to nobody. */
function warnOfRefusals(log: Log): (problem: Problem) => void {
  const said = new Set<string>();
  return ({ detail }) => {
    if (said.size >= MAX_REFUSALS_SAID || said.has(detail)) return;
    said.add(detail);
    log.warn(`A request was refused. ${detail}`);
  };
}

/** Ready once every source was sampled or has a stated failure. */
function notReady(store: Store, now: EpochMs): string | null {
  const waiting = [...store.at(now).sources.values()]
    .filter(({ status }) => status === "waiting")
    .map(({ identity }) => identity.id);
  return waiting.length === 0 ? null : `Not sampled yet: ${waiting.join(", ")}.`;
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => reject(new ListenError(host, port, error)));
    http.listen(port, host, () => {
      const address = http.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}
