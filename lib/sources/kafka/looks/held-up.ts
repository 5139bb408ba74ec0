import { around, formatDuration } from "../../../format/index.ts";
import type { SourceFact } from "../../../model/source.ts";
import { countOf, countText, nameText } from "../../event-text.ts";
import type { OpenTransaction } from "./open-transactions.ts";

/** A position that stands where an open transaction begins. */
export interface HeldPosition {
  readonly topic: string;
  readonly partition: number;
  /** Where the transaction begins, and how many offsets there are from there to the end. */
  readonly from: number;
  readonly behind: number;
  /** Undefined: whose it is has not been asked for yet. */
  readonly transaction: OpenTransaction | undefined;
}

/** Who holds a group up, since when, and how much lies behind it; null where nobody does. */
export function explainHeld(held: readonly HeldPosition[], now: number): string | null {
  const [worst] = [...held].sort((a, b) => b.behind - a.behind);
  if (worst === undefined) return null;
  const { topic, partition, from, behind, transaction } = worst;
  const where = `${nameText(topic)}/${partition}`;
  const others = held.length === 1 ? "" : `, as on ${countOf(held.length - 1, "more partition")}`;
  const sentence =
    `A ${whoseText(transaction)} is open on ${where} from offset ${countText(from)} on${others}` +
    `${sinceText(transaction, now)}: readers of committed messages get nothing behind it until it ends, ` +
    `${countOf(behind, "offset")} so far.`;
  const timeout = transaction?.timeoutMs ?? Number.NaN;
  return timeout > 0
    ? `${sentence} The broker ends it by itself once it has been open for ${formatDuration(timeout)}.`
    : sentence;
}

/** One for each partition up to a few. */
export function mapHeldFacts(held: readonly HeldPosition[]): SourceFact[] {
  return held.slice(0, 3).map((position) => ({
    label: "Open transaction",
    value: heldValue(position),
    title: "Readers of committed messages get nothing from there on until it is committed or aborted",
  }));
}

function heldValue({ topic, partition, from, behind, transaction }: HeldPosition): SourceFact["value"] {
  const whose = `${nameText(topic)}/${partition} from offset ${countText(from)} on: ${whoseText(transaction)}`;
  const rest = `, ${countOf(behind, "offset")} behind it`;
  if (transaction === undefined) return `${whose}${rest}`;
  const { startedAt, seenAt } = transaction;
  return Number.isNaN(startedAt)
    ? { kind: "ago", value: seenAt, of: around(`${whose}, first seen `, rest) }
    : { kind: "ago", value: startedAt, of: around(`${whose}, begun `, rest) };
}

function whoseText(transaction: OpenTransaction | undefined): string {
  if (transaction?.producer == null) return "transaction";
  const producer = `producer ${transaction.producer}`;
  return transaction.transactionalId === null
    ? `transaction of ${producer}`
    : `transaction of ${nameText(transaction.transactionalId)} (${producer})`;
}

function sinceText(transaction: OpenTransaction | undefined, now: number): string {
  if (transaction === undefined) return "";
  const { startedAt, seenAt } = transaction;
  return Number.isNaN(startedAt)
    ? `, for at least ${formatDuration(now - seenAt)}`
    : `, for ${formatDuration(Math.max(0, now - startedAt))}`;
}
