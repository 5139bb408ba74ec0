import { exactCount, sentenceText } from "../../format/index.ts";
import type { SourceEvent } from "../../model/source.ts";
import { STATUSES, type Status, severityOf, statusRank } from "../../model/status.ts";
import { explainConsumer } from "../explain.ts";
import { NO_STATUS } from "../memory/source-memory.ts";
import type { Sampled } from "../sampled.ts";

const UNKNOWN = statusRank("unknown");
/** Not knowing for a moment is no news. */
const UNKNOWN_LEAST_MS = 30_000;
/** Of consumers whose status changes at once, this many are told one by one. */
const TOLD_EACH = 20;

/** Changes of status: those that are worth an event, and how many there were in all, by what they led to. */
export interface StatusChanges {
  readonly events: SourceEvent[];
  readonly counts: ReadonlyMap<Status, number>;
}

/**
 * Changes of status that a sample has brought, each with what it rests on.
 *
 * @param told by consumer, the status that was told last; what is told now is remembered in it
 */
export function statusChanges(sampled: Sampled, told: Uint8Array): StatusChanges {
  const { derived, layout, sample } = sampled;
  const { status, statusSince } = derived.consumers;
  const counts = new Map<Status, number>();
  const events: SourceEvent[] = [];
  const more = new Map<number, number>();
  for (let row = 0; row < status.length; row++) {
    const now = status[row]!;
    const before = told[row]!;
    if (now === before || now === NO_STATUS) continue;
    const isFirst = before === NO_STATUS;
    if (now === UNKNOWN && (isFirst || sample.finishedAt - statusSince[row]! < UNKNOWN_LEAST_MS)) continue;
    // An abandoned one is no news, whatever it does.
    if (sampled.limits[row]!.ignore) continue;
    told[row] = now;
    const to = STATUSES[now]!;
    if (!isFirst) counts.set(to, (counts.get(to) ?? 0) + 1);
    const severity = severityOf(to);
    // That somebody is fine when first seen is no news either, nor that nothing has arrived for a while.
    if (severity === "good" && (isFirst || severityOf(STATUSES[before]!) === "good")) continue;
    if (events.length >= TOLD_EACH) {
      more.set(now, (more.get(now) ?? 0) + 1);
      continue;
    }
    events.push({
      at: sample.finishedAt,
      began: statusSince[row]!,
      kind: "status",
      title: sentenceText(explainConsumer(sampled, row, to), sampled.sample.finishedAt),
      ...(isFirst ? {} : { before: STATUSES[before]! }),
      after: to,
      severity,
      consumerKey: layout.consumers[row]!.key,
    });
  }
  for (const [code, count] of more) {
    const after = STATUSES[code]!;
    events.push({
      at: sample.finishedAt,
      kind: "status",
      title: `${exactCount(count)} more consumers became ${after}`,
      after,
      severity: severityOf(after),
    });
  }
  return { events, counts };
}
