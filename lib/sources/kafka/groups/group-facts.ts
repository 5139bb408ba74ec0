import type { FactCell, SourceFact } from "../../../model/source.ts";
import { addressText, type BrokerAddress } from "../config.ts";
import { type GroupRecord, holdersOf, isClassic } from "./plan.ts";

/** What there is to say of a group besides its numbers. */
export function mapGroupFacts(group: GroupRecord, brokers: ReadonlyMap<number, BrokerAddress>): SourceFact[] {
  const facts: SourceFact[] = [
    { label: "State", value: group.state || "not told", title: "As its coordinator lists it" },
  ];
  const address = brokers.get(group.node);
  const isTold = group.node >= 0;
  facts.push({
    label: "Coordinator",
    value: !isTold
      ? "not told"
      : address
        ? `broker ${group.node} at ${addressText(address)}`
        : `broker ${group.node}`,
    title: "The broker that keeps the group's offsets and members",
  });
  if (group.members !== null && group.members.length > 0) {
    facts.push({
      label: "Members",
      value: membersCell(group, group.members.length),
      title: "Members that have no partition stand by: a partition has one reader in a group",
    });
  }
  const protocol = protocolText(group);
  if (protocol !== "") {
    facts.push({
      label: "Protocol",
      value: protocol,
      title: "What its members speak, and how they share the work",
    });
  }
  if (group.epoch >= 0) {
    facts.push({
      label: "Epoch",
      value: { kind: "count", value: group.epoch },
      title: "Counts up with every change of members or subscriptions",
    });
  }
  return facts;
}

/** `4, 1 of them with a partition`. */
function membersCell(group: GroupRecord, count: number): FactCell {
  const holders = holdersOf(group);
  const all = Number.isNaN(holders) || holders === count;
  return { kind: "count", value: count, ...(!all && { of: `{}, ${holders} of them with a partition` }) };
}

function protocolText({ type, protocolType, assignor }: GroupRecord): string {
  const protocol = isClassic(type) ? protocolType : type;
  if (protocol === "") return assignor;
  return assignor === "" ? protocol : `${protocol}, assignor ${assignor}`;
}
