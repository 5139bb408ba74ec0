import type { PartialFailure } from "../../model/source.ts";
import { type Collector, CollectorError, type Observation, type Scope } from "../contract.ts";
import { AgeReader } from "./age-reader.ts";
import type { BrokerSampler, GroupRound } from "./broker-sampler.ts";
import { combinedFailure, KafkaClient, OFFSET_FETCH, outOfTime } from "./client.ts";
import { leaderlessLanes, OffsetColumns } from "./columns.ts";
import type { KafkaCollectorOptions } from "./config.ts";
import { mapFacts, mapGroupFailures, mapLaneFailures, mapMissingGroups, mapNodeFailures } from "./mapper.ts";
import type { Plan } from "./plan.ts";
import { type Placed, PlanKeeper } from "./plan-keeper.ts";
import { reach } from "./reach.ts";
import { TopologyWatch } from "./topology-watch.ts";
import { Cursor } from "./wire/cursor.ts";
import { KafkaError } from "./wire/error-codes.ts";
import { decodeListOffsets } from "./wire/list-offsets.ts";

const FLOOR_INTERVAL_MS = 10_000;
const TOPOLOGY_INTERVAL_MS = 30_000;

/** Brokers without an answer in this sample, and why. */
type Down = Map<number, CollectorError>;

export function createKafkaCollector(options: KafkaCollectorOptions): Collector {
  return new KafkaCollector(options);
}

class KafkaCollector implements Collector {
  readonly system = "kafka";
  readonly #options: KafkaCollectorOptions;
  readonly #now: () => number;
  readonly #client: KafkaClient;
  readonly #topology: TopologyWatch;
  readonly #plans: PlanKeeper;
  readonly #ages: AgeReader;
  #membersAt = Number.NEGATIVE_INFINITY;
  #floor = new Float64Array(0);
  #floorAt = Number.NEGATIVE_INFINITY;
  #floorVersion = -1;
  #closed = false;

  constructor(options: KafkaCollectorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#client = new KafkaClient(options, this.#now);
    this.#topology = new TopologyWatch(this.#client, options, this.#now);
    this.#plans = new PlanKeeper(this.#client);
    this.#ages = new AgeReader(this.#now);
  }

  async sample(signal: AbortSignal, scope?: Scope): Promise<Observation> {
    let hanging: readonly string[] = [];
    const onAbort = () => {
      // Whoever waits for an answer is let go by this, so that no step needs a race of its own.
      hanging = this.#client.dropBusy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#sample(signal, scope);
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
    this.#client.close();
  }

  async #sample(signal: AbortSignal, scope: Scope | undefined): Promise<Observation> {
    const proceed = () => {
      signal.throwIfAborted();
      if (this.#closed)
        throw new CollectorError("UNREACHABLE", "The collector was closed.", "Start it again.");
    };
    proceed();
    const startedAt = this.#now();
    const requestsBefore = this.#client.requests;
    const failures: PartialFailure[] = [];
    const down: Down = new Map();

    const topology = await this.#topology.refresh(failures);
    proceed();
    await reach(this.#topology.links);
    proceed();

    // Committed offsets before end offsets: the other way round a backlog could come out negative.
    const rounds = await this.#commitRound(startedAt, down);
    proceed();
    if (rounds.length === 0) {
      this.#topology.hurry = true;
      throw combinedFailure([...down.values()]);
    }
    const placed = this.#plans.place({
      topology,
      lanesVersion: this.#topology.lanesVersion,
      rounds,
      down,
      now: startedAt,
    });
    const { plan, commits, membership } = placed;
    const { layout } = plan;

    const [heads, floor] = await Promise.all([
      this.#offsetRound(plan, "latest", down),
      this.#floorRound(plan, down),
      this.#ages.look({
        plan,
        position: commits.position,
        floor: this.#floor,
        topology,
        samplers: this.#topology.samplers,
        wanted: scope?.unaged ?? [],
      }),
    ]);
    proceed();
    const leaderless = leaderlessLanes(topology).map((row) => ({
      row,
      error: KafkaError.leaderNotAvailable,
    }));
    this.#topology.hurry ||=
      heads.staleTopology || commits.missesTopic || leaderless.length > 0 || down.size > 0;
    failures.push(
      ...rounds.flatMap((round) => round.failures),
      ...mapNodeFailures(down, topology, placed.groups),
      ...mapMissingGroups(placed.groups),
      ...mapGroupFailures(layout, commits.groupErrors),
      ...mapLaneFailures(layout, commits.laneErrors, "committed offset"),
      ...mapLaneFailures(layout, [...heads.errors, ...leaderless], "end offset"),
      ...this.#ages.failures(),
    );
    return {
      startedAt,
      finishedAt: this.#now(),
      layout,
      lanes: { head: heads.offset, floor, asOf: heads.asOf },
      positions: {
        position: commits.position,
        backlog: null,
        inFlight: null,
        latencyMs: null,
        unreadSince: this.#ages.column({ plan, position: commits.position, floor }),
        asOf: commits.asOf,
        member: membership.column,
      },
      streams: { inTotal: null, outTotal: null },
      consumers: { readers: readersNow(placed, rounds, down), dueTotal: null, outTotal: null, flags: null },
      members: membership.members,
      facts: mapFacts({
        topology,
        layout,
        controller: this.#topology.controller,
        versions: this.#client.versions,
        offsetFetchVersion: rounds[0]!.link.versionOf(OFFSET_FETCH),
      }),
      gauges: { kafka_brokers: topology.brokers.size },
      events: placed.events,
      failures,
      cost: { requests: this.#client.requests - requestsBefore },
    };
  }

  /** Asks every coordinator for its groups and their commits, in parallel. */
  async #commitRound(now: number, down: Down): Promise<GroupRound[]> {
    const { book } = this.#plans;
    const membersDue = now - this.#membersAt >= (this.#options.topologyIntervalMs ?? TOPOLOGY_INTERVAL_MS);
    const ask = (sampler: BrokerSampler) =>
      settle(sampler.node, down, () =>
        sampler.groups(book.records, (group) => membersDue || book.isDue(group), this.#now),
      );
    const [rounds] = await Promise.all([
      Promise.all([...this.#topology.samplers.values()].map(ask)),
      membersDue && this.#topology.refreshController(),
    ]);
    if (membersDue) {
      this.#membersAt = now;
      this.#plans.sweep();
    }
    return rounds.filter((round) => round !== null);
  }

  /** Asks every leader for one end of all its partitions, in parallel. */
  async #offsetRound(plan: Plan, which: "latest" | "earliest", down: Down): Promise<OffsetColumns> {
    const columns = new OffsetColumns(plan);
    const asked = [...this.#topology.routes].map(async ([node, topics]) => {
      if (node < 0) return; // nobody leads them
      const done = await settle(node, down, async () => {
        const sampler = this.#topology.samplers.get(node);
        if (!sampler) throw unknownBroker(node);
        const { body } = await sampler[which](topics);
        columns.at = this.#now();
        this.#client.read(sampler.link, () => decodeListOffsets(new Cursor(body), columns));
        return true;
      });
      if (!done) for (const { topic, partitions } of topics) columns.forget(topic, partitions);
    });
    await Promise.all(asked);
    return columns;
  }

  /** Log starts move slowly and cost as much as heads: asked for less often. What is not answered keeps its value. */
  async #floorRound(plan: Plan, down: Down): Promise<Float64Array> {
    const { lanesVersion } = this.#topology;
    if (lanesVersion !== this.#floorVersion) {
      this.#floor = new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
      this.#floorVersion = lanesVersion;
    } else if (this.#now() - this.#floorAt < FLOOR_INTERVAL_MS) {
      return this.#floor;
    }
    const { offset } = await this.#offsetRound(plan, "earliest", down);
    this.#floor = this.#floor.map((before, lane) => (Number.isNaN(offset[lane]) ? before : offset[lane]!));
    if (down.size === 0) this.#floorAt = this.#now();
    return this.#floor;
  }
}

/** The answer, or null and the reason in `down`. */
async function settle<T>(node: number, down: Down, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
    if (!down.has(node)) down.set(node, error);
    return null;
  }
}

/** Readers as far as a coordinator vouches for them now. */
function readersNow({ groups, membership }: Placed, rounds: readonly GroupRound[], down: Down): Float64Array {
  const vouched = new Set(
    rounds.filter(({ node, complete }) => complete && !down.has(node)).map(({ node }) => node),
  );
  return membership.readers.map((readers, row) => {
    const { node, missingSince } = groups[row]!;
    return vouched.has(node) && missingSince === null ? readers : Number.NaN;
  });
}

function unknownBroker(node: number): CollectorError {
  return new CollectorError(
    "UNREACHABLE",
    `Broker ${node} leads partitions and is not in the cluster's list of brokers.`,
    "It has probably just gone; its partitions get a new leader.",
  );
}
