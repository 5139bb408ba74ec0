import { type GroupRound, hasMembers } from "../offsets/broker-sampler.ts";
import type { ListedGroup } from "../wire/groups.ts";
import { type GroupRecord, kindOf } from "./plan.ts";

/**
 * A group that no broker lists any more is kept this long: while its coordinator moves or restarts, nobody lists it,
 * and its rows must not come and go with that.
 */
const MISSING_GRACE_MS = 5000;

/** The groups of a cluster over the samples: who coordinates them, in which state, with which members. */
export class GroupBook {
  readonly records = new Map<string, GroupRecord>();
  /** The state each group was in when its members were last asked for. */
  readonly #askedIn = new Map<string, string>();

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

  /** Takes in a round of answers. `allAnswered`: no broker is left out, so that who is not listed is missing. */
  apply(
    rounds: readonly GroupRound[],
    allAnswered: boolean,
    now: number,
  ): { readonly rowsChanged: boolean; readonly membersChanged: boolean } {
    let rowsChanged = false;
    let membersChanged = false;
    const seen = new Set<string>();
    for (const { node, groups, described, complete } of rounds) {
      for (const group of groups) {
        const record = this.records.get(group.id);
        if (complete) seen.add(group.id);
        if (!record) {
          const members = emptyMembers(group);
          this.records.set(group.id, {
            ...group,
            node,
            missingSince: null,
            members,
            membersIn: "",
            assignor: "",
            epoch: -1,
          });
          rowsChanged = true;
          continue;
        }
        if (record.state !== group.state) {
          membersChanged = true;
          if (!hasMembers(group)) record.members = [];
        }
        if (kindOf(record) !== kindOf(group)) rowsChanged = true;
        record.type = group.type;
        record.protocolType = group.protocolType;
        record.state = group.state;
        record.node = node;
        if (!hasMembers(group)) this.#askedIn.set(group.id, group.state);
      }
      for (const { id, error, state, members, assignor, epoch } of described) {
        const record = this.records.get(id);
        if (!record) continue;
        record.members = error === 0 ? members : null;
        record.membersIn = state;
        if (error === 0) Object.assign(record, { assignor, epoch });
        this.#askedIn.set(id, record.state);
        membersChanged = true;
      }
    }
    const everyListComplete = allAnswered && rounds.every(({ complete }) => complete);
    for (const record of this.records.values()) {
      if (seen.has(record.id)) record.missingSince = null;
      if (!everyListComplete || seen.has(record.id)) continue;
      record.missingSince ??= now;
      if (now - record.missingSince < MISSING_GRACE_MS) continue;
      this.records.delete(record.id);
      this.#askedIn.delete(record.id);
      rowsChanged = true;
    }
    return { rowsChanged, membersChanged };
  }
}

function emptyMembers(group: ListedGroup): GroupRecord["members"] {
  return hasMembers(group) ? null : [];
}
