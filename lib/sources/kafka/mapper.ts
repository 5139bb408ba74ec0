import type { FactCell, PartialFailure, SourceEvent, SourceFact } from "../../model/source.ts";
import type { CollectorError } from "../../sample/collector-error.ts";
import { type Gauge, gaugesOf } from "../../sample/gauge.ts";
import type { Layout } from "../../sample/layout.ts";
import { capped, nameText } from "../event-text.ts";
import { addressText } from "./config.ts";
import type { RowError } from "./offsets/columns.ts";
import type { CadenceFacts } from "./offsets/commit-cadence.ts";
import type { Topology } from "./topology/topology.ts";
import { type ApiVersions, oldReleaseOf, releaseOf } from "./wire/cluster.ts";
import { errorName, failureCodeOf } from "./wire/error-codes.ts";

export interface FactInput {
  /** One for each coordinator. */
  readonly cadences: readonly CadenceFacts[];

  readonly topology: Topology;
  readonly layout: Layout;
  /** Brokers that are in the cluster's list and do not answer. */
  readonly silent: ReadonlySet<number>;
  readonly controller: number | null;
  readonly versions: ApiVersions | null;
  readonly offsetFetchVersion: number | null;
  readonly logs?: readonly SourceFact[];
}

export function mapFacts({
  topology,
  layout,
  silent,
  controller,
  versions,
  offsetFetchVersion,
  logs = [],
  cadences,
}: FactInput): SourceFact[] {
  const facts: SourceFact[] = [];
  const add = (label: string, value: SourceFact["value"] | null, title?: string) => {
    if (value !== null) facts.push({ label, value, ...(title ? { title } : {}) });
  };
  const release = releaseOf(versions?.metadataLevel ?? null);
  if (release === null)
    add("Kafka", versions && oldReleaseOf(versions), "Told from the requests it understands");
  add("Kafka", release, `metadata.version ${versions?.metadataLevel}, the cluster's finalized feature level`);
  add("Cluster id", topology.clusterId);
  const brokers = [...topology.brokers].sort(([a], [b]) => a - b);
  add(
    "Brokers",
    `${brokers.length}: ${brokers
      .map(
        ([node, address]) =>
          `${node} at ${addressText(address)}${silent.has(node) ? " (does not answer)" : ""}`,
      )
      .join(", ")}`,
    "The addresses the brokers advertise",
  );
  add(
    "Controller",
    controller === null ? null : controller < 0 ? "none" : `node ${controller}`,
    versions?.metadataLevel ? "Leader of the metadata quorum" : "The broker that ZooKeeper has it be",
  );
  add(
    "Topics",
    { kind: "count", value: layout.streams.length },
    topology.hidden.length > 0
      ? `${topology.hidden.length} more are internal or filtered out`
      : "None is left out",
  );
  add("Partitions", { kind: "count", value: layout.lanes.count });
  add(
    "Under-replicated",
    partitions(topology.underReplicated),
    "Partitions with fewer replicas in sync than they should have, internal topics included",
  );
  add(
    "Offline",
    partitions(topology.offline),
    "Partitions that have no leader now, internal topics included",
  );
  facts.push(...logs);
  add("Groups", { kind: "count", value: layout.consumers.length });
  add(
    "Sampled with",
    offsetFetchVersion === null
      ? null
      : `OffsetFetch v${offsetFetchVersion}, one request a coordinator; ListOffsets, one a leader`,
    "Committed offsets first, end offsets after, so that a backlog is never negative. Nothing is written.",
  );
  const slowest = [...cadences].sort(
    (a, b) => b.stillEvery - a.stillEvery || b.movingEvery - a.movingEvery,
  )[0];
  const brokerMs = Math.max(0, ...cadences.map(({ brokerMsPerSecond }) => brokerMsPerSecond));
  add(
    "Commits read",
    slowest === undefined
      ? null
      : {
          kind: "duration",
          value: brokerMs,
          of: `${cadenceText(slowest)}; about {} of broker time a second`,
        },
    "Groups that stand still take turns where reading all of them every time would take more than commitBudgetMs of a broker's time; a change shows within 5 s.",
  );
  return facts;
}

function partitions(count: number): FactCell {
  return { kind: "count", value: count, of: count === 1 ? "{} partition" : "{} partitions" };
}

function cadenceText({ stillEvery, movingEvery }: CadenceFacts): string {
  if (stillEvery === 1) return "every sample";
  const every = (samples: number) => (samples === 1 ? "every sample" : `every ${samples} samples`);
  return `${every(movingEvery)} for groups that move, ${every(stillEvery)} for the others`;
}

/** `kafka_brokers` is kafka_exporter's name. */
export function mapGauges({ brokers, underReplicated, offline }: Topology, logBytes = Number.NaN): Gauge[] {
  return gaugesOf({
    kafka_brokers: ["Brokers of the cluster.", brokers.size],
    streamside_kafka_under_replicated_partitions: [
      "Partitions with fewer copies in sync than they should have.",
      underReplicated,
    ],
    streamside_kafka_offline_partitions: ["Partitions without a leader.", offline],
    streamside_kafka_log_bytes: ["Bytes on the disks of all brokers.", logBytes],
  });
}

/** Brokers without an answer: one failure each, whatever hangs on them. */
export function mapNodeFailures(
  down: ReadonlyMap<number, CollectorError>,
  topology: Topology,
  groups: readonly { readonly node: number }[],
): PartialFailure[] {
  return [...down].map(([node, { code, message }]) => {
    const lanes = topology.leader.reduce((count, leader) => count + (leader === node ? 1 : 0), 0);
    const coordinated = groups.reduce((count, group) => count + (group.node === node ? 1 : 0), 0);
    return {
      scope: "source",
      subject: `broker ${node}`,
      code,
      message: `${message} It leads ${lanes} partitions and coordinates ${coordinated} groups.`,
    };
  });
}

/** Failures told one by one up to a point: a broken topic must not fill the page. */
const FAILURES_TOLD = 50;

export function cappedFailures<T>(
  items: readonly T[],
  what: string,
  toFailure: (item: T) => PartialFailure,
): PartialFailure[] {
  const told = items.slice(0, FAILURES_TOLD).map(toFailure);
  if (items.length > told.length) {
    const message = `${items.length - told.length} more ${what} failed.`;
    told.push({ scope: "source", subject: what, code: told[0]!.code, message });
  }
  return told;
}

export function mapLaneFailures(
  layout: Layout,
  errors: readonly RowError[],
  what: string,
): readonly PartialFailure[] {
  return cappedFailures(errors, "partitions", ({ row, error }) => {
    const topic = layout.streams[layout.lanes.stream[row]!]!.name;
    return {
      scope: "lane",
      subject: `${topic}/${layout.lanes.number[row]}`,
      code: failureCodeOf(error),
      message: `No ${what}: ${errorName(error)} for topic ${topic}.`,
    };
  });
}

export function mapGroupFailures(layout: Layout, errors: readonly RowError[]): readonly PartialFailure[] {
  return cappedFailures(errors, "groups", ({ row, error }) => {
    const name = nameText(layout.consumers[row]!.name);
    return {
      scope: "consumer",
      subject: name,
      code: failureCodeOf(error),
      message: `No committed offsets: ${errorName(error)} for group ${name}.`,
    };
  });
}

/** Groups in the time of grace: a restarted coordinator lists none at first, and says so with no error. */
export function mapMissingGroups(
  groups: readonly { readonly id: string; readonly missingSince: number | null }[],
): readonly PartialFailure[] {
  const missing = groups.filter(({ missingSince }) => missingSince !== null);
  return cappedFailures(missing, "groups", ({ id }) => ({
    scope: "consumer",
    subject: nameText(id),
    code: "ANSWERED_ERROR",
    message: `No broker lists group ${nameText(id)} now: it was deleted, or its coordinator is starting.`,
  }));
}

/** Groups that came or went. */
export function mapLayoutEvents(before: Layout, after: Layout, at: number): SourceEvent[] {
  return [
    ...capped(added(before.consumers, after.consumers), "groups appeared", at, ({ key }) => ({
      at,
      kind: "group-appeared",
      title: `Group ${nameText(key)} appeared`,
      consumerKey: key,
    })),
    ...capped(added(after.consumers, before.consumers), "groups are gone", at, ({ key }) => ({
      at,
      kind: "group-gone",
      title: `Group ${nameText(key)} is gone`,
      consumerKey: key,
    })),
  ];
}

function added<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): T[] {
  const keys = new Set(before.map(({ key }) => key));
  return after.filter(({ key }) => !keys.has(key));
}
