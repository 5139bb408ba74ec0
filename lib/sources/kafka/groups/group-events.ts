import type { SourceEvent } from "../../../model/source.ts";
import { capped, countOf, namesText, nameText } from "../../event-text.ts";
import { brokersText } from "../topology/broker-text.ts";
import type { GroupMember } from "../wire/groups.ts";
import type { GroupRecord } from "./plan.ts";

/** From this many groups on, new coordinators are told once a broker. */
const GROUPS_TOLD = 20;

/** A group as it was at the last sample, with what it was before it became unsettled. */
interface Seen {
  node: number;
  state: string;
  epoch: number;
  /** Who was in it when it last stood still; null: never told. */
  members: readonly GroupMember[] | null;
  /** Since when a classic group has been handing out its partitions anew; null while it is not. */
  unsettledSince: number | null;
}

/** Sees rebalances and new coordinators by comparing the groups of one sample with those of the last. */
export class GroupWatch {
  readonly #seen = new Map<string, Seen>();

  observe(groups: ReadonlyMap<string, GroupRecord>, at: number): SourceEvent[] {
    const rebalances: SourceEvent[] = [];
    const moved: { readonly id: string; readonly from: number; readonly to: number }[] = [];
    for (const [id, group] of groups) {
      const seen = this.#seen.get(id);
      if (!seen) {
        this.#seen.set(id, firstSight(group, at));
        continue;
      }
      if (group.node !== seen.node) {
        moved.push({ id, from: seen.node, to: group.node });
        seen.node = group.node;
      }
      const rebalance = noteMembers(seen, group, at);
      if (rebalance) rebalances.push(rebalance);
    }
    if (this.#seen.size > groups.size) {
      for (const id of this.#seen.keys()) if (!groups.has(id)) this.#seen.delete(id);
    }
    return [...capped(rebalances, "groups rebalanced", at, (event) => event), ...mapMoves(moved, at)];
  }
}

function firstSight(group: GroupRecord, at: number): Seen {
  const { node, state, epoch, members } = group;
  const unsettled = isUnsettled(group);
  return { node, state, epoch, members: unsettled ? null : members, unsettledSince: unsettled ? at : null };
}

/** While a classic group rebalances, its list of members is half the old one and half the new one. */
function isUnsettled({ state }: GroupRecord): boolean {
  return state === "PreparingRebalance" || state === "CompletingRebalance";
}

function noteMembers(seen: Seen, group: GroupRecord, at: number): SourceEvent | null {
  const { members, state, epoch } = group;
  if (members === seen.members && state === seen.state && epoch === seen.epoch) return null;
  seen.state = state;
  if (isUnsettled(group)) {
    seen.unsettledSince ??= at;
    return null;
  }
  if (members === null) return null; // could not be asked for: what they were stays what the next are compared with
  const before = seen.members;
  const epochBefore = seen.epoch;
  const began = seen.unsettledSince;
  seen.members = members;
  seen.epoch = epoch;
  seen.unsettledSince = null;
  if (before === null) return null;
  const joined = without(members, before);
  const left = without(before, members);
  const newEpoch = epoch >= 0 && epochBefore >= 0 && epoch !== epochBefore;
  if (joined.length === 0 && left.length === 0 && !newEpoch && began === null) return null;
  const counted = (list: readonly GroupMember[], number: number) =>
    `${countOf(list.length, "member")}${newEpoch ? `, epoch ${number}` : ""}`;
  return {
    at: began ?? at,
    kind: "rebalance",
    title:
      members.length === 0
        ? `All members left ${nameText(group.id)}: ${namesText(left)}`
        : rebalanceTitle(joined, left),
    before: counted(before, epochBefore),
    after: counted(members, epoch),
    consumerKey: group.id,
  };
}

/** Client ids of the members that are in the first list and not in the second. */
function without(members: readonly GroupMember[], others: readonly GroupMember[]): string[] {
  const ids = new Set(others.map(({ id }) => id));
  return members.filter(({ id }) => !ids.has(id)).map(({ clientId }) => clientId);
}

function rebalanceTitle(joined: string[], left: string[]): string {
  // A client that restarts, or was thrown out and comes back, is a new member under its old name.
  const back: string[] = [];
  for (const name of [...joined]) {
    const at = left.indexOf(name);
    if (at < 0) continue;
    back.push(name);
    left.splice(at, 1);
    joined.splice(joined.indexOf(name), 1);
  }
  const parts: string[] = [];
  if (joined.length > 0) parts.push(`${namesText(joined)} joined`);
  if (left.length > 0) parts.push(`${namesText(left)} left`);
  if (back.length > 0) parts.push(`${namesText(back)} rejoined`);
  return `Rebalance: ${parts.join(", ") || "same members"}`;
}

function mapMoves(
  moved: readonly { readonly id: string; readonly from: number; readonly to: number }[],
  at: number,
): SourceEvent[] {
  const kind = "coordinator-changed";
  if (moved.length <= GROUPS_TOLD) {
    return moved.map(({ id, from, to }) => ({
      at,
      kind,
      title: `Broker ${to} coordinates the group ${nameText(id)} now`,
      before: brokersText([from]),
      after: brokersText([to]),
      consumerKey: id,
    }));
  }
  const byBroker = new Map<number, number[]>();
  for (const { from, to } of moved) byBroker.set(from, [...(byBroker.get(from) ?? []), to]);
  return [...byBroker].map(([from, to]) => ({
    at,
    kind,
    title: `${countOf(to.length, "group")} got another coordinator`,
    before: brokersText([from]),
    after: brokersText(new Set(to)),
  }));
}
