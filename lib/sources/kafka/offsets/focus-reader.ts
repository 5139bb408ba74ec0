import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { rowsOfConsumers, stillUnread } from "../../../sample/focus.ts";
import type { Sample } from "../../../sample/sample.ts";
import type { Placed } from "../groups/plan-keeper.ts";
import type { KafkaClient } from "../link/client.ts";
import type { TopologyWatch } from "../topology/topology-watch.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeListOffsets, encodeListOffsets, LATEST, type TopicPartitions } from "../wire/list-offsets.ts";
import { decodeOffsetFetch, encodeOffsetFetch } from "../wire/offset-fetch.ts";
import { decodeShareOffsets, encodeShareOffsets } from "../wire/share-groups.ts";
import { CommitColumns, OffsetColumns } from "./columns.ts";

/** The last sample of everything: what a smaller one adds to. */
export interface LastSample {
  readonly placed: Placed;
  readonly observation: Sample;
  /** Flags of its positions without those of transactions, which are found anew. */
  readonly flags: Uint16Array | null;
  /** Of the topology whose lanes the plan numbers. */
  readonly lanesVersion: number;
}

/**
 * A few consumers, asked for between two samples of all: their commits, then the ends of their partitions, one request
 * to each broker concerned. What is not answered keeps its value and its time.
 */
export class FocusReader {
  readonly #client: KafkaClient;
  readonly #topology: TopologyWatch;
  readonly #clock: WallClock;

  constructor(client: KafkaClient, topology: TopologyWatch, clock: WallClock) {
    this.#client = client;
    this.#topology = topology;
    this.#clock = clock;
  }

  /** Null where none of the consumers is known. */
  async read(
    keys: readonly string[],
    { placed, observation, lanesVersion }: LastSample,
  ): Promise<Sample | null> {
    if (lanesVersion !== this.#topology.lanesVersion) return null;
    const { layout } = placed.plan;
    const rows = rowsOfConsumers(layout, keys);
    if (rows.length === 0) return null;
    const startedAt = this.#clock.now();
    const requestsBefore = this.#client.requests;
    const commits = new CommitColumns(placed.plan, placed.commits);
    await Promise.all(
      [...this.#coordinators(rows, placed)].map(([node, ids]) => this.#readCommits(node, ids, commits)),
    );
    const heads = new OffsetColumns(placed.plan, observation.lanes);
    await Promise.all(
      [...this.#leaders(rows, placed)].map(([node, topics]) => this.#readEnds(node, topics, heads)),
    );
    return {
      ...observation,
      startedAt,
      finishedAt: this.#clock.now(),
      lanes: { ...observation.lanes, head: heads.offset, asOf: heads.asOf },
      positions: {
        ...observation.positions,
        position: commits.position,
        backlog: commits.backlog,
        unreadSince: stillUnread(
          observation.positions.unreadSince,
          layout.positions,
          rows,
          commits.position,
          observation.positions.position,
        ),
        asOf: commits.asOf,
      },
      events: [],
      failures: [],
      cost: { requests: this.#client.requests - requestsBefore },
    };
  }

  #coordinators(
    rows: readonly number[],
    { groups }: Placed,
  ): Map<number, { commit: string[]; share: string[] }> {
    const found = new Map<number, { commit: string[]; share: string[] }>();
    for (const row of rows) {
      const { id, node, type, missingSince } = groups[row]!;
      if (missingSince !== null) continue;
      const ids = found.get(node) ?? { commit: [], share: [] };
      ids[type === "share" ? "share" : "commit"].push(id);
      found.set(node, ids);
    }
    return found;
  }

  async #readCommits(
    node: number,
    { commit, share }: { commit: string[]; share: string[] },
    columns: CommitColumns,
  ): Promise<void> {
    const link = this.#topology.samplers.get(node)?.link;
    if (!link?.ready) return;
    const about = new Set([...commit, ...share]);
    const take = (decode: () => void) => {
      columns.begin(this.#clock.now(), about);
      this.#client.read(link, decode);
    };
    await tolerantly(async () => {
      const [commits, shares] = await Promise.all([
        commit.length === 0
          ? null
          : this.#client.offsetFetch(link, (version) => encodeOffsetFetch(version, commit)),
        share.length === 0 ? null : this.#client.shareOffsets(link, () => encodeShareOffsets(share)),
      ]);
      if (commits) take(() => decodeOffsetFetch(new Cursor(commits.body), columns));
      if (shares) take(() => decodeShareOffsets(new Cursor(shares.body), shares.version, columns));
    });
  }

  /** The partitions to ask each leader for. */
  #leaders(rows: readonly number[], { plan }: Placed): Map<number, TopicPartitions[]> {
    const { streams, lanes, positions } = plan.layout;
    const wanted = new Set<number>();
    for (const row of rows) {
      for (let at = positions.start[row]!; at < positions.start[row + 1]!; at++)
        wanted.add(positions.lane[at]!);
    }
    const found = new Map<number, Map<string, number[]>>();
    for (const lane of wanted) {
      const node = this.#topology.leaderOf(lane);
      const topics = found.get(node) ?? new Map<string, number[]>();
      const topic = streams[lanes.stream[lane]!]!.name;
      topics.set(topic, [...(topics.get(topic) ?? []), lanes.number[lane]!]);
      found.set(node, topics);
    }
    return new Map(
      [...found].map(([node, topics]) => [
        node,
        [...topics].map(([topic, partitions]) => ({ topic, partitions })),
      ]),
    );
  }

  async #readEnds(node: number, topics: readonly TopicPartitions[], heads: OffsetColumns): Promise<void> {
    const link = this.#topology.samplers.get(node)?.link;
    if (!link?.ready) return;
    await tolerantly(async () => {
      const { body } = await this.#client.listOffsets(link, (version) =>
        encodeListOffsets(version, LATEST, topics),
      );
      heads.begin(this.#clock.now(), topics);
      this.#client.read(link, () => decodeListOffsets(new Cursor(body), heads));
    });
  }
}

/** The next full sample says what is wrong with a broker. */
async function tolerantly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
  }
}
