import { describe, expect, it } from "vitest";
import type { StreamSignal } from "../model/signal.ts";
import type { Severity, Status } from "../model/status.ts";
import { judgeStream } from "./stream-verdict.ts";

const NOW = Date.UTC(2026, 0, 1, 2, 13, 0);
const judge = (signals: readonly StreamSignal[], inPerSecond = 10) =>
  judgeStream({ now: NOW, signals, inPerSecond });
const copies = { kind: "copies" as const, lanes: 1, behind: 0, leaderless: 0, missing: [] };

describe("judgeStream: the specification", () => {
  it.each<[Status, Severity, string, readonly StreamSignal[]]>([
    ["ok", "good", "Takes messages; nothing is wrong with it.", []],
    [
      "ok",
      "good",
      "Takes messages; nothing is wrong with it.",
      [{ kind: "limit", what: "messages", held: 89, limit: 100, refusing: false }],
    ],
    [
      "full",
      "warning",
      "Nearly full: 90 of 100 messages; at its limit it refuses messages.",
      [{ kind: "limit", what: "messages", held: 90, limit: 100, refusing: false }],
    ],
    [
      "full",
      "critical",
      "Full: 3 of 3 messages, and it refuses what does not fit.",
      [{ kind: "limit", what: "messages", held: 3, limit: 3, refusing: true }],
    ],
    [
      "full",
      "warning",
      "Nearly full: 960 B of 1.00 KiB; at its limit it refuses messages.",
      [{ kind: "limit", what: "bytes", held: 960, limit: 1024, refusing: false }],
    ],
    [
      "unread",
      "warning",
      "It holds 10 messages and has no consumer.",
      [{ kind: "unread", messages: 10, atLeast: false, consumers: 0 }],
    ],
    [
      "unread",
      "warning",
      "It holds 10 messages that its only consumer does not take.",
      [{ kind: "unread", messages: 10, atLeast: false, consumers: 1 }],
    ],
    [
      "unread",
      "warning",
      "It holds at least 1 message that none of its 3 consumers takes.",
      [{ kind: "unread", messages: 1, atLeast: true, consumers: 3 }],
    ],
    [
      "given-up",
      "warning",
      "2 messages were given up by worker, last at 02:12:00 UTC, and stay until somebody clears them.",
      [{ kind: "given-up", messages: 2, by: "worker", lastAt: NOW - 60_000 }],
    ],
    [
      "degraded",
      "warning",
      "It has fewer copies in sync than set (missing: n2).",
      [{ ...copies, behind: 1, missing: ["n2"] }],
    ],
    [
      "degraded",
      "warning",
      "2 of 12 lanes have fewer copies in sync than set.",
      [{ ...copies, lanes: 12, behind: 2 }],
    ],
    [
      "degraded",
      "critical",
      "It has no leader: nobody can read or write it.",
      [{ ...copies, leaderless: 1 }],
    ],
    [
      "cut-off",
      "critical",
      "Nothing was heard of ORDERS for 20.0 s: how far behind it this copy is, nobody knows.",
      [{ kind: "origin", origin: "ORDERS", trouble: "silent", heardAt: NOW - 20_000 }],
    ],
    [
      "cut-off",
      "critical",
      "Nothing was heard of ORDERS ever: how far behind it this copy is, nobody knows.",
      [{ kind: "origin", origin: "ORDERS", trouble: "silent", heardAt: Number.NaN }],
    ],
    [
      "cut-off",
      "critical",
      "ORDERS was deleted and made anew: this copy is of the one before and does not follow the new one.",
      [{ kind: "origin", origin: "ORDERS", trouble: "remade", heardAt: NOW }],
    ],
    [
      "not-serving",
      "critical",
      "Its health service says NOT_SERVING for shop.Orders.",
      [{ kind: "health", service: "shop.Orders", says: "NOT_SERVING" }],
    ],
  ])("%s (%s): %s", (status, severity, because, signals) => {
    expect(judge(signals)).toEqual({ status, severity, because });
  });

  it("is idle where nothing arrives, and where nobody knows whether anything does", () => {
    expect(judge([], 0).status).toBe("idle");
    expect(judge([], Number.NaN).status).toBe("idle");
  });

  it("tells the worst first and all of it", () => {
    const found = judge([
      { kind: "unread", messages: 10, atLeast: false, consumers: 0 },
      { kind: "limit", what: "messages", held: 10, limit: 10, refusing: true },
    ]);
    expect(found).toMatchObject({ status: "full", severity: "critical" });
    expect(found.because).toBe(
      "Full: 10 of 10 messages, and it refuses what does not fit. It holds 10 messages and has no consumer.",
    );
  });
});
