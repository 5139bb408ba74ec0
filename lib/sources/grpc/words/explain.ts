import { exactCount } from "../../../format/index.ts";
import { nameOfCode } from "../../../model/call.ts";
import type { Status } from "../../../model/status.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { Sample } from "../../../sample/sample.ts";
import { countOf } from "../../event-text.ts";
import { callBacklog, oldestWaitingAt } from "../book/flow.ts";
import { explainGone, explainWaiting, nameOfCall, readsStill, sentenceCase } from "./call-text.ts";
import { callsOf, detailsOf, type ToldCall } from "./told-call.ts";

/**
 * What only the process knows of why a peer of a method has this status, as a sentence that follows the general one;
 * null: nothing to add.
 */
export function explainPeer(sample: Sample, consumer: number, status: Status): string | null {
  switch (status) {
    case "stalled":
      // A slow reader beside it may have older messages waiting, and is not what is asked about.
      return explainWorst(sample, consumer, (call) => call.flags === 0 && !readsStill(call));
    case "blocked":
      return explainWorst(sample, consumer, ({ flags }) => (flags & ConsumerFlag.blocked) !== 0);
    case "stopped":
      return explainStopped(sample, consumer);
    case "failing":
      return explainFailing(sample, consumer);
    case "behind":
      return explainWorst(sample, consumer, () => true);
    case "unknown":
      return explainUnknown(sample, consumer);
    default:
      return null;
  }
}

/** Of the calls that wait and are meant, the one whose oldest message has waited longest. */
function explainWorst(sample: Sample, consumer: number, isMeant: (call: ToldCall) => boolean): string | null {
  const waiting = confirmedCalls(sample, consumer).filter(
    (call) => callBacklog(call.flow, call.row) > 0 && isMeant(call),
  );
  const worst = longestWaiting(waiting);
  if (worst === undefined) return null;
  const more = waiting.length - 1;
  return `${explainWaiting(sample, worst)}${
    more > 0 ? ` Messages wait in ${countOf(more, "more call")} of it.` : ""
  }`;
}

function explainStopped(sample: Sample, consumer: number): string | null {
  const worst = longestWaiting(
    confirmedCalls(sample, consumer).filter(({ flags }) => (flags & ConsumerFlag.gone) !== 0),
  );
  return worst === undefined ? null : `${sentenceCase(nameOfCall(worst))}: ${explainGone(worst)}.`;
}

function explainUnknown(sample: Sample, consumer: number): string | null {
  return detailsOf(sample).fromMetrics[consumer] === 1
    ? "Metrics do not tell what waits in its calls; the process itself does, where it serves StreamHealth."
    : null;
}

function explainFailing(sample: Sample, consumer: number): string | null {
  const [stream = -1] = sample.layout.consumers[consumer]?.streams ?? [];
  const ended = detailsOf(sample).ended.get(stream);
  const [first, ...others] = ended?.errorCodes ?? [];
  if (ended === undefined || first === undefined) return null;
  const rest = others.map(({ code, count: more }) => `${exactCount(more)} in ${nameOfCode(code)}`);
  return `${exactCount(first.count)} of ${exactCount(ended.count)} calls ended in ${nameOfCode(first.code)}${
    rest.length > 0 ? `, ${rest.join(", ")}` : ""
  } within the last minute.`;
}

function confirmedCalls(sample: Sample, consumer: number): ToldCall[] {
  return callsOf(sample, consumer).filter(({ process }) => process.isConfirmed);
}

function longestWaiting(calls: readonly ToldCall[]): ToldCall | undefined {
  return [...calls].sort((a, b) => waitedIn(b) - waitedIn(a))[0];
}

function waitedIn({ row, flow, process }: ToldCall): number {
  return process.serverTimeMs - oldestWaitingAt(flow, row) || 0;
}
