import { exactCount } from "../format/index.ts";
import type { SourceSignal } from "../model/signal.ts";
import type { SourceFailure, SourceStatus } from "../model/source.ts";
import type { Verdict } from "../model/status.ts";
import { worstOf } from "./stream-verdict.ts";

export interface SourceEvidence {
  readonly status: SourceStatus;
  /** Why it cannot be sampled now; null while it can. */
  readonly failure: SourceFailure | null;
  /** What it showed of itself in the newest sample, and what a sample that failed has learned since. */
  readonly signals: readonly SourceSignal[];
}

/** The health of a source as a whole. One that cannot be reached is `unknown`, with what was learned of it before. */
export function judgeSource({ status, failure, signals }: SourceEvidence): Verdict {
  const found = signals.flatMap((signal) => verdictOf(signal) ?? []);
  switch (status) {
    case "lost":
    case "refused":
      found.unshift({
        status: "unknown",
        severity: "critical",
        because: failure === null ? "It cannot be sampled." : `Not sampled: ${failure.message}`,
      });
      break;
    case "late":
      found.unshift({
        status: "unknown",
        severity: "warning",
        because: "It answers too slowly: its last sample is old.",
      });
      break;
    case "waiting":
      return { status: "unknown", severity: "unknown", because: "Not sampled yet." };
    case "live":
      break;
  }
  if (found.length === 0)
    return { status: "ok", severity: "good", because: "It answers, and nothing is wrong with it." };
  return worstOf(found);
}

function verdictOf(signal: SourceSignal): Verdict | null {
  switch (signal.kind) {
    case "health":
      return {
        status: "not-serving",
        severity: "critical",
        because: `Its health service says ${signal.says} for ${signal.service === "" ? "the server as a whole" : signal.service}.`,
      };
    case "members": {
      const { what, expected, serving, missing } = signal;
      if (serving >= expected) return null;
      const who =
        missing.length === 0 ? "" : `: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`;
      const counted = `${exactCount(serving)} of ${exactCount(expected)} ${what}${expected === 1 ? "" : endingOf(what)}`;
      return serving === 0
        ? { status: "not-serving", severity: "critical", because: `${counted} serve${who}.` }
        : {
            status: "degraded",
            severity: "warning",
            because: `${counted} serve${serving === 1 ? "s" : ""}${who}.`,
          };
    }
    case "quorum":
      return signal.leader
        ? null
        : { status: "degraded", severity: "critical", because: `The ${signal.what} has no leader.` };
    case "copies": {
      const { behind, leaderless } = signal;
      if (leaderless > 0) {
        return {
          status: "degraded",
          severity: "critical",
          because: `${exactCount(leaderless)} ${leaderless === 1 ? "lane has" : "lanes have"} no leader: nobody can read or write there.`,
        };
      }
      return behind > 0
        ? {
            status: "degraded",
            severity: "warning",
            because: `${exactCount(behind)} ${behind === 1 ? "lane has" : "lanes have"} fewer copies in sync than set.`,
          }
        : null;
    }
  }
}

function endingOf(what: string): string {
  return what.endsWith("s") ? "es" : "s";
}
