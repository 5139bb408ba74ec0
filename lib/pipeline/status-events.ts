import { exactCount, sentenceText } from "../format/index.ts";
import type { SourceEvent } from "../model/source.ts";
import { STATUSES, type Status, severityOf, statusRank } from "../model/status.ts";
import { explainConsumer } from "./explain.ts";
import type { Sampled } from "./sampled.ts";
import { NO_STATUS } from "./source-columns.ts";

const UNKNOWN = statusRank("unknown");
/** Not knowing for a moment is no news. */
const UNKNOWN_LEAST_MS = 30_000;
/** Of consumers whose status changes at once, this many are told one by one. */
const TOLD_EACH = 20;

/**
 * Changes of status that the newest sample has brought, each with what it rests on; and what is told is remembered.
 * `changes` counts them by what they led to, also those that are no event.
 */
export function statusEvents(sampled: Sampled, changes: Map<Status, number>): SourceEvent[] {
  const { columns, layout, observation } = sampled;
  const { status, statusSince, told } = columns.consumers;
  const events: SourceEvent[] = [];
  const more = new Map<number, number>();
  for (let row = 0; row < status.length; row++) {
    const now = status[row]!;
    const before = told[row]!;
    if (now === before || now === NO_STATUS) continue;
    const isFirst = before === NO_STATUS;
    if (now === UNKNOWN && (isFirst || observation.finishedAt - statusSince[row]! < UNKNOWN_LEAST_MS))
      continue;
    // An abandoned one is no news, whatever it does.
    if (sampled.limits[row]!.ignore) continue;
    told[row] = now;
    const to = STATUSES[now]!;
    if (!isFirst) changes.set(to, (changes.get(to) ?? 0) + 1);
    const severity = severityOf(to);
    // That somebody is fine when first seen is no news either, nor that nothing has arrived for a while.
    if (severity === "good" && (isFirst || severityOf(STATUSES[before]!) === "good")) continue;
    if (events.length >= TOLD_EACH) {
      more.set(now, (more.get(now) ?? 0) + 1);
      continue;
    }
    events.push({
      at: observation.finishedAt,
      began: statusSince[row]!,
      kind: "status",
      title: sentenceText(explainConsumer(sampled, row, to), sampled.observation.finishedAt),
      ...(isFirst ? {} : { before: STATUSES[before]! }),
      after: to,
      severity,
      consumerKey: layout.consumers[row]!.key,
    });
  }
  for (const [code, count] of more) {
    const after = STATUSES[code]!;
    events.push({
      at: observation.finishedAt,
      kind: "status",
      title: `${exactCount(count)} more consumers became ${after}`,
      after,
      severity: severityOf(after),
    });
  }
  return events;
}
