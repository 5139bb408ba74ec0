import type { Clock } from "../../../async/clock.ts";
import type { SourceSignal } from "../../../model/signal.ts";
import type { PartialFailure, SourceEvent, SourceSection } from "../../../model/source.ts";
import { type NatsCollectorOptions, passesFilter } from "../config.ts";
import { createNatsClient, type NatsClient } from "../connection/client.ts";
import type { AccountParts } from "../jetstream/snapshot.ts";
import { linkSections, linksOf } from "../servers/link-sections.ts";
import { metaGroupsOf, metaSection } from "../servers/meta-section.ts";
import { createMonitoringClient } from "../servers/monitoring.ts";
import { mapServerEvents, type ServerPicture } from "../servers/server-events.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { serverSection } from "../servers/server-section.ts";
import { serverSignals } from "../servers/server-signals.ts";
import { createServerWatch } from "../servers/server-watch.ts";
import { createMonitoringWay, createSystemWay } from "../servers/server-ways.ts";
import { accountSection } from "./account-section.ts";
import { createAccountStreams, type IsSampled } from "./account-streams.ts";
import { createConnectionSection, droppedSection } from "./connection-sections.ts";
import { type CoreSnapshot, type IsOwn, mapCore } from "./core-snapshot.ts";
import { createCoreTotals } from "./core-totals.ts";
import { createQueueGroupSection } from "./queue-groups.ts";
import { createSlowClients } from "./slow-clients.ts";

/** Core NATS and the servers themselves, as one sample found them. */
export interface CoreSample {
  /** Null: no server has told anything of itself yet. */
  readonly core: CoreSnapshot | null;
  readonly servers: readonly ServerReport[];
  /** Streams of accounts that are not sampled another way, where a user of the system account is given. */
  readonly streams: AccountParts;
  readonly sections: readonly SourceSection[];
  readonly events: readonly SourceEvent[];
  readonly failures: readonly PartialFailure[];
  readonly signals: readonly SourceSignal[];
}

export interface CoreWatch {
  sample(signal: AbortSignal, who: { isOwn: IsOwn; isSampled: IsSampled }): Promise<CoreSample>;
  close(): Promise<void>;
  /** Requests sent so far. */
  readonly requests: number;
  /** Streamside's connection to the system account; null: no user of it is given. */
  readonly systemClient: NatsClient | null;
}

/** A monitoring endpoint answers within milliseconds or is unwell; it must not slow the rest down. */
const MONITORING_TIMEOUT_MS = 1_000;

/** Null: neither a monitoring endpoint nor a user of the system account is given. */
export function createCoreWatch(options: NatsCollectorOptions, clock: Clock): CoreWatch | null {
  const { monitoring = [], systemAccount } = options;
  if (monitoring.length === 0 && !systemAccount) return null;
  const timeoutMs = Math.min(MONITORING_TIMEOUT_MS, options.requestTimeoutMs);
  const endpoints = monitoring.map((url) => ({ url, client: createMonitoringClient(url, timeoutMs, clock) }));
  const systemClient = systemAccount ? createNatsClient({ ...options, auth: systemAccount }, clock) : null;
  const system = systemClient && createSystemWay(systemClient, clock);
  const accountStreams =
    system && options.jetstream !== false
      ? createAccountStreams(system, (name) => passesFilter(options.streams, name), clock)
      : null;
  const watch = createServerWatch(
    system,
    endpoints.map(({ url, client }) => createMonitoringWay(client, new URL(url).host, clock)),
    clock,
  );
  const total = createCoreTotals();
  const slowClients = createSlowClients();
  const connectionSection = createConnectionSection();
  const queueGroupSection = createQueueGroupSection();
  let before: ServerPicture = { servers: [], links: { routes: [], gateways: [], leafnodes: [] }, metas: [] };

  return {
    systemClient,
    get requests() {
      return endpoints.reduce((sum, { client }) => sum + client.requests, systemClient?.requests ?? 0);
    },

    async sample(signal, { isOwn, isSampled }) {
      const { servers, failures } = await watch.sample(signal);
      const streams = (await accountStreams?.sample(servers, isSampled, signal)) ?? new Map();
      const links = linksOf(servers);
      const picture = { servers, links, metas: metaGroupsOf(servers) };
      const slow = slowClients(servers, clock.now());
      const events = [...mapServerEvents(before, picture, clock.now()), ...slow.events];
      before = picture;
      const sections = [
        servers.length > 0 ? serverSection(servers) : null,
        connectionSection(servers, isOwn),
        droppedSection(slow.dropped),
        queueGroupSection(servers),
        accountSection(servers),
        ...linkSections(servers, links),
        metaSection(picture.metas),
      ];
      return {
        core: mapCore(servers, total(servers), isOwn),
        servers,
        streams,
        sections: sections.filter((section) => section !== null),
        events,
        failures: [...failures, ...(accountStreams?.failures ?? [])],
        signals: serverSignals(servers, picture.metas),
      };
    },

    async close() {
      for (const { client } of endpoints) client.close();
      await systemClient?.close();
    },
  };
}
