import type { SourceSection } from "../../../model/source.ts";
import { createSection, newest } from "../../../sample/section.ts";
import { countOf } from "../../event-text.ts";
import type { MetaGroup } from "./monitoring-types.ts";
import type { ServerReport } from "./server-report.ts";

/** The raft group in which the servers of one cluster agree on streams and consumers. */
export interface Meta {
  /** The cluster, and the JetStream domain where it has one. */
  readonly name: string;
  /** Empty: nobody leads. */
  readonly leader: string;
  readonly group: MetaGroup;
  readonly asOf: number;
}

interface Peer {
  readonly meta: Meta;
  readonly name: string;
  readonly leads: boolean;
  readonly current: boolean;
  readonly offline: boolean;
  readonly lag: number;
  readonly activeMs: number;
}

/** As the leader tells it: the others know only of themselves and of it. */
export function metaGroupsOf(servers: readonly ServerReport[]): Meta[] {
  const groups = new Map<string, Meta>();
  for (const { name: server, cluster, varz, missed } of servers) {
    const { jetstream } = varz.value;
    if (missed > 0 || !jetstream?.meta) continue;
    const name = [jetstream.meta.name || cluster, jetstream.config.domain].filter(Boolean).join(", ");
    const known = groups.get(name);
    const meta = { name, leader: jetstream.meta.leader, group: jetstream.meta, asOf: varz.asOf };
    if (!known || meta.leader === server || (known.leader === "" && meta.leader !== ""))
      groups.set(name, meta);
  }
  return [...groups.values()];
}

/** Null: JetStream is not clustered. */
export function metaSection(groups: readonly Meta[]): SourceSection | null {
  if (groups.length === 0) return null;
  return createSection<Peer>({
    key: "meta",
    title: "JetStream meta group",
    note: "Who agrees on what streams and consumers there are. As its leader tells it.",
    asOf: newest(groups.map(({ asOf }) => asOf)),
    items: groups.flatMap(peersOf),
    id: ({ meta, name }) => `${meta.name}/${name}`,
    trouble: ({ meta, name, leads, offline, current, lag }) => {
      if (meta.leader === "") return "nobody leads: streams and consumers cannot be changed";
      if (leads) return null;
      if (offline) return "offline";
      if (current) return null;
      return lag > 0 ? `${countOf(lag, "operation")} behind` : `${name} is not up to date`;
    },
    columns: [
      { label: "Server", kind: "text", cell: ({ name }) => name },
      { label: "Cluster", kind: "text", cell: ({ meta }) => meta.name },
      { label: "Role", kind: "text", cell: ({ leads, meta }) => roleOf(leads, meta) },
      { label: "State", kind: "text", cell: ({ offline, current }) => stateOf(offline, current) },
      {
        label: "Behind",
        kind: "count",
        title: "Operations it has yet to take over from the leader",
        cell: ({ lag }) => lag,
      },
      {
        label: "Last heard of",
        kind: "duration",
        title: "How long ago the leader heard of it",
        cell: ({ activeMs }) => activeMs,
      },
    ],
  });
}

function peersOf(meta: Meta): Peer[] {
  const others = meta.group.replicas
    .filter(({ name }) => name !== meta.leader)
    .map(({ name, current, offline, lag, active }) => ({
      meta,
      name,
      leads: false,
      current,
      offline,
      lag,
      activeMs: active,
    }));
  if (meta.leader === "") return others;
  const leader = { current: true, offline: false, lag: 0, activeMs: Number.NaN };
  return [{ meta, name: meta.leader, leads: true, ...leader }, ...others];
}

function roleOf(leads: boolean, { leader }: Meta): string {
  if (leads) return "leader";
  return leader === "" ? "no leader" : "follower";
}

function stateOf(offline: boolean, current: boolean): string {
  if (offline) return "offline";
  return current ? "up to date" : "behind";
}
