import type { EpochMs } from "../../../model/reading.ts";
import type { PartialFailure, SourceFact } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { KafkaCollectorOptions } from "../config.ts";
import type { Plan } from "../groups/plan.ts";
import type { Placed } from "../groups/plan-keeper.ts";
import { outOfTime } from "../link/client.ts";
import type { BrokerLink } from "../link/link.ts";
import { cappedFailures } from "../mapper.ts";
import type { GroupRound } from "../offsets/broker-sampler.ts";
import type { CommitColumns } from "../offsets/columns.ts";
import type { Topology } from "../topology/topology.ts";
import type { TopologyWatch } from "../topology/topology-watch.ts";
import type { KafkajsAdmin } from "./kafkajs-admin.ts";
import { type AskedTopic, KafkajsEnds } from "./kafkajs-ends.ts";
import { mapKafkajsFacts, missingForBatches } from "./kafkajs-facts.ts";
import { type AskedGroup, GROUP_REQUESTS, KafkajsGroups } from "./kafkajs-groups.ts";
import { takeTurns } from "./kafkajs-turns.ts";

/** Requests a sample, about: a few percent of a core of one broker. What does not fit waits for a later sample. */
const REQUEST_BUDGET = 250;
/** … of which this part is for groups and the topics they read. */
const GROUP_SHARE = 0.8;
/** A broker answers the requests of a connection one by one: more at a time would only wait there. */
const WIDTH = 16;

type PublicPart<T> = Pick<T, keyof T>;

interface Failed<T> {
  readonly asked: T;
  readonly error: CollectorError;
}

/**
 * The way to sample brokers that cannot be asked for many groups at once: through kafkajs' admin client, a group and a
 * topic at a time. Who has no turn in a sample keeps the numbers of the last, with the time they were read at.
 */
export class KafkajsWay {
  readonly #now: () => number;
  readonly #admin: PublicPart<KafkajsAdmin>;
  readonly #groups: KafkajsGroups;
  readonly #ends: KafkajsEnds;
  /** What each broker said it speaks: said anew after every reconnect. */
  #versions: readonly unknown[] = [];
  #turn: readonly AskedGroup[] = [];
  /** False where some groups or topics had to wait for a later sample. */
  #whole = true;
  #failedTopics: readonly Failed<AskedTopic>[] = [];

  constructor(
    options: Pick<KafkaCollectorOptions, "groups" | "topologyIntervalMs">,
    now: () => number,
    admin: PublicPart<KafkajsAdmin>,
  ) {
    this.#now = now;
    this.#admin = admin;
    this.#groups = new KafkajsGroups(this.#admin, options.groups, options.topologyIntervalMs, now);
    this.#ends = new KafkajsEnds(this.#admin, now);
  }

  /** Groups and commits of those whose turn it is. Empty where no broker is connected: `down` says why. */
  async commitRound(
    topology: Topology,
    { lanesVersion, samplers }: Pick<TopologyWatch, "lanesVersion" | "samplers">,
    focus: ReadonlySet<string>,
    down: Map<number, CollectorError>,
  ): Promise<GroupRound[]> {
    for (const [node, { link }] of samplers) {
      if (!link.ready) down.set(node, link.failure ?? outOfTime(link.address));
    }
    const links = [...samplers.values()].map(({ link }) => link).filter((link) => link.ready);
    if (links.length === 0) return [];
    if (this.#ends.adopt(topology, lanesVersion)) this.#restart();
    await this.#connect(links);
    const failures: PartialFailure[] = [];
    await this.#groups.list(failures);

    this.#turn = this.#takeGroups(focus);
    const failed: Failed<AskedGroup>[] = [];
    const described = await this.#groups.ask(this.#turn, WIDTH, (asked, error) =>
      failed.push({ asked, error }),
    );
    this.#throwIfAllFailed(this.#turn, failed);
    failures.push(
      ...cappedFailures(failed, "groups", ({ asked, error }) => ({
        scope: "consumer",
        subject: asked.id,
        code: error.code,
        message: error.message,
      })),
    );
    return this.#groups.rounds(links[0]!, this.#turn, described, failures);
  }

  /** Both ends of the topics just read, so that no head is older than a position, and of others as far as requests go. */
  async endRound({ plan, commits }: Pick<Placed, "plan" | "commits">) {
    const topics = this.#takeTopics(this.#turn);
    const failed: Failed<AskedTopic>[] = [];
    await this.#ends.ask(topics, WIDTH, (asked, error) => failed.push({ asked, error }));
    this.#throwIfAllFailed(topics, failed);
    this.#failedTopics = failed;
    const { head, floor, asOf } = this.#ends;
    this.#whole = this.#turn.length === this.#groups.count && topics.length === this.#ends.topics.size;
    if (!this.#whole) this.#fixBacklog(plan, commits);
    return {
      heads: { offset: head.slice(), asOf: asOf.slice(), errors: [], staleTopology: failed.length > 0 },
      floor: floor.slice(),
    };
  }

  failures(): PartialFailure[] {
    return [
      ...cappedFailures(this.#failedTopics, "topics", ({ asked, error }) => ({
        scope: "stream" as const,
        subject: asked.name,
        code: error.code,
        message: error.message,
      })),
      ...cappedFailures(this.#ends.broken, "topics", (topic) => ({
        scope: "stream" as const,
        subject: topic,
        code: "ANSWERED_ERROR" as const,
        message: `No end offsets: kafkajs reads topic ${topic} as a whole, and a part of it has no leader.`,
      })),
    ];
  }

  facts(links: readonly BrokerLink[], requests: number): SourceFact[] {
    const versions = links.flatMap((link) => link.versions ?? []);
    return mapKafkajsFacts({ versions, requests, oldestAt: this.#whole ? null : this.#oldestAt() });
  }

  /** Ends what it waits for, as nobody waits for it any more. */
  abandon(reason: CollectorError): void {
    this.#admin.abandon(reason);
  }

  close(): void {
    this.#admin.drop(new CollectorError("UNREACHABLE", "The collector was closed.", "Start it again."));
  }

  /** Until its next turn a group has the backlog it had at this one: a newer head says nothing of an older position. */
  #fixBacklog({ layout }: Plan, commits: CommitColumns): void {
    const { start, lane } = layout.positions;
    const { head, floor } = this.#ends;
    const turn = new Set(this.#turn.map(({ id }) => id));
    const backlog = commits.ownBacklog();
    for (const [consumer, { key }] of layout.consumers.entries()) {
      if (!turn.has(key)) continue;
      for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
        const position = commits.position[row]!;
        const lowest = floor[lane[row]!]!;
        const gone = position < lowest ? lowest - position : 0; // a floor that is not known takes nothing away
        const waiting = head[lane[row]!]! - position - gone;
        backlog[row] = waiting >= 0 ? waiting : Number.NaN;
      }
    }
  }

  /** kafkajs keeps what it has learnt of a broker: after a reconnect it is to learn that anew. */
  async #connect(links: readonly BrokerLink[]): Promise<void> {
    const versions = links.map((link) => link.versions);
    if (versions.some((one) => !this.#versions.includes(one))) this.#restart();
    this.#versions = versions;
    if (this.#admin.connected) return;
    await this.#admin.connect(links.map(({ address }) => address));
    // Until it knows a topic it asks for all of them, and fails where any of them has no leader.
    const [topic] = this.#ends.topics.keys();
    if (topic !== undefined) await this.#admin.ends(topic).catch(() => {});
  }

  #restart(): void {
    this.abandon(new CollectorError("UNREACHABLE", "kafkajs connects anew.", "It is being tried again."));
  }

  #takeGroups(focus: ReadonlySet<string>): AskedGroup[] {
    const topics = new Set<string>();
    const cost = (group: AskedGroup) => {
      let requests = this.#groups.cost(group);
      for (const topic of group.topics) {
        if (!topics.has(topic)) requests += this.#ends.topics.get(topic)?.cost ?? 0;
        topics.add(topic);
      }
      return requests;
    };
    let everything = this.#groups.count * GROUP_REQUESTS;
    for (const topic of this.#ends.topics.values()) everything += topic.cost;
    this.#groups.describeLess = everything > REQUEST_BUDGET;
    return takeTurns(this.#groups.all, REQUEST_BUDGET * GROUP_SHARE, cost, ({ id }) => focus.has(id));
  }

  #takeTopics(groups: readonly AskedGroup[]): AskedTopic[] {
    const needed = new Set(groups.flatMap(({ topics }) => [...topics]));
    const chosen = [...needed].flatMap((name) => this.#ends.topics.get(name) ?? []);
    const spent = chosen.reduce((sum, { cost }) => sum + cost, 2 * groups.length);
    const others = [...this.#ends.topics.values()].filter(({ name }) => !needed.has(name));
    return [...chosen, ...takeTurns(others, REQUEST_BUDGET - spent, ({ cost }) => cost)];
  }

  /** When the one whose turn is longest ago had its turn; -Infinity: some had none. */
  #oldestAt(): EpochMs {
    let oldest = this.#now();
    for (const { askedAt } of this.#groups.all) oldest = Math.min(oldest, askedAt);
    for (const { askedAt } of this.#ends.topics.values()) oldest = Math.min(oldest, askedAt);
    return oldest;
  }

  /** One that fails costs its own numbers. All of them mean that the broker does not answer. */
  #throwIfAllFailed(asked: readonly unknown[], failed: readonly Failed<unknown>[]): void {
    if (asked.length === 0 || failed.length < asked.length) return;
    const { error } = failed[0]!;
    if (error.code === "TIMEOUT" || error.code === "UNREACHABLE") throw this.#admin.drop(error);
  }
}

/** True where one of these brokers cannot be sampled in batches; null where none has said what it speaks. */
export function needsKafkajs(links: readonly BrokerLink[]): boolean | null {
  const told = links.flatMap(({ versions }) => versions ?? []);
  return told.length === 0 ? null : told.some((versions) => missingForBatches(versions) !== null);
}
