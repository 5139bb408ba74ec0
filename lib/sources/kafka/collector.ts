import { type Clock, systemClock } from "../../async/clock.ts";
import type { PartialFailure } from "../../model/source.ts";
import type { Collector, Scope } from "../../sample/collector.ts";
import { CollectorError } from "../../sample/collector-error.ts";
import type { Sample } from "../../sample/sample.ts";
import type { KafkaCollectorOptions } from "./config.ts";
import { DescribeTurns } from "./groups/describe-turns.ts";
import { GroupWatch } from "./groups/group-events.ts";
import { type Placed, PlanKeeper } from "./groups/plan-keeper.ts";
import { KafkajsAdmin } from "./kafkajs/kafkajs-admin.ts";
import { KafkajsWay, needsKafkajs } from "./kafkajs/kafkajs-way.ts";
import { combinedFailure, KafkaClient, OFFSET_FETCH, outOfTime } from "./link/client.ts";
import { reach } from "./link/reach.ts";
import { type Down, settle } from "./link/settle.ts";
import { AgeReader } from "./looks/age-reader.ts";
import { ConfigWatch } from "./looks/config-watch.ts";
import { LogDirWatch } from "./looks/log-dir-watch.ts";
import { type TransactionRound, TransactionWatch } from "./looks/transaction-watch.ts";
import {
  mapFacts,
  mapGauges,
  mapGroupFailures,
  mapLaneFailures,
  mapMissingGroups,
  mapNodeFailures,
} from "./mapper.ts";
import type { BrokerSampler, GroupRound } from "./offsets/broker-sampler.ts";
import { leaderlessLanes } from "./offsets/columns.ts";
import { EndReader } from "./offsets/end-reader.ts";
import { FocusReader, type LastSample } from "./offsets/focus-reader.ts";
import { mapPositionFlags, withHeld } from "./offsets/position-flags.ts";
import { mapSourceSignals, mapStreamSignals } from "./signals.ts";
import type { Topology } from "./topology/topology.ts";
import { TopologyWatch } from "./topology/topology-watch.ts";
import { KafkaError } from "./wire/error-codes.ts";
import type { ListedGroup } from "./wire/groups.ts";
import type { KafkaDetails } from "./words.ts";

const TOPOLOGY_INTERVAL_MS = 30_000;

export function createKafkaCollector(options: KafkaCollectorOptions): Collector {
  return new KafkaCollector(options);
}

class KafkaCollector implements Collector {
  readonly #options: KafkaCollectorOptions;
  readonly #clock: Clock;
  readonly #client: KafkaClient;
  readonly #topology: TopologyWatch;
  readonly #plans: PlanKeeper;
  readonly #ends: EndReader;
  readonly #ages: AgeReader;
  readonly #transactions: TransactionWatch;
  readonly #focus: FocusReader;
  #last: LastSample | null = null;
  readonly #groupWatch = new GroupWatch();
  readonly #turns = new DescribeTurns();
  readonly #configs: ConfigWatch;
  readonly #logDirs: LogDirWatch;
  /** Present while a broker cannot be sampled in batches. */
  #kafkajs: KafkajsWay | null = null;
  #membersAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: KafkaCollectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#client = new KafkaClient(options, this.#clock);
    this.#topology = new TopologyWatch(this.#client, options, this.#clock);
    this.#plans = new PlanKeeper(this.#client);
    this.#focus = new FocusReader(this.#client, this.#topology, this.#clock);
    this.#ends = new EndReader(this.#client, this.#topology, this.#clock);
    this.#ages = new AgeReader(this.#clock);
    this.#transactions = new TransactionWatch(this.#client, this.#clock);
    const asideMs = 2 * (options.topologyIntervalMs ?? TOPOLOGY_INTERVAL_MS);
    this.#configs = new ConfigWatch(this.#clock, asideMs);
    this.#logDirs = new LogDirWatch(this.#clock, asideMs);
  }

  sample(signal: AbortSignal, scope?: Scope): Promise<Sample> {
    return this.#within(signal, () => this.#sample(signal, scope));
  }

  sampleFocus(consumerKeys: readonly string[], signal: AbortSignal): Promise<Sample | null> {
    const last = this.#last;
    // With kafkajs, whoever is looked at has a turn in every sample; more would be a burden to the broker.
    if (last === null || this.#closed || this.#kafkajs) return Promise.resolve(null);
    return this.#within(signal, async () => {
      const observation = await this.#focus.read(consumerKeys, last);
      if (observation === null) return null;
      const { lanes, positions } = observation;
      const { position, backlog } = positions;
      const { head, floor } = lanes;
      const { placed } = last;
      const { plan } = placed;
      const { held, ...columns } = this.#transactions.columns({ plan, head, floor, position, backlog });
      const flags = withHeld(last.flags, position.length, held);
      const details: KafkaDetails = {
        ...(observation.details as KafkaDetails),
        open: this.#transactions.openBefore(plan, held),
      };
      return { ...observation, positions: { ...positions, ...columns, ...flags }, details };
    });
  }

  async #within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    let hanging: readonly string[] = [];
    const onAbort = () => {
      // Whoever waits for an answer is let go by this, so that no step needs a race of its own.
      hanging = this.#client.dropBusy();
      this.#kafkajs?.abandon(outOfTime(this.#options.brokers.join(", ")));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw outOfTime(hanging.join(", ") || this.#options.brokers.join(", "));
      if (error instanceof CollectorError) throw error;
      throw new CollectorError(
        "INTERNAL",
        `Sampling ${this.#options.id} failed: ${error}`,
        "Please report it.",
        {
          cause: error,
        },
      );
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#kafkajs?.close();
    this.#client.close();
  }

  async #sample(signal: AbortSignal, scope: Scope | undefined): Promise<Sample> {
    const proceed = () => {
      signal.throwIfAborted();
      if (this.#closed)
        throw new CollectorError("UNREACHABLE", "The collector was closed.", "Start it again.");
    };
    proceed();
    const startedAt = this.#clock.now();
    const requestsBefore = this.#client.requests;
    const failures: PartialFailure[] = [];
    const down: Down = new Map();

    const topology = await this.#topology.refresh(failures);
    proceed();
    await reach(this.#clock, this.#topology.links);
    proceed();

    const kafkajs = this.#chooseWay();

    // Committed offsets before end offsets: the other way round a backlog could come out negative.
    const rounds = await this.#commitRound(topology, startedAt, new Set(scope?.focus), down);
    proceed();
    if (rounds.length === 0) {
      this.#topology.hurry = true;
      throw combinedFailure([...down.values()]);
    }
    const ends = kafkajs ? [] : this.#ends.askHeads();
    const placed = this.#plans.place({
      topology,
      lanesVersion: this.#topology.lanesVersion,
      rounds,
      compacted: this.#configs.compacted,
      down,
      now: startedAt,
    });
    const { plan, commits, membership } = placed;
    const { layout } = plan;
    this.#notePace(placed, rounds);

    const [{ heads, floor }] = await Promise.all([
      kafkajs ? kafkajs.endRound(placed) : this.#ends.read(plan, ends, down),
      this.#ages.look({
        plan,
        position: commits.position,
        floor: this.#ends.floor,
        topology,
        samplers: this.#topology.samplers,
        wanted: scope?.unaged ?? [],
      }),
      kafkajs ? null : this.#transactions.refresh({ plan, topology, samplers: this.#topology.samplers }),
    ]);
    proceed();
    if (kafkajs) this.#ends.adopt(floor);
    const leaderless = leaderlessLanes(topology).map((row) => ({
      row,
      error: KafkaError.leaderNotAvailable,
    }));
    const unread = [...heads.errors, ...leaderless];
    this.#topology.hurry ||= commits.missesTopic || (heads.staleTopology && heads.errors.length === 0);
    this.#topology.suspect(unread, down);
    failures.push(
      ...rounds.flatMap((round) => round.failures),
      ...mapNodeFailures(down, topology, placed.groups),
      ...mapMissingGroups(placed.groups),
      ...mapGroupFailures(layout, commits.groupErrors),
      ...mapLaneFailures(layout, commits.laneErrors, "committed offset"),
      ...mapLaneFailures(layout, unread, "end offset"),
      ...(kafkajs?.failures() ?? []),
      ...this.#ages.failures(),
      ...this.#configs.failures(),
      ...this.#logDirs.failures(),
    );
    const standing: TransactionRound = {
      plan,
      topology,
      samplers: this.#topology.samplers,
      position: commits.position,
      head: heads.offset,
      floor,
      backlog: commits.backlog,
    };
    const { held, ...waiting } = this.#transactions.columns(standing);
    const unreadSince = this.#ages.column({ plan, position: commits.position, floor });
    const vouched = vouchedFor(placed, rounds, down);
    const flags = mapPositionFlags({
      layout,
      told: membership.flags,
      vouched,
      unreadSince,
      oldestPossible: this.#configs.oldestPossible(topology),
    });
    const { stable } = this.#transactions;
    // Last, so that nothing of the sample waits behind them.
    if (!kafkajs) this.#transactions.look(standing, held);
    this.#configs.ask(topology, this.#topology.links);
    this.#logDirs.ask({ plan, topology, head: heads.offset, floor, samplers: this.#topology.samplers });
    const details: KafkaDetails = {
      groups: placed.groups,
      brokers: topology.brokers,
      open: this.#transactions.openBefore(plan, held),
    };
    const observation: Sample = {
      startedAt,
      finishedAt: this.#clock.now(),
      layout,
      lanes: {
        head: heads.offset,
        floor,
        stable,
        asOf: heads.asOf,
        messageBytes: this.#logDirs.messageBytes(plan),
        replicas: topology.replicas,
        inSync: topology.inSync,
      },
      positions: {
        position: commits.position,
        ...waiting,
        inFlight: null,
        lost: null,
        latencyMs: null,
        unreadSince,
        asOf: commits.asOf,
        member: membership.column,
        ...withHeld(flags, layout.positions.count, held),
      },
      streams: {
        inTotal: null,
        outTotal: null,
        retentionMessages: null,
        ...this.#configs.columns(topology),
        signals: mapStreamSignals(topology),
      },
      consumers: {
        readers: membership.readers.map((readers, row) => (vouched[row] === 1 ? readers : Number.NaN)),
        dueTotal: null,
        outTotal: null,
        flags: null,
      },
      members: membership.members,
      facts: [
        ...mapFacts({
          topology,
          layout,
          silent: new Set(down.keys()),
          controller: this.#topology.controller,
          versions: this.#client.versions,
          offsetFetchVersion: kafkajs ? null : rounds[0]!.link.versionOf(OFFSET_FETCH),
          logs: this.#logDirs.facts(),
          cadences: kafkajs ? [] : [...this.#topology.samplers.values()].map(({ cadence }) => cadence.facts),
        }),
        ...(kafkajs?.facts(this.#topology.links, this.#client.requests - requestsBefore) ?? []),
      ],
      gauges: mapGauges(topology, this.#logDirs.totalBytes),
      events: [
        ...this.#topology.takeEvents(),
        ...this.#configs.takeEvents(),
        ...placed.events,
        ...this.#groupWatch.observe(this.#plans.book.records, startedAt),
      ],
      failures,
      signals: mapSourceSignals(topology, new Set(down.keys()), this.#topology.controller),
      cost: { requests: this.#client.requests - requestsBefore },
      details,
    };
    this.#last = { placed, observation, flags, lanesVersion: this.#topology.lanesVersion };
    return observation;
  }

  /** Looked at every time: a cluster may be upgraded meanwhile, broker by broker. */
  #chooseWay(): KafkajsWay | null {
    const needed = needsKafkajs(this.#topology.links) ?? this.#kafkajs !== null;
    if (needed) {
      const countRequest = () => {
        this.#client.requests++;
      };
      this.#kafkajs ??= new KafkajsWay(
        this.#options,
        this.#clock,
        new KafkajsAdmin(this.#options, this.#clock, countRequest),
      );
    } else {
      this.#kafkajs?.close();
      this.#kafkajs = null;
    }
    return this.#kafkajs;
  }

  /** Asks every coordinator for its groups and their commits, in parallel. */
  async #commitRound(
    topology: Topology,
    now: number,
    focus: ReadonlySet<string>,
    down: Down,
  ): Promise<GroupRound[]> {
    const { book } = this.#plans;
    const membersDue = now - this.#membersAt >= (this.#options.topologyIntervalMs ?? TOPOLOGY_INTERVAL_MS);
    this.#turns.begin(book.records, now);
    const isDue = (group: ListedGroup) => membersDue || book.isDue(group) || this.#turns.isDue(group, focus);
    const ask = (sampler: BrokerSampler) =>
      settle(sampler.node, down, () => sampler.groups(book.records, isDue, focus, this.#clock));
    const [rounds] = await Promise.all([
      this.#kafkajs
        ? this.#kafkajs.commitRound(topology, this.#topology, focus, down)
        : Promise.all([...this.#topology.samplers.values()].map(ask)),
      (membersDue || this.#topology.controllerDue) && this.#topology.refreshController(),
    ]);
    if (membersDue) {
      this.#membersAt = now;
      this.#plans.sweep();
    }
    return rounds.filter((round) => round !== null);
  }

  /** What the answers say of how often each group is worth asking about. */
  #notePace({ plan, commits }: Placed, rounds: readonly GroupRound[]): void {
    const { start } = plan.layout.positions;
    for (const { node, asked, askedMs, commitsAt } of rounds) {
      const cadence = this.#topology.samplers.get(node)?.cadence;
      if (cadence === undefined) continue;
      let told = 0;
      for (const id of asked) {
        const row = plan.groupRow.get(id);
        if (row === undefined || commits.answered[row] === 0) continue;
        const positions = start[row + 1]! - start[row]!;
        told += positions;
        cadence.note(id, positions, commits.moved[row] === 1, commitsAt);
      }
      cadence.took(asked, askedMs, told, commitsAt);
    }
  }
}

/** 1 for each group whose coordinator vouches for it now. */
function vouchedFor({ groups }: Placed, rounds: readonly GroupRound[], down: Down): Uint8Array {
  const nodes = new Set(
    rounds.filter(({ node, complete }) => complete && !down.has(node)).map(({ node }) => node),
  );
  return Uint8Array.from(groups, ({ node, missingSince }) =>
    nodes.has(node) && missingSince === null ? 1 : 0,
  );
}
