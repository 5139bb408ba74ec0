import { describe, expect, it } from "vitest";
import type { SourceSignal } from "../model/signal.ts";
import type { SourceFailure, SourceStatus } from "../model/source.ts";
import type { Severity, Status } from "../model/status.ts";
import { judgeSource } from "./source-verdict.ts";

const failure: SourceFailure = {
  code: "UNREACHABLE",
  message: "127.0.0.1:9092 refused the connection.",
  hint: "",
  at: 0,
  nextTryAt: null,
  attempts: 1,
};
const members = (serving: number, missing: readonly string[]): SourceSignal => ({
  kind: "members",
  what: "address",
  expected: 2,
  serving,
  missing,
});

describe("judgeSource: the specification", () => {
  it.each<[Status, Severity, string, SourceStatus, readonly SourceSignal[]]>([
    ["ok", "good", "It answers, and nothing is wrong with it.", "live", []],
    ["ok", "good", "It answers, and nothing is wrong with it.", "live", [members(2, [])]],
    ["unknown", "unknown", "Not sampled yet.", "waiting", []],
    ["unknown", "warning", "It answers too slowly: its last sample is old.", "late", []],
    ["unknown", "critical", "Not sampled: 127.0.0.1:9092 refused the connection.", "lost", []],
    [
      "degraded",
      "warning",
      "1 of 2 addresses serves: 10.0.0.2 is missing.",
      "live",
      [members(1, ["10.0.0.2"])],
    ],
    [
      "not-serving",
      "critical",
      "0 of 2 addresses serve: a, b are missing.",
      "live",
      [members(0, ["a", "b"])],
    ],
    [
      "not-serving",
      "critical",
      "Its health service says NOT_SERVING for the server as a whole.",
      "live",
      [{ kind: "health", service: "", says: "NOT_SERVING" }],
    ],
    [
      "degraded",
      "critical",
      "The controller has no leader.",
      "live",
      [{ kind: "quorum", what: "controller", leader: false }],
    ],
    [
      "ok",
      "good",
      "It answers, and nothing is wrong with it.",
      "live",
      [{ kind: "quorum", what: "controller", leader: true }],
    ],
    [
      "degraded",
      "warning",
      "3 lanes have fewer copies in sync than set.",
      "live",
      [{ kind: "copies", behind: 3, leaderless: 0 }],
    ],
    [
      "degraded",
      "critical",
      "1 lane has no leader: nobody can read or write there.",
      "live",
      [{ kind: "copies", behind: 3, leaderless: 1 }],
    ],
  ])("%s (%s): %s", (status, severity, because, sourceStatus, signals) => {
    expect(
      judgeSource({ status: sourceStatus, failure: sourceStatus === "lost" ? failure : null, signals }),
    ).toEqual({
      status,
      severity,
      because,
    });
  });

  it("tells of a lost source what was heard of it before", () => {
    const found = judgeSource({
      status: "lost",
      failure,
      signals: [{ kind: "health", service: "", says: "NOT_SERVING" }],
    });
    expect(found.severity).toBe("critical");
    expect(found.because).toContain("NOT_SERVING");
    expect(found.because).toContain("refused the connection");
  });
});
