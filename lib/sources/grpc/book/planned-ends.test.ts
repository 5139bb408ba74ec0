import { describe, expect, it } from "vitest";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { FakeProcess } from "../fake-process.ts";
import { explained, Reader } from "../test-reader.ts";
import { consumerOf } from "../test-target.ts";
import type { PlannedStops } from "../ways/findings.ts";

const UNAVAILABLE = 14;
const never: PlannedStops = { recycles: false, drainedAt: Number.NaN };

/** 50 streams of which each has a message waiting, and how they end. */
function fifty(process: FakeProcess, end: (id: number) => void, goingAway: boolean) {
  const reader = new Reader();
  reader.take(process.next());
  const calls = Array.from({ length: 50 }, () => process.begin("SERVER_STREAM"));
  for (const call of calls) {
    process.connect(call);
    process.write(call, 1);
  }
  reader.take(process.next());
  if (goingAway)
    for (const { id } of [...process.connections.values()]) process.connections.get(id)!.goingAway = true;
  for (const call of calls) {
    process.end(call, UNAVAILABLE);
    end(call.connectionId!);
  }
  return { reader, seen: reader.take(process.next()) };
}
const flagsOf = (seen: ReturnType<Reader["take"]>) =>
  consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.1")!.flags & ConsumerFlag.failing;

describe("calls that end with their connection", () => {
  it.each([
    ["GOAWAY sent: NO_ERROR (max_age)", 0],
    ["GOAWAY received: NO_ERROR", 0],
    ["GOAWAY sent: ENHANCE_YOUR_CALM (too_many_pings)", ConsumerFlag.failing],
    ["keepalive timeout", ConsumerFlag.failing],
    ["", ConsumerFlag.failing],
  ])("closed by %j, are failures: %i", (reason, flag) => {
    const process = new FakeProcess("one");
    const { seen } = fifty(process, (id) => process.disconnect(id, reason, 1), false);
    expect(flagsOf(seen)).toBe(flag);
    const ends = seen.events.filter(({ kind }) => kind === "call ended");
    expect(ends).toHaveLength(flag === 0 ? 0 : 1);
    if (flag !== 0) {
      expect(explained(seen, "Quotes/SERVER_STREAM ← 10.0.0.1", "failing")).toMatch(/^50 of 50 calls/);
    }
  });

  it("are none while no new calls begin on it", () => {
    const process = new FakeProcess("one");
    expect(flagsOf(fifty(process, () => {}, true).seen)).toBe(0);
  });

  it("are counted beside others that fail", () => {
    const process = new FakeProcess("one");
    const { reader } = fifty(process, (id) => process.disconnect(id, "GOAWAY sent: NO_ERROR", 1), false);
    for (let i = 0; i < 30; i++) process.end(process.begin("SERVER_STREAM"), UNAVAILABLE);
    const seen = reader.take(process.next());
    expect(flagsOf(seen)).toBe(ConsumerFlag.failing);
    // The fifty are left out.
    expect(explained(seen, "Quotes/SERVER_STREAM ← 10.0.0.1", "failing")).toMatch(/^30 of 30 calls/);
  });
});

describe("where nothing is told of connections", () => {
  const seenWith = (stops: PlannedStops, kind: "SERVER_STREAM" | "UNARY" = "SERVER_STREAM") => {
    const process = new FakeProcess("one");
    const reader = new Reader();
    reader.more.set("10.1.0.1:50051", { stops });
    reader.take(process.next());
    for (let i = 0; i < 30; i++) process.end(process.begin(kind), UNAVAILABLE);
    return consumerOf(
      reader.take(process.next()),
      kind === "UNARY" ? "Quotes/UNARY ← all callers" : "Quotes/SERVER_STREAM ← 10.0.0.1",
    )!.flags;
  };

  it("streams end with UNAVAILABLE at an address that ends connections at an age", () => {
    expect(seenWith(never)).toBe(ConsumerFlag.failing);
    expect(seenWith({ ...never, recycles: true })).toBe(0);
    // A call that is answered at once is let finish.
    expect(seenWith({ ...never, recycles: true }, "UNARY")).toBe(ConsumerFlag.failing);
  });

  it("all calls may at one that goes down in order, and a minute later none may", () => {
    expect(seenWith({ ...never, drainedAt: 1_000_000 }, "UNARY")).toBe(0);
    expect(seenWith({ ...never, drainedAt: 1_000_000 - 60_001 }, "UNARY")).toBe(ConsumerFlag.failing);
  });
});
