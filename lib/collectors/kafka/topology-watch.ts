import type { PartialFailure, SourceEvent } from "../../model/source.ts";
import { CollectorError } from "../contract.ts";
import { BrokerSampler } from "./broker-sampler.ts";
import type { KafkaClient } from "./client.ts";
import { CommitCadence } from "./commit-cadence.ts";
import type { KafkaCollectorOptions } from "./config.ts";
import { routeByLeader, sameLanes, type Topology, toTopology } from "./topology.ts";
import { mapTopologyEvents } from "./topology-events.ts";
import { Cursor } from "./wire/cursor.ts";
import type { TopicPartitions } from "./wire/list-offsets.ts";
import { type ClusterMetadata, decodeMetadata } from "./wire/metadata.ts";

/** A new topic, and a partition's new leader, show within this time. */
const METADATA_INTERVAL_MS = 5000;
/** … and sooner when an answer says that something moved, but no more often than this. */
const METADATA_HURRY_MS = 1000;

/** Broker time a second for reading commits, ms, where the user sets none. */
const COMMIT_BUDGET_MS = 30;

/** A broker with ZooKeeper that has just started names no topics until the controller has told it of them. */
const NO_TOPICS_GRACE_MS = 5000;

/** Knows the brokers and topics, and keeps one sampler a broker. */
export class TopologyWatch {
  /** Something has moved: ask again soon. */
  hurry = false;
  readonly samplers = new Map<number, BrokerSampler>();
  /** Which partitions to ask which leader for. The same arrays while they stay the same. */
  routes: ReadonlyMap<number, readonly TopicPartitions[]> = new Map();
  controller: number | null = null;
  /** The brokers have changed: the controller may be another one. */
  controllerDue = true;
  /** Replaced by an equal one when only leaders have changed; see `lanesVersion`. */
  #topology: Topology | null = null;
  /** Counts up when topics or partitions come or go, so that lanes change their rows. */
  lanesVersion = 0;
  readonly #client: KafkaClient;
  readonly #options: KafkaCollectorOptions;
  readonly #now: () => number;
  #lastController: number | null = null;
  #events: SourceEvent[] = [];
  #metadataBytes: Buffer | null = null;
  #metadataAt = Number.NEGATIVE_INFINITY;
  #noTopicsSince: number | null = null;

  constructor(client: KafkaClient, options: KafkaCollectorOptions, now: () => number) {
    this.#client = client;
    this.#options = options;
    this.#now = now;
  }

  /** Asks for metadata when it is time to, and reads it only where its bytes differ from the last. */
  async refresh(failures: PartialFailure[]): Promise<Topology> {
    const age = this.#now() - this.#metadataAt;
    if (this.#topology && age < (this.hurry ? METADATA_HURRY_MS : METADATA_INTERVAL_MS))
      return this.#topology;
    try {
      const { link, answer } = await this.#client.metadata(this.links);
      this.#metadataAt = this.#now();
      this.hurry = false;
      if (!this.#topology || !this.#metadataBytes?.equals(answer.body)) {
        const metadata = this.#client.read(link, () =>
          decodeMetadata(new Cursor(answer.body), answer.version),
        );
        if (this.#isStarting(metadata)) {
          this.hurry = true;
          const message = `${link.address} names no topics now: it is starting, or all of them were deleted.`;
          failures.push({ scope: "source", subject: "metadata", code: "ANSWERED_ERROR", message });
          return this.#topology!;
        }
        this.#adopt(toTopology(metadata, this.#options.topics));
        this.#metadataBytes = answer.body;
      }
    } catch (error) {
      if (!this.#topology || !(error instanceof CollectorError)) throw error;
      const { code, message } = error;
      failures.push({ scope: "source", subject: "metadata", code, message });
    }
    return this.#topology!;
  }

  /** Node that leads a lane; -1 for nobody. */
  leaderOf(lane: number): number {
    return this.#topology?.leader[lane] ?? -1;
  }

  get links() {
    return [...this.samplers.values()].map(({ link }) => link);
  }

  #isStarting({ topics }: ClusterMetadata): boolean {
    const known = this.#topology ? this.#topology.topics.length + this.#topology.hidden.length : 0;
    if (topics.length > 0 || known === 0) {
      this.#noTopicsSince = null;
      return false;
    }
    this.#noTopicsSince ??= this.#now();
    return this.#now() - this.#noTopicsSince < NO_TOPICS_GRACE_MS;
  }

  /** Nice to know and nothing more: no answer is no failure. */
  async refreshController(): Promise<void> {
    const link = this.links.find(({ ready }) => ready);
    if (!link) return;
    this.controller = await this.#client.controller(link).catch(() => null);
    this.controllerDue = this.controller === null;
    if (this.controller === null) return;
    const before = this.#lastController;
    this.#lastController = this.controller;
    if (before === null || this.controller === before) return;
    this.#events.push({
      at: this.#now(),
      kind: "controller-changed",
      title: `Node ${this.controller} is the controller now`,
      before: `node ${before}`,
      after: `node ${this.controller}`,
    });
  }

  /** What has happened since the last call. */
  takeEvents(): SourceEvent[] {
    return this.#events.splice(0);
  }

  #newCadence(): CommitCadence {
    const { commitBudgetMs = COMMIT_BUDGET_MS, intervalMs = 1_000 } = this.#options;
    return new CommitCadence(commitBudgetMs, intervalMs);
  }

  #adopt(topology: Topology): void {
    if (this.#topology) {
      const events = mapTopologyEvents(this.#topology, topology, this.#now());
      this.controllerDue ||= events.some(({ kind }) => kind === "broker-gone" || kind === "broker-joined");
      this.#events.push(...events);
    }
    if (!this.#topology || !sameLanes(this.#topology, topology)) this.lanesVersion++;
    this.#topology = topology;
    this.routes = routeByLeader(topology);
    for (const [node, { link }] of this.samplers) {
      const broker = topology.brokers.get(node);
      if (!broker || this.#client.link(broker) !== link) this.samplers.delete(node);
    }
    for (const [node, broker] of topology.brokers) {
      if (this.samplers.has(node)) continue;
      const link = this.#client.link(broker);
      this.samplers.set(
        node,
        new BrokerSampler(node, link, this.#client, this.#options.groups, this.#newCadence()),
      );
    }
    this.#client.retain(this.links);
  }
}
