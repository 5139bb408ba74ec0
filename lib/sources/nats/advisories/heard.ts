import { formatDuration } from "../../../format/index.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceFact } from "../../../model/source.ts";
import { countOf, countText } from "../../event-text.ts";
import { timesText } from "./advisory-sums.ts";

/** What was heard of the messages of one account's consumers, up to a sample. */
export interface Heard {
  /** When the streams were last sampled. */
  readonly sampledAt: EpochMs;
  /** By `heardKey`; consumers of which nothing was heard have no entry. */
  readonly consumers: ReadonlyMap<string, HeardOf>;
}

export interface HeardOf {
  /** Messages that came more than once, or whose end was heard of: the worst ones. */
  readonly cases: readonly Case[];
  /** Redeliveries that the samples of about a minute show, at least, and when one last showed any. */
  readonly again: number;
  readonly observedAt: EpochMs;
  /** Everything up to here is acknowledged or given up. */
  readonly floor: number;
  readonly acks: number;
  readonly ackTotalMs: number;
  readonly ackMaxMs: number;
}

export interface Case {
  readonly sequence: number;
  /** The most that was heard of. */
  readonly deliveries: number;
  readonly putBack: number;
  readonly ended: "given-up" | "terminated" | "acknowledged" | null;
  readonly at: EpochMs;
}

/** Kept of one consumer. */
export const MOST_CASES = 32;
/** What ended longer ago says nothing of now. */
const JUST_MS = 60_000;

export function heardKey(stream: string, consumer: string): string {
  return `${stream} ${consumer}`;
}

/** Which message a consumer is given again and again, and how often, as a sentence; null: not known. */
export function explainHeard(
  { sampledAt, consumers }: Heard,
  stream: string,
  consumer: string,
): string | null {
  const heard = consumers.get(heardKey(stream, consumer));
  if (!heard) return null;
  const open = heard.cases.filter(({ ended }) => ended === null);
  const over = heard.cases.filter(({ at }) => sampledAt - at < JUST_MS);
  const cases = open.length > 0 ? open : over;
  const [worst, ...others] = cases
    .filter(({ deliveries }) => deliveries > 1)
    .sort((a, b) => b.deliveries - a.deliveries || a.sequence - b.sequence);
  if (worst) return caseText(worst, others.length);
  const putBack = cases.filter(({ putBack: times, ended }) => times > 0 && ended === null).length;
  if (putBack > 0) return putBackText(putBack);
  return heard.observedAt === sampledAt ? guessText(heard) : null;
}

export function mapHeardFacts({ consumers }: Heard, stream: string, consumer: string): readonly SourceFact[] {
  const heard = consumers.get(heardKey(stream, consumer));
  return heard ? listFacts(heard) : [];
}

function caseText({ sequence, deliveries, putBack, ended }: Case, others: number): string {
  const delivered = `Sequence ${countText(sequence)} was delivered ${timesText(deliveries)}`;
  const how =
    ended === "given-up"
      ? " and then given up"
      : ended === "terminated"
        ? " and then terminated by its reader"
        : ended === "acknowledged"
          ? " before it was acknowledged"
          : putBack >= deliveries
            ? " and put back each time"
            : putBack > 0
              ? `, and put back at least ${timesText(putBack)}`
              : "";
  const more = others === 0 ? "" : ` ${countOf(others, "other message")} came again too.`;
  return `${delivered}${how}.${more}`;
}

/** None of them has come again so far. */
function putBackText(count: number): string {
  const most = count >= MOST_CASES ? "At least " : "";
  return `${most}${countOf(count, "message")} ${count === 1 ? "was" : "were"} put back after one delivery.`;
}

function guessText({ again, floor }: HeardOf): string | null {
  if (again === 0 || Number.isNaN(floor)) return null;
  return `Messages after sequence ${countText(floor)} were delivered again at least ${timesText(again)} in the last minute.`;
}

const GROUP = "Messages heard of";

function listFacts({ cases, acks, ackTotalMs, ackMaxMs }: HeardOf): readonly SourceFact[] {
  const worst = cases.filter(({ ended }) => ended === null).sort((a, b) => b.deliveries - a.deliveries);
  const lost = cases.filter(({ ended }) => ended === "given-up" || ended === "terminated");
  const facts: SourceFact[] = [];
  if (worst.length > 0) {
    facts.push({
      group: GROUP,
      label: "Delivered again",
      value: worst
        .slice(0, 3)
        .map(({ sequence, deliveries }) => `sequence ${countText(sequence)}: ${timesText(deliveries)}`)
        .join(", "),
      title: "The messages with the most deliveries, as the server's advisories tell them",
    });
  }
  if (lost.length > 0) {
    facts.push({
      group: GROUP,
      label: "Given up",
      value: {
        kind: "count",
        value: lost.length,
        of: `{} message${lost.length === 1 ? "" : "s"}, the last one sequence ${countText(lost.at(-1)!.sequence)}`,
      },
      title: "Messages that reached their last delivery or were terminated, in the last ten minutes",
    });
  }
  if (acks > 0) {
    const mean = ackTotalMs / acks;
    facts.push({
      group: GROUP,
      label: "Time to acknowledge",
      value: { kind: "duration", value: mean, of: `{} on average, ${formatDuration(ackMaxMs)} at most` },
      title: `From delivery to acknowledgement, of the ${countText(acks)} that the server sampled`,
    });
  }
  return facts;
}
