import { hasMembers } from "../offsets/broker-sampler.ts";
import type { ListedGroup } from "../wire/groups.ts";
import { isClassic } from "./plan.ts";

/** So often, members of so many groups are asked for without a reason: two groups a second. */
const TURN_MS = 5_000;
const GROUPS_A_TURN = 10;

type Group = Pick<ListedGroup, "id" | "type" | "state">;

/**
 * A classic group that rebalances says so in its state for as long as its slowest member's heartbeat takes. A group of
 * the newer protocols may be through with it between two samples: a few of them are looked at in turns, and what
 * someone looks at is every time, so that their members are not out of date until all are asked for.
 */
export class DescribeTurns {
  #picked: ReadonlySet<string> = new Set();
  #turnAt = Number.NEGATIVE_INFINITY;
  /** The last group that had its turn. */
  #last = "";

  /** Before each sample. */
  begin(groups: ReadonlyMap<string, Group>, now: number): void {
    this.#picked = new Set();
    if (now - this.#turnAt < TURN_MS) return;
    this.#turnAt = now;
    const ids: string[] = [];
    for (const group of groups.values()) if (mayChangeUnseen(group)) ids.push(group.id);
    ids.sort();
    const from = ids.findIndex((id) => id > this.#last);
    const picked = [...ids.slice(Math.max(0, from)), ...ids.slice(0, Math.max(0, from))].slice(
      0,
      GROUPS_A_TURN,
    );
    this.#last = picked.at(-1) ?? "";
    this.#picked = new Set(picked);
  }

  isDue(group: Group, focus: ReadonlySet<string>): boolean {
    return this.#picked.has(group.id) || (focus.has(group.id) && mayChangeUnseen(group));
  }
}

function mayChangeUnseen(group: Group): boolean {
  return !isClassic(group.type) && hasMembers(group);
}
