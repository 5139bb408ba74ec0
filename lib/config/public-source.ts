import type { FilterConfig, SourceConfig, SourceKind } from "./types.ts";

/** A source as anyone who sees the dashboard may know it. */
export interface PublicSource {
  id: string;
  kind: SourceKind;
  name: string;
  intervalMs: number;
  timeoutMs: number;
  /** Brokers, servers or the target. */
  addresses: string[];
  tls: boolean;
  /** How Streamside signs in: `none`, `certificate`, a SASL mechanism, or a NATS method. */
  auth: string;
  /** What was left out on purpose, by what it filters. */
  filters: Record<string, FilterConfig>;
}

/** A source without secrets. Names what may leave the process, so a field added later stays inside until listed here. */
export function publicSource(source: SourceConfig): PublicSource {
  const { id, kind, name, intervalMs, timeoutMs, tls } = source;
  const fallback = tls?.cert === undefined ? "none" : "certificate";
  const common = { id, kind, name, intervalMs, timeoutMs, tls: tls !== null };
  switch (source.kind) {
    case "kafka": {
      const filters = { groups: source.groups, topics: source.topics };
      return { ...common, addresses: [...source.brokers], auth: source.sasl?.mechanism ?? fallback, filters };
    }
    case "nats": {
      const { method } = source.auth;
      const auth = method === "none" ? fallback : method;
      return { ...common, addresses: [...source.servers], auth, filters: { streams: source.streams } };
    }
    case "grpc":
      return { ...common, addresses: [source.target], auth: fallback, filters: {} };
  }
}
