import { describe, expect, it } from "vitest";
import { UNKNOWN_READING } from "@/lib/model/reading";
import { FAILURE_CODES, type FailureCode } from "@/lib/model/source";
import type { SourceChip, SystemView } from "@/lib/model/views";
import { oldestSource, systemSize, systemState } from "./system-state";

const view = (change: Partial<SystemView> = {}): SystemView => ({
  id: "kafka",
  system: "kafka",
  status: "ok",
  inPerSecond: UNKNOWN_READING,
  duePerSecond: UNKNOWN_READING,
  outPerSecond: UNKNOWN_READING,
  backlog: UNKNOWN_READING,
  backlogPerSecond: null,
  latencyMs: UNKNOWN_READING,
  worst: null,
  asOf: null,
  calls: null,
  counts: { sources: 1, sourcesLive: 1, streams: 3, consumers: 1042 },
  failure: null,
  aside: [],
  ...change,
});
const chip = (change: Partial<SourceChip> = {}): SourceChip => ({
  id: "k",
  name: "kafka/prod",
  kind: "kafka",
  kindName: "Kafka",
  status: "live",
  asOf: 1000,
  intervalMs: 1000,
  ...change,
});
const failed = (code: FailureCode) =>
  view({ failure: { code, message: "m", hint: "h", at: 1, nextTryAt: 2, attempts: 1 } });

describe("systemState", () => {
  it("tells the reasons for an empty column apart", () => {
    expect(systemState(undefined, null).kind).toBe("connecting");
    expect(systemState(undefined, []).kind).toBe("absent");
    expect(systemState(view({ counts: { ...view().counts, sources: 0 } }), []).kind).toBe("absent");
    expect(systemState(view(), [chip({ asOf: null, status: "waiting" })]).kind).toBe("waiting");
    expect(systemState(failed("UNREACHABLE"), [chip({ status: "lost" })]).kind).toBe("lost");
    expect(systemState(failed("DENIED"), [chip({ status: "refused" })]).kind).toBe("refused");
    expect(systemState(view(), [chip()]).kind).toBe("live");
  });

  it("is live while one of several sources has been sampled", () => {
    expect(systemState(view(), [chip(), chip({ id: "l", asOf: null })]).kind).toBe("live");
  });

  it("has a state for every failure", () => {
    for (const code of FAILURE_CODES) {
      expect(["lost", "refused"]).toContain(systemState(failed(code), [chip()]).kind);
    }
  });
});

describe("oldestSource", () => {
  it("judges age by each source's own interval, and never sampled as the oldest", () => {
    const slow = chip({ id: "slow", asOf: 0, intervalMs: 30_000 });
    const late = chip({ id: "late", asOf: 20_000 });
    expect(oldestSource([slow, late], "kafka")?.id).toBe("late");
    expect(oldestSource([slow, chip({ id: "never", asOf: null })], "kafka")?.id).toBe("never");
    expect(oldestSource([slow], "grpc")).toBeNull();
  });
});

describe("systemSize", () => {
  it("counts in the system's own words", () => {
    expect(systemSize(view())).toBe("1 cluster · 1,042 groups");
    expect(systemSize(view({ system: "grpc" }))).toBe("1 target · 3 methods");
  });
});
