import type { SourceEvent } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { KafkaClient } from "../link/client.ts";
import { mapLayoutEvents } from "../mapper.ts";
import type { GroupRound } from "../offsets/broker-sampler.ts";
import { CommitColumns, CommitFinder, type KnownCommits } from "../offsets/columns.ts";
import type { Topology } from "../topology/topology.ts";
import { Cursor } from "../wire/cursor.ts";
import { type CommitVisitor, decodeOffsetFetch } from "../wire/offset-fetch.ts";
import { decodeShareOffsets } from "../wire/share-groups.ts";
import { GroupBook } from "./group-book.ts";
import {
  buildPlan,
  type GroupRecord,
  type Membership,
  mapMembership,
  type Plan,
  partitionsOf,
} from "./plan.ts";

const UNREAD = ConsumerFlag.left | ConsumerFlag.unassigned;

export interface Placed {
  readonly plan: Plan;
  /** Row for row with the plan's consumers. */
  readonly groups: readonly GroupRecord[];
  readonly membership: Membership;
  readonly commits: CommitColumns;
  readonly events: readonly SourceEvent[];
}

export interface PlaceInput {
  readonly topology: Topology;
  readonly lanesVersion: number;
  readonly rounds: readonly GroupRound[];
  /** Topics made to overwrite; another set only where another topic is in it. */
  readonly compacted: ReadonlySet<string>;
  /** Brokers without an answer. An answer that cannot be read adds its broker. */
  readonly down: Map<number, CollectorError>;
  readonly now: number;
}

/** Holds the plan, and makes a new one when an answer does not fit it any more: hence its identity is stable. */
export class PlanKeeper {
  readonly book = new GroupBook();
  readonly #client: KafkaClient;
  #plan: Plan | null = null;
  #lanesVersion = -1;
  #compacted: ReadonlySet<string> = new Set();
  #groups: readonly GroupRecord[] = [];
  #membership: Membership | null = null;
  #commits: CommitColumns | null = null;
  #sweep = false;

  constructor(client: KafkaClient) {
    this.#client = client;
  }

  /** At the next sample, rows with neither a commit nor a member any more are left out. */
  sweep(): void {
    this.#sweep = true;
  }

  place(input: PlaceInput): Placed {
    const { topology, lanesVersion, compacted, down, now } = input;
    const rounds = this.book.settle(input.rounds, down);
    const changed = this.book.apply(rounds, down.size === 0, now);
    let plan = this.#plan;
    if (plan) this.#groups = withReplaced(this.#groups, plan, changed.replaced, this.book.records);
    if (plan && (lanesVersion !== this.#lanesVersion || changed.rowsChanged)) plan = null;
    if (compacted !== this.#compacted) plan = null;
    if (plan && changed.membersChanged) {
      this.#membership = mapMembership(plan, topology, this.#groups);
      if (this.#membership.incomplete) plan = null;
    }
    let commits = plan && this.#read(plan, this.#commits, rounds, down);
    if (commits && (commits.missesRow || (this.#sweep && this.#hasAbandonedRows(commits)))) commits = null;
    this.#sweep = false;
    if (plan && commits && this.#membership) {
      this.#doubt(plan, this.#membership, this.#commits!, commits);
      this.#commits = commits;
      return { plan, groups: this.#groups, membership: this.#membership, commits, events: [] };
    }

    const before = this.#plan;
    const committed = this.#find(rounds, down);
    this.#groups = this.book.sorted();
    this.#plan = plan = buildPlan(topology, this.#groups, committed, compacted, before?.layout);
    this.#lanesVersion = lanesVersion;
    this.#compacted = compacted;
    this.#membership = mapMembership(plan, topology, this.#groups);
    const known = this.#commits?.carriedOver(plan) ?? null;
    this.#commits = this.#read(plan, known, rounds, down);
    return {
      plan,
      groups: this.#groups,
      membership: this.#membership,
      commits: this.#commits,
      events: before ? mapLayoutEvents(before.layout, plan.layout, now) : [],
    };
  }

  #read(
    plan: Plan,
    before: KnownCommits | null,
    rounds: readonly GroupRound[],
    down: Map<number, CollectorError>,
  ): CommitColumns {
    const columns = new CommitColumns(plan, before);
    for (const round of rounds) {
      columns.begin(round.commitsAt, round.about);
      this.#decode(round, columns, down);
    }
    // Nobody vouches for them now, so that what they told last may not pass for what is.
    this.#groups.forEach(({ node, missingSince }, consumer) => {
      if (down.has(node) || missingSince !== null) columns.forget(consumer);
    });
    return columns;
  }

  /** The committed partitions of every group: told just now, or of the last plan where a coordinator did not answer. */
  #find(rounds: readonly GroupRound[], down: Map<number, CollectorError>): CommitFinder["found"] {
    const finder = new CommitFinder();
    for (const round of rounds) {
      finder.about = round.about;
      this.#decode(round, finder, down);
    }
    const before = this.#plan;
    if (!before) return finder.found;
    before.layout.consumers.forEach(({ key }, consumer) => {
      if (!finder.found.has(key)) finder.found.set(key, partitionsOf(before, consumer));
    });
    return finder.found;
  }

  /** False where an answer could not be read to its end: then nothing of it counts. */
  #decode(round: GroupRound, visitor: CommitVisitor, down: Map<number, CollectorError>): boolean {
    const { commits, shareOffsets, link, node } = round;
    try {
      this.#client.read(link, () => {
        if (commits) decodeOffsetFetch(new Cursor(commits.body), visitor);
        if (shareOffsets) decodeShareOffsets(new Cursor(shareOffsets.body), shareOffsets.version, visitor);
      });
      return true;
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      down.set(node, error);
      return false;
    }
  }

  /** Whoever moves where nobody is said to read has got other partitions since its members were told. */
  #doubt(plan: Plan, { flags }: Membership, before: CommitColumns, { moved, position }: CommitColumns): void {
    if (flags === null) return;
    const { start } = plan.layout.positions;
    for (let consumer = 0; consumer < moved.length; consumer++) {
      if (moved[consumer] === 0) continue;
      for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
        if ((flags[row]! & UNREAD) === 0 || position[row] === before.position[row]) continue;
        this.book.doubt(this.#groups[consumer]!.id);
        break;
      }
    }
  }

  #hasAbandonedRows({ position, asOf, empty }: CommitColumns): boolean {
    const { column } = this.#membership!;
    return position.some(
      (offset, row) => Number.isNaN(offset) && asOf[row]! > 0 && column[row]! < 0 && empty?.[row] !== 1,
    );
  }
}

/** Groups row for row, with those that are told anew; the same list where none is. */
function withReplaced(
  groups: readonly GroupRecord[],
  { groupRow }: Plan,
  replaced: ReadonlySet<string>,
  records: ReadonlyMap<string, GroupRecord>,
): readonly GroupRecord[] {
  if (replaced.size === 0) return groups;
  const changed = groups.slice();
  for (const id of replaced) {
    const [row, record] = [groupRow.get(id), records.get(id)];
    if (row !== undefined && record !== undefined) changed[row] = record;
  }
  return changed;
}
