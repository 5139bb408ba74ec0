import { Writer } from "@platformatic/kafka";
import type { WallClock } from "../../../async/clock.ts";
import { mapConcurrently } from "../../../async/map-concurrently.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type NameFilter, passes } from "../config.ts";
import type { BrokerLink } from "../link/link.ts";
import type { GroupRound } from "../offsets/broker-sampler.ts";
import { KafkaError } from "../wire/error-codes.ts";
import type { GroupDescription, KafkajsAdmin, TopicCommits } from "./kafkajs-admin.ts";
import type { Asked } from "./kafkajs-turns.ts";

/** kafkajs has each group looked up (FindCoordinator) before its offsets or its members. */
const COMMIT_REQUESTS = 2;
const DESCRIBE_REQUESTS = 2;
export const GROUP_REQUESTS = COMMIT_REQUESTS + DESCRIBE_REQUESTS;
/** A new group shows within this time, and so does a change of members: before ListGroups 4 nothing hints at one. */
const LOOK_INTERVAL_MS = 5000;
/** … which a change of members may take longer, where there is more to ask for than requests. */
const LOOK_LESS_INTERVAL_MS = 15_000;
const LOOKUP_TRIES = 4;
/** As the coordinator is not told. */
const NO_NODE = -1;
/** Why is told elsewhere. */
const FAILED = KafkaError.groupNotFound;

type GroupAdmin = Pick<KafkajsAdmin, "listGroups" | "describe" | "committed">;

export interface AskedGroup extends Asked {
  readonly id: string;
  protocolType: string;
  /** Empty until it was described. */
  state: string;
  describedAt: number;
  /** Topics that were assigned to its members, and with those it had commits in. */
  assigned: readonly string[];
  topics: readonly string[];
  /** The last answer, as the broker would have given it to a request for many groups. */
  commits: Buffer;
  commitsAt: number;
}

/** The groups of a cluster whose brokers have to be asked for one at a time. */
export class KafkajsGroups {
  readonly #admin: GroupAdmin;
  readonly #filter: NameFilter | undefined;
  readonly #clock: WallClock;
  readonly #lookIntervalMs: number;
  describeLess = false;
  #groups = new Map<string, AskedGroup>();
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(
    admin: GroupAdmin,
    filter: NameFilter | undefined,
    topologyIntervalMs = LOOK_INTERVAL_MS,
    clock: WallClock,
  ) {
    this.#admin = admin;
    this.#filter = filter;
    this.#clock = clock;
    this.#lookIntervalMs = Math.min(LOOK_INTERVAL_MS, topologyIntervalMs);
  }

  get count(): number {
    return this.#groups.size;
  }

  get all(): Iterable<AskedGroup> {
    return this.#groups.values();
  }

  /** Requests that asking for it now would take, its topics aside. */
  cost(group: AskedGroup): number {
    return COMMIT_REQUESTS + (this.#describeDue(group) ? DESCRIBE_REQUESTS : 0);
  }

  /** Lists the groups when it is time to. No answer leaves the list as it was; rejects where there is none yet. */
  async list(failures: PartialFailure[]): Promise<void> {
    if (this.#clock.now() - this.#listedAt < this.#lookIntervalMs) return;
    try {
      const listed = await this.#admin.listGroups();
      const before = this.#groups;
      this.#groups = new Map();
      for (const { id, protocolType } of listed) {
        if (!passes(this.#filter, id)) continue;
        const known = before.get(id);
        if (known && known.state === "") known.protocolType = protocolType;
        this.#groups.set(id, known ?? newGroup(id, protocolType));
      }
      this.#listedAt = this.#clock.now();
    } catch (error) {
      if (!(error instanceof CollectorError) || this.#listedAt === Number.NEGATIVE_INFINITY) throw error;
      failures.push({ scope: "source", subject: "list of groups", code: error.code, message: error.message });
    }
  }

  /** Asks for these groups' offsets, and for their members where that is due. `onFailure` gets what could not be had. */
  async ask(
    groups: readonly AskedGroup[],
    width: number,
    onFailure: (group: AskedGroup, error: CollectorError) => void,
  ): Promise<Map<string, GroupDescription>> {
    const described = new Map<string, GroupDescription>();
    await mapConcurrently(groups, width, async (group) => {
      group.askedAt = this.#clock.now();
      try {
        if (this.#describeDue(group)) {
          described.set(group.id, await insist(() => this.#describe(group)));
        }
        const topics = await insist(() => this.#admin.committed(group.id));
        group.commits = encodeCommits(group.id, topics);
        group.commitsAt = this.#clock.now();
        group.topics = [...new Set([...topics.map(({ topic }) => topic), ...group.assigned])];
      } catch (error) {
        if (!(error instanceof CollectorError)) throw error;
        group.commits = encodeCommits(group.id, [], FAILED);
        if (!described.has(group.id) && this.#describeDue(group))
          described.set(group.id, undescribed(group.id));
        onFailure(group, error);
      }
    });
    return described;
  }

  async #describe(group: AskedGroup): Promise<GroupDescription> {
    const description = await this.#admin.describe(group.id);
    group.state = description.state;
    group.protocolType = description.protocolType;
    group.assigned = description.members.flatMap(({ assignment }) =>
      (assignment ?? []).map(({ topic }) => topic),
    );
    group.describedAt = this.#clock.now();
    return description;
  }

  #describeDue({ describedAt }: AskedGroup): boolean {
    return (
      this.#clock.now() - describedAt >= (this.describeLess ? LOOK_LESS_INTERVAL_MS : this.#lookIntervalMs)
    );
  }

  /** One round that lists every group, and one a group that was asked for: each has a time of its own. */
  rounds(
    link: BrokerLink,
    asked: readonly AskedGroup[],
    described: ReadonlyMap<string, GroupDescription>,
    failures: readonly PartialFailure[],
  ): GroupRound[] {
    const round: GroupRound = {
      node: NO_NODE,
      link,
      groups: [],
      complete: true,
      asked: [],
      askedMs: 0,
      about: new Set(),
      commits: null,
      shareOffsets: null,
      commitsAt: 0,
      described: [],
      failures: [],
    };
    const listed = [...this.#groups.values()].map(({ id, protocolType, state }) => ({
      id,
      protocolType,
      state,
      type: "",
    }));
    return [
      { ...round, groups: listed, described: [...described.values()], failures },
      ...asked.map(({ id, commits, commitsAt }) => ({
        ...round,
        about: new Set([id]),
        commits: { version: 8, body: commits },
        commitsAt,
      })),
    ];
  }
}

/**
 * kafkajs looks a coordinator up with any broker, drawn by lot, also with one that has just gone: that one is not to
 * cost the groups of the others anything.
 */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const gone = error instanceof CollectorError && error.code === "UNREACHABLE";
      if (!gone || tries === LOOKUP_TRIES) throw error;
    }
  }
}

function newGroup(id: string, protocolType: string): AskedGroup {
  return {
    id,
    protocolType,
    state: "",
    askedAt: Number.NEGATIVE_INFINITY,
    describedAt: Number.NEGATIVE_INFINITY,
    assigned: [],
    topics: [],
    commits: encodeCommits(id, [], FAILED),
    commitsAt: 0,
  };
}

/** Its members are not known any more. */
function undescribed(id: string): GroupDescription {
  return { id, error: -1, state: "", protocolType: "", assignor: "", epoch: -1, members: [] };
}

/** What a broker with batched OffsetFetch would have answered: so everything behind it is the same for both. */
function encodeCommits(group: string, topics: readonly TopicCommits[], error = 0): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([group], (answer) => {
      answer
        .appendString(group)
        .appendArray([...topics], (w, { topic, partitions, offsets }) => {
          w.appendString(topic).appendArray([...partitions], (p, partition, row) => {
            p.appendInt32(partition).appendInt64(BigInt(offsets[row]!)).appendInt32(-1);
            p.appendString("").appendInt16(0);
          });
        })
        .appendInt16(error);
    })
    .appendTaggedFields().buffer;
}
