import { exactBacklog, exactCount, formatBytes, formatDuration } from "../format/index.ts";
import type { EpochMs } from "../model/reading.ts";
import type { StreamSignal } from "../model/signal.ts";
import { severityRank, statusRank, type Verdict } from "../model/status.ts";

/** A limit that refuses is told from this share of it on. */
const NEARLY_FULL = 0.9;

/** What is known of a stream: its system's signals, and whether anything is in it or moves. */
export interface StreamEvidence {
  readonly now: EpochMs;
  readonly signals: readonly StreamSignal[];
  /** Messages a second into it, NaN: not known. */
  readonly inPerSecond: number;
}

/** The worst of what is known of a stream, with its sentence; several findings are told together, worst first. */
export function judgeStream({ now, signals, inPerSecond }: StreamEvidence): Verdict {
  const found = signals.flatMap((signal) => verdictOf(signal, now) ?? []);
  if (found.length > 0) return worstOf(found);
  if (inPerSecond > 0)
    return { status: "ok", severity: "good", because: "Takes messages; nothing is wrong with it." };
  return { status: "idle", severity: "good", because: "Nothing arrives; nothing is wrong with it." };
}

/** Several verdicts of one entity: the worst one's status, and all of their sentences. */
export function worstOf(found: readonly Verdict[]): Verdict {
  const sorted = found.toSorted(
    (a, b) =>
      severityRank(a.severity) - severityRank(b.severity) || statusRank(a.status) - statusRank(b.status),
  );
  return { ...sorted[0]!, because: sorted.map(({ because }) => because).join(" ") };
}

function verdictOf(signal: StreamSignal, now: EpochMs): Verdict | null {
  switch (signal.kind) {
    case "limit":
      return judgeLimit(signal);
    case "unread":
      return judgeUnread(signal);
    case "given-up":
      return {
        status: "given-up",
        severity: "warning",
        because: `${exactBacklog(signal.messages, "messages")} ${signal.messages === 1 ? "was" : "were"} given up by ${signal.by}, last at ${clockText(signal.lastAt)}, and ${signal.messages === 1 ? "stays" : "stay"} until somebody clears ${signal.messages === 1 ? "it" : "them"}.`,
      };
    case "copies":
      return judgeCopies(signal);
    case "origin":
      return {
        status: "cut-off",
        severity: "critical",
        because:
          signal.trouble === "remade"
            ? `${signal.origin} was deleted and made anew: this copy is of the one before and does not follow the new one.`
            : `Nothing was heard of ${signal.origin} ${
                Number.isNaN(signal.heardAt)
                  ? "ever"
                  : `for ${formatDuration(Math.max(0, now - signal.heardAt))}`
              }: how far behind it this copy is, nobody knows.`,
      };
    case "health":
      return {
        status: "not-serving",
        severity: "critical",
        because: `Its health service says ${signal.says} for ${signal.service === "" ? "the server" : signal.service}.`,
      };
  }
}

function judgeLimit({ what, held, limit, refusing }: StreamSignal & { kind: "limit" }): Verdict | null {
  const [is, of] =
    what === "bytes"
      ? [formatBytes(held), formatBytes(limit)]
      : [exactCount(held), `${exactCount(limit)} messages`];
  if (refusing) {
    return {
      status: "full",
      severity: "critical",
      because: `Full: ${is} of ${of}, and it refuses what does not fit.`,
    };
  }
  if (!(held >= limit * NEARLY_FULL)) return null;
  return {
    status: "full",
    severity: "warning",
    because: `Nearly full: ${is} of ${of}; at its limit it refuses messages.`,
  };
}

function judgeUnread({ messages, atLeast, consumers }: StreamSignal & { kind: "unread" }): Verdict {
  const amount = `${atLeast ? "at least " : ""}${exactBacklog(messages, "messages")}`;
  const whom =
    consumers === 0
      ? "and has no consumer"
      : consumers === 1
        ? "that its only consumer does not take"
        : `that none of its ${exactCount(consumers)} consumers takes`;
  return { status: "unread", severity: "warning", because: `It holds ${amount} ${whom}.` };
}

function judgeCopies({ lanes, behind, leaderless, missing }: StreamSignal & { kind: "copies" }): Verdict {
  const who = missing.length === 0 ? "" : ` (missing: ${missing.join(", ")})`;
  const of = lanes > 1 ? ` of ${exactCount(lanes)} lanes` : "";
  if (leaderless > 0) {
    return {
      status: "degraded",
      severity: "critical",
      because: `${lanes > 1 ? `${exactCount(leaderless)}${of} have` : "It has"} no leader: nobody can read or write ${lanes > 1 ? "them" : "it"}${who}.`,
    };
  }
  return {
    status: "degraded",
    severity: "warning",
    because: `${lanes > 1 ? `${exactCount(behind)}${of} have` : "It has"} fewer copies in sync than set${who}.`,
  };
}

/** UTC: the same for everybody who reads the sentence. */
function clockText(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
