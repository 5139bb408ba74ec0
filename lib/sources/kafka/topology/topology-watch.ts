import type { WallClock } from "../../../async/clock.ts";
import type { PartialFailure, SourceEvent } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { KafkaCollectorOptions } from "../config.ts";
import type { KafkaClient } from "../link/client.ts";
import { BrokerSampler } from "../offsets/broker-sampler.ts";
import type { RowError } from "../offsets/columns.ts";
import { CommitCadence } from "../offsets/commit-cadence.ts";
import { Cursor } from "../wire/cursor.ts";
import type { TopicPartitions } from "../wire/list-offsets.ts";
import { type ClusterMetadata, decodeMetadata } from "../wire/metadata.ts";
import { mergeTopics, movedTopics } from "./moved-topics.ts";
import { routeByLeader, sameLanes, type Topology, toTopology } from "./topology.ts";
import { mapTopologyEvents } from "./topology-events.ts";

/** With the second until the sample after it, a new topic shows within 5 s. */
const METADATA_INTERVAL_MS = 3900;
/** Sooner when something has moved, at every sample: a little less than the second between two. */
const METADATA_HURRY_MS = 900;
/** Up to so many topics that moved are asked for by name; and beyond, up to this part of all. */
const FEW_TOPICS = 10;
const SMALL_PART = 0.25;
/** A broker that has gone is looked for every second for this long. */
const MISSED_MS = 600_000;

/** Broker time a second for reading commits, ms, where the user sets none. */
const COMMIT_BUDGET_MS = 20;

/** A broker with ZooKeeper that has just started names no topics until the controller has told it of them. */
const NO_TOPICS_GRACE_MS = 5000;

/** Knows the brokers and topics, and keeps one sampler a broker. */
export class TopologyWatch {
  /** Something has moved, and who knows what: ask for everything again soon. */
  hurry = false;
  readonly samplers = new Map<number, BrokerSampler>();
  /** Which partitions to ask which leader for. The same arrays while they stay the same. */
  routes: ReadonlyMap<number, readonly TopicPartitions[]> = new Map();
  /** -1: there is none. */
  controller: number | null = null;
  /** The brokers have changed: the controller may be another one. */
  controllerDue = true;
  /** Replaced by an equal one when only leaders have changed; see `lanesVersion`. */
  #topology: Topology | null = null;
  /** Counts up when topics or partitions come or go, so that lanes change their rows. */
  lanesVersion = 0;
  readonly #client: KafkaClient;
  readonly #options: KafkaCollectorOptions;
  readonly #clock: WallClock;
  #lastController: number | null = null;
  #events: SourceEvent[] = [];
  #metadata: ClusterMetadata | null = null;
  #metadataBytes: Buffer | null = null;
  #metadataAt = Number.NEGATIVE_INFINITY;
  /** Topics to ask for soon, by name; null where nothing suggests it. */
  #suspects: readonly string[] | null = null;
  #partBytes: Buffer | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #mostBrokers = 0;
  #fewerSince: number | null = null;
  #noTopicsSince: number | null = null;

  constructor(client: KafkaClient, options: KafkaCollectorOptions, clock: WallClock) {
    this.#client = client;
    this.#options = options;
    this.#clock = clock;
  }

  /** Asks for metadata when it is time to, and reads it only where its bytes differ from the last. */
  async refresh(failures: PartialFailure[]): Promise<Topology> {
    const wanted = this.#wanted();
    if (wanted === null) return this.#topology!;
    try {
      const { link, answer } = await this.#client.metadata(this.links, wanted);
      this.#lookedAt = this.#clock.now();
      this.#suspects = null;
      if (this.#topology && !this.links.includes(link)) this.#client.retain(this.links);
      const read = () =>
        this.#client.read(link, () => decodeMetadata(new Cursor(answer.body), answer.version));
      if (wanted !== "all") {
        if (!this.#partBytes?.equals(answer.body)) this.#adoptPart(read());
        this.#partBytes = answer.body;
        return this.#topology!;
      }
      this.#metadataAt = this.#lookedAt;
      this.hurry = false;
      if (!this.#topology || !this.#metadataBytes?.equals(answer.body)) {
        const metadata = read();
        if (this.#isStarting(metadata)) {
          this.hurry = true;
          const message = `${link.address} names no topics now: it is starting, or all of them were deleted.`;
          failures.push({ scope: "source", subject: "metadata", code: "ANSWERED_ERROR", message });
          return this.#topology!;
        }
        this.#adopt(metadata);
        this.#metadataBytes = answer.body;
        this.#partBytes = null;
      }
    } catch (error) {
      if (!this.#topology || !(error instanceof CollectorError)) throw error;
      // Whoever could be tried has been; the same brokers by their other names must wait.
      if (!this.links.some(({ ready }) => ready)) throw error;
      const { code, message } = error;
      failures.push({ scope: "source", subject: "metadata", code, message });
    }
    return this.#topology!;
  }

  #wanted(): "all" | readonly string[] | null {
    const now = this.#clock.now();
    const age = now - this.#metadataAt;
    if (!this.#topology || age >= (this.hurry ? METADATA_HURRY_MS : METADATA_INTERVAL_MS)) return "all";
    return now - this.#lookedAt >= METADATA_HURRY_MS ? this.#suspects : null;
  }

  /** What a sample has met: partitions that answered an error, and brokers that did not answer. */
  suspect(errors: readonly RowError[], down: ReadonlyMap<number, unknown>): void {
    const topology = this.#topology;
    if (!topology) return;
    const missed = this.#fewerSince !== null && this.#clock.now() - this.#fewerSince < MISSED_MS;
    const moved = movedTopics(topology, errors, down);
    if (moved.length > Math.max(FEW_TOPICS, SMALL_PART * topology.topics.length)) this.hurry = true;
    else if (moved.length > 0 || down.size > 0 || missed) this.#suspects = moved;
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
    this.#noTopicsSince ??= this.#clock.now();
    return this.#clock.now() - this.#noTopicsSince < NO_TOPICS_GRACE_MS;
  }

  /** Nice to know and nothing more: no answer is no failure. */
  async refreshController(): Promise<void> {
    const link = this.links.find(({ ready }) => ready);
    if (!link) return;
    this.controller = await this.#client.controller(link).catch(() => null);
    this.controllerDue = this.controller === null || this.controller < 0;
    if (this.controller === null || this.controller < 0) return;
    const before = this.#lastController;
    this.#lastController = this.controller;
    if (before === null || this.controller === before) return;
    this.#events.push({
      at: this.#clock.now(),
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

  #adoptPart(part: ClusterMetadata): void {
    const merged = mergeTopics(this.#metadata!, part);
    if (!merged) {
      this.hurry = true;
      return;
    }
    this.#metadataBytes = null;
    this.#adopt(merged);
  }

  #adopt(metadata: ClusterMetadata): void {
    this.#metadata = metadata;
    const topology = toTopology(metadata, this.#options.topics);
    this.#countBrokers(topology.brokers.size);
    if (this.#topology) {
      const events = mapTopologyEvents(this.#topology, topology, this.#clock.now());
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

  #countBrokers(count: number): void {
    if (count < this.#mostBrokers) {
      this.#fewerSince ??= this.#clock.now();
      return;
    }
    this.#mostBrokers = count;
    this.#fewerSince = null;
  }
}
