import type { WallClock } from "../../../async/clock.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { type NameFilter, passes } from "../config.ts";
import { type GroupRecord, isClassic } from "../groups/plan.ts";
import {
  type Answer,
  type BrokerLink,
  GROUP_TYPES,
  type GroupType,
  type KafkaClient,
  rememberListOffsets,
  rememberOffsetFetch,
  rememberShareOffsets,
} from "../link/client.ts";
import { Cursor } from "../wire/cursor.ts";
import { errorName, failureCodeOf, KafkaError } from "../wire/error-codes.ts";
import { type DescribedGroup, decodeListGroups, type ListedGroup } from "../wire/groups.ts";
import { EARLIEST, LATEST, type TopicPartitions } from "../wire/list-offsets.ts";
import type { CommitCadence } from "./commit-cadence.ts";

/** What one broker said about the groups it coordinates. */
export interface GroupRound {
  readonly node: number;
  readonly link: BrokerLink;
  readonly groups: readonly ListedGroup[];
  /** False while the broker is still loading: groups may be missing from the list that are there. */
  readonly complete: boolean;
  /** Whose commits were asked for this time; the others keep what they told last. */
  readonly asked: readonly string[];
  readonly askedMs: number;
  /** Groups that the two answers below may speak of. What a broker says of others is not its to say. */
  readonly about: ReadonlySet<string>;
  /** The OffsetFetch answer, to be decoded once every broker's is there; null where it has no group with offsets. */
  readonly commits: Answer | null;
  /** Where share groups stand, which a request of its own tells; null where it has no such group. */
  readonly shareOffsets: Answer | null;
  readonly commitsAt: number;
  readonly described: readonly DescribedGroup[];
  readonly failures: readonly PartialFailure[];
}

/** The requests of a sample that go to one broker, and what is worth keeping of them for the next sample. */
export class BrokerSampler {
  readonly node: number;
  readonly link: BrokerLink;
  readonly cadence: CommitCadence;
  readonly #client: KafkaClient;
  readonly #filter: NameFilter | undefined;
  #listBytes: Buffer | null = null;
  #listed: readonly ListedGroup[] = [];
  /** Ids of the listed groups that commit offsets. The same array while the list stays the same. */
  #withOffsets: readonly string[] = [];
  /** … and of those that have share-partitions. */
  #withShares: readonly string[] = [];
  #complete = false;
  readonly #fetchRequest = rememberOffsetFetch();
  readonly #shareRequest = rememberShareOffsets();
  readonly #latestRequest = rememberListOffsets(LATEST);
  readonly #earliestRequest = rememberListOffsets(EARLIEST);

  constructor(
    node: number,
    link: BrokerLink,
    client: KafkaClient,
    filter: NameFilter | undefined,
    cadence: CommitCadence,
  ) {
    this.node = node;
    this.link = link;
    this.cadence = cadence;
    this.#client = client;
    this.#filter = filter;
  }

  /** Groups, the committed offsets of those whose turn it is, and the members of those that `isDue`. */
  async groups(
    known: ReadonlyMap<string, GroupRecord>,
    isDue: (group: ListedGroup) => boolean,
    focus: ReadonlySet<string>,
    clock: WallClock,
  ): Promise<GroupRound> {
    const client = this.#client;
    const failures = await this.#list(known);
    const due = this.#listed.filter((group) => hasMembers(group) && isDue(group));
    const describe = (type: GroupType) => {
      const ids = due.filter((group) => groupTypeOf(group) === type).map(({ id }) => id);
      return ids.length === 0 ? [] : client.describe(this.link, type, ids);
    };
    const askedAt = clock.now();
    const asked = this.cadence.pick(this.#withOffsets, focus, askedAt);
    let askedMs = 0;
    let commitsAt = 0;
    const arrived = () => {
      commitsAt = clock.now();
    };
    const [commits, shareOffsets, described] = await Promise.all([
      asked.length === 0
        ? null
        : client
            .offsetFetch(this.link, (version) => this.#fetchRequest(version, asked))
            .finally(() => {
              arrived();
              askedMs = commitsAt - askedAt;
            }),
      this.#withShares.length === 0
        ? null
        : client
            .shareOffsets(this.link, (version) => this.#shareRequest(version, this.#withShares))
            .finally(arrived),
      Promise.all(GROUP_TYPES.map(describe)),
    ]);
    return {
      node: this.node,
      link: this.link,
      groups: this.#listed,
      complete: this.#complete,
      asked,
      askedMs,
      about: new Set([...asked, ...this.#withShares]),
      commits,
      shareOffsets,
      commitsAt,
      described: described.flat(),
      failures,
    };
  }

  /** The listing tells coordinators, too: a broker lists exactly the groups it coordinates. */
  async #list(known: ReadonlyMap<string, GroupRecord>): Promise<PartialFailure[]> {
    const { version, body } = await this.#client.listGroups(this.link);
    if (this.#complete && this.#listBytes?.equals(body)) return [];
    const { error, groups } = this.#client.read(this.link, () => decodeListGroups(new Cursor(body), version));
    const listed = groups.filter(({ id }) => passes(this.#filter, id));
    this.#listBytes = body;
    this.#complete = error === KafkaError.none;
    if (!this.#complete) {
      // Still loading: ask for the groups it had, each of which then gets an answer or an error of its own.
      const names = new Set(listed.map(({ id }) => id));
      for (const group of known.values()) {
        if (group.node === this.node && !names.has(group.id)) listed.push(group);
      }
    }
    this.#listed = listed;
    this.#withOffsets = listed.filter(({ type }) => type !== "share").map(({ id }) => id);
    this.cadence.retain(new Set(this.#withOffsets));
    this.#withShares = listed.filter(({ type }) => type === "share").map(({ id }) => id);
    if (this.#complete) return [];
    return [
      {
        scope: "source",
        subject: `broker ${this.node}`,
        code: failureCodeOf(error),
        message: `The list of groups is not complete: ${errorName(error)}.`,
      },
    ];
  }

  latest(topics: readonly TopicPartitions[]): Promise<Answer> {
    return this.#client.listOffsets(this.link, (version) => this.#latestRequest(version, topics));
  }

  earliest(topics: readonly TopicPartitions[]): Promise<Answer> {
    return this.#client.listOffsets(this.link, (version) => this.#earliestRequest(version, topics));
  }
}

export function hasMembers({ state }: Pick<ListedGroup, "state">): boolean {
  return state !== "Empty" && state !== "Dead";
}

/** Null for a type that came after this was written. */
function groupTypeOf({ type }: Pick<ListedGroup, "type">): GroupType | null {
  if (isClassic(type)) return "classic";
  return GROUP_TYPES.find((known) => known === type) ?? null;
}
