import { type GroupRound, hasMembers } from "../offsets/broker-sampler.ts";
import type { DescribedGroup, GroupMember, ListedGroup } from "../wire/groups.ts";
import { Coordination } from "./coordination.ts";
import { type GroupRecord, kindOf } from "./plan.ts";

/**
 * A group that no broker lists any more is kept this long: while its coordinator moves or restarts, nobody lists it,
 * and its rows must not come and go with that.
 */
const MISSING_GRACE_MS = 5000;

const NOBODY: readonly GroupMember[] = [];

/** What a round of answers has changed. */
export interface GroupChanges {
  /** Groups came or went, or are of another kind. */
  readonly rowsChanged: boolean;
  readonly membersChanged: boolean;
  /** Groups that were there and of which something is told anew, by id. */
  readonly replaced: ReadonlySet<string>;
}

interface Changes {
  rowsChanged: boolean;
  membersChanged: boolean;
  readonly replaced: Set<string>;
}

/** The groups of a cluster over the samples: who coordinates them, in which state, with which members. */
export class GroupBook {
  readonly records = new Map<string, GroupRecord>();
  /** The state each group was in when its members were last asked for. */
  readonly #askedIn = new Map<string, string>();
  readonly #coordination = new Coordination();

  /** True where its members may have changed since they were asked for. */
  isDue(group: ListedGroup): boolean {
    return this.#askedIn.get(group.id) !== group.state;
  }

  /** What is known of its members does not fit what it does: they are asked for with the next sample. */
  doubt(id: string): void {
    this.#askedIn.delete(id);
  }

  /** Sorted by id: the order of a layout's consumers. */
  sorted(): GroupRecord[] {
    return [...this.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The rounds, with each group told by its coordinator alone; see `Coordination`. To be called once a sample. */
  settle(rounds: readonly GroupRound[], silent: ReadonlyMap<number, unknown>): readonly GroupRound[] {
    return this.#coordination.settle(rounds, silent, this.records);
  }

  /** Takes in a round of settled answers. `allAnswered`: no broker is left out, so that who is not listed is missing. */
  apply(rounds: readonly GroupRound[], allAnswered: boolean, now: number): GroupChanges {
    const changes = { rowsChanged: false, membersChanged: false, replaced: new Set<string>() };
    const seen = new Set<string>();
    for (const { node, groups, described, complete } of rounds) {
      for (const group of groups) {
        if (complete) seen.add(group.id);
        this.#takeListed(group, node, changes);
      }
      for (const group of described) this.#takeDescribed(group, changes);
    }
    this.#letGo(seen, allAnswered && rounds.every(({ complete }) => complete), now, changes);
    return changes;
  }

  #takeListed(group: ListedGroup, node: number, changes: Changes): void {
    const { id, type, protocolType, state } = group;
    const record = this.records.get(id);
    if (!record) {
      const members = hasMembers(group) ? null : NOBODY;
      const unknown = { missingSince: null, membersIn: "", assignor: "", epoch: -1 };
      this.records.set(id, { id, type, protocolType, state, node, members, ...unknown });
      changes.rowsChanged = true;
      return;
    }
    if (!hasMembers(group)) this.#askedIn.set(id, state);
    const isSame =
      record.state === state &&
      record.node === node &&
      record.type === type &&
      record.protocolType === protocolType;
    if (isSame) return; // most of them, at most times
    if (kindOf(record) !== kindOf(group)) changes.rowsChanged = true;
    if (record.node !== node) this.#coordination.lost(record.node, id);
    let { members } = record;
    if (record.state !== state) {
      changes.membersChanged = true;
      if (!hasMembers(group)) members = NOBODY;
    }
    this.#replace(record, { type, protocolType, state, node, members }, changes);
  }

  #takeDescribed({ id, error, state, members, assignor, epoch }: DescribedGroup, changes: Changes): void {
    const record = this.records.get(id);
    if (!record) return;
    const told = error === 0 ? { members, assignor, epoch } : { members: null };
    this.#replace(record, { ...told, membersIn: state }, changes);
    this.#askedIn.set(id, record.state);
    changes.membersChanged = true;
  }

  /** Who is not listed by anybody is missing, and gone after a while. */
  #letGo(seen: ReadonlySet<string>, everyListComplete: boolean, now: number, changes: Changes): void {
    for (const record of this.records.values()) {
      const { id, missingSince } = record;
      if (seen.has(id)) {
        if (missingSince !== null) this.#replace(record, { missingSince: null }, changes);
        continue;
      }
      if (!everyListComplete) continue;
      if (missingSince === null) this.#replace(record, { missingSince: now }, changes);
      if (now - (missingSince ?? now) < MISSING_GRACE_MS) continue;
      this.records.delete(id);
      this.#askedIn.delete(id);
      changes.rowsChanged = true;
    }
  }

  /** Samples hold the record as it was. */
  #replace(record: GroupRecord, told: Partial<GroupRecord>, { replaced }: Changes): void {
    this.records.set(record.id, { ...record, ...told });
    replaced.add(record.id);
  }
}
