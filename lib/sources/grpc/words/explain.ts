import { exactCount } from "../../../format/index.ts";
import { nameOfCode } from "../../../model/call.ts";
import type { Status } from "../../../model/status.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { countOf } from "../../event-text.ts";
import type { BookedCall } from "../book/booked.ts";
import { callBacklog, oldestWaitingAt } from "../book/flow.ts";
import { endedOf } from "../rows/ended-lately.ts";
import type { ShownPeer } from "../rows/shown.ts";
import type { Sight } from "../rows/sight.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { explainGone, explainWaiting, nameOfCall, readsStill, sentenceCase } from "./call-text.ts";

/**
 * What only the process knows of why a peer of a method has this status, as a sentence that follows the general one;
 * null: nothing to add.
 */
export function explainPeer(
  peer: ShownPeer,
  status: Status,
  sight: Sight,
  backends: readonly BackendFindings[],
): string | null {
  switch (status) {
    case "stalled":
      // A slow reader beside it may have older messages waiting, and is not what is asked about.
      return explainWorst(peer, sight, (flags, call) => flags === 0 && !readsStill(call));
    case "blocked":
      return explainWorst(peer, sight, (flags) => (flags & ConsumerFlag.blocked) !== 0);
    case "stopped":
      return explainStopped(peer, sight);
    case "failing":
      return explainFailing(peer, backends);
    case "behind":
      return explainWorst(peer, sight, () => true);
    case "unknown":
      return explainUnknown(peer);
    default:
      return null;
  }
}

/** Of the calls that wait and are meant, the one whose oldest message has waited longest. */
function explainWorst(
  peer: ShownPeer,
  sight: Sight,
  isMeant: (flags: number, call: BookedCall) => boolean,
): string | null {
  const waiting = callsOf(peer, sight).filter(
    (call) => callBacklog(call.peer.method.flow, call.row) > 0 && isMeant(sight.flagsOf(call), call),
  );
  const [worst] = waiting.sort((a, b) => ageOf(b) - ageOf(a));
  if (worst === undefined) return null;
  const more = waiting.length - 1;
  return `${explainWaiting(worst, sight.channelzOf(worst.process))}${
    more > 0 ? ` Messages wait in ${countOf(more, "more call")} of it.` : ""
  }`;
}

function explainStopped(peer: ShownPeer, sight: Sight): string | null {
  const gone = callsOf(peer, sight).filter((call) => (sight.flagsOf(call) & ConsumerFlag.gone) !== 0);
  const [worst] = gone.sort((a, b) => ageOf(b) - ageOf(a));
  return worst === undefined ? null : `${sentenceCase(nameOfCall(worst))}: ${explainGone(worst)}.`;
}

function explainUnknown({ parts }: ShownPeer): string | null {
  return parts.every(({ process }) => process.from === "metrics")
    ? "Metrics do not tell what waits in its calls; the process itself does, where it serves StreamHealth."
    : null;
}

function explainFailing({ method }: ShownPeer, backends: readonly BackendFindings[]): string | null {
  const now = Math.max(...method.parts.map(({ process }) => process.receivedAt));
  const { count, errorCodes } = endedOf(method.parts, backends, now);
  const [first, ...others] = errorCodes;
  if (first === undefined) return null;
  const rest = others.map(({ code, count: more }) => `${exactCount(more)} in ${nameOfCode(code)}`);
  return `${exactCount(first.count)} of ${exactCount(count)} calls ended in ${nameOfCode(first.code)}${
    rest.length > 0 ? `, ${rest.join(", ")}` : ""
  } within the last minute.`;
}

function callsOf({ parts }: ShownPeer, sight: Sight): BookedCall[] {
  return parts.flatMap(({ peer, process }) => (sight.isConfirmed(process) ? [...peer.calls.values()] : []));
}

function ageOf({ row, peer, process }: BookedCall): number {
  return process.serverTimeMs - oldestWaitingAt(peer.method.flow, row) || 0;
}
