import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock, settled } from "../async/manual-clock.fixture.ts";
import type { SourceFailure } from "../model/source.ts";
import type { Collector, Scope } from "../sample/collector.ts";
import { CollectorError } from "../sample/collector-error.ts";
import type { Sample } from "../sample/sample.ts";
import { nextOnGrid, type Schedule, schedule } from "./scheduler.ts";

const OBSERVATION = {} as Sample;

/** A collector whose samples take as long and end as the test says. */
class FakeCollector implements Collector {
  readonly startedAt: number[] = [];
  tookMs = 100;
  fails: () => unknown = () => undefined;
  running = 0;
  mostAtOnce = 0;
  closed = 0;
  lastSignal: AbortSignal | undefined;
  lastScope: Scope | undefined;

  constructor(private readonly clock: ManualClock) {}

  sample(signal: AbortSignal, scope?: Scope): Promise<Sample> {
    this.startedAt.push(this.clock.now());
    this.lastScope = scope;
    this.lastSignal = signal;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    return new Promise<Sample>((resolve, reject) => {
      const cancel = this.clock.after(this.tookMs, () => {
        const error = this.fails();
        if (error === undefined) resolve(OBSERVATION);
        else reject(error);
      });
      signal.addEventListener("abort", () => {
        cancel();
        reject(signal.reason);
      });
    }).finally(() => {
      this.running--;
    });
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

describe("schedule", () => {
  let clock: ManualClock;
  let collector: FakeCollector;
  let running: Schedule;
  let random: number;
  let cpu: number;
  const samples: { at: number; wallMs: number; cpuMs: number }[] = [];
  const failures: SourceFailure[] = [];
  let skips = 0;
  let scope: (() => Scope) | undefined;

  const start = (intervalMs = 1_000, timeoutMs = 5_000) => {
    running = schedule({
      collector,
      intervalMs,
      timeoutMs,
      clock,
      cpuMs: () => (cpu += 3),
      random: () => random,
      ...(scope && { scope }),
      onSample: (_observation, cost) => samples.push({ at: clock.now(), ...cost }),
      onFailure: (failure) => failures.push(failure),
      onSkip: () => skips++,
    });
  };

  beforeEach(() => {
    clock = new ManualClock(10_300);
    collector = new FakeCollector(clock);
    random = 0;
    cpu = 0;
    skips = 0;
    scope = undefined;
    samples.length = 0;
    failures.length = 0;
  });
  afterEach(() => running.close());

  it("samples now, then on multiples of the interval", async () => {
    start();
    await clock.advance(3_000);
    expect(collector.startedAt).toEqual([10_300, 11_000, 12_000, 13_000]);
    expect(samples[0]).toEqual({ at: 10_400, wallMs: 100, cpuMs: 3 });
    expect(skips).toBe(0);
  });

  it("asks for the scope of each sample right before it", async () => {
    let asked = 0;
    scope = () => ({ focus: [], unaged: [samples.length, ++asked] });
    start();
    await clock.advance(2_500);
    expect(collector.startedAt).toHaveLength(3);
    // Two samples had come in when the third was taken.
    expect(collector.lastScope).toEqual({ focus: [], unaged: [2, 3] });
  });

  it("puts every interval on the same grid", async () => {
    start(2_500);
    await clock.advance(8_000);
    expect(collector.startedAt).toEqual([10_300, 12_500, 15_000, 17_500]);
  });

  it("never runs two samples at once, and counts the turns that passed meanwhile", async () => {
    start();
    collector.tookMs = 2_250;
    await clock.advance(7_000);
    // 10.3 → 12.55 passes the turns at 11 and 12; 13 → 15.25 those at 14 and 15.
    expect(collector.startedAt).toEqual([10_300, 13_000, 16_000]);
    expect(collector.mostAtOnce).toBe(1);
    expect(skips).toBe(4);
  });

  it("takes a turn once when its timer fires a millisecond early", async () => {
    clock = new ManualClock(10_000);
    collector = new FakeCollector(clock);
    collector.tookMs = 0;
    const after = clock.after.bind(clock);
    clock.after = (delayMs, run) => after(delayMs > 1 && delayMs <= 1_001 ? delayMs - 1 : delayMs, run);
    start();
    await clock.advance(3_500);
    expect(collector.startedAt).toEqual([10_000, 10_999, 11_999, 12_999]);
    expect(skips).toBe(0);
  });

  it("aborts a sample that takes too long, as TIMEOUT", async () => {
    start(1_000, 700);
    collector.tookMs = 60_000;
    await clock.advance(700);
    expect(collector.lastSignal?.aborted).toBe(true);
    expect(failures).toEqual([
      {
        code: "TIMEOUT",
        message: "No complete answer within 0.7 s.",
        hint: expect.stringContaining("timeoutMs"),
        at: 11_000,
        nextTryAt: 12_000,
        attempts: 1,
      },
    ]);
  });

  it("leaves no timeout running behind a sample that came in time", async () => {
    start();
    await clock.advance(500);
    expect(clock.pending).toBe(1);
  });

  it("retries after 1 s, 1.5 s and then every 2 s, and says when", async () => {
    collector.tookMs = 0;
    collector.fails = () => new CollectorError("UNREACHABLE", "gone", "start it");
    start();
    await clock.advance(9_000);
    expect(failures.map(({ at }) => at - 10_300)).toEqual([0, 1_000, 2_500, 4_500, 6_500, 8_500]);
    expect(failures.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(failures.slice(0, -1).map(({ nextTryAt }) => nextTryAt)).toEqual(
      failures.slice(1).map((f) => f.at),
    );
    expect(failures[0]).toMatchObject({ code: "UNREACHABLE", message: "gone", hint: "start it" });
  });

  it("spreads retries upwards only: never closer than a second", async () => {
    random = 0.999;
    collector.tookMs = 0;
    collector.fails = () => new CollectorError("UNREACHABLE", "gone", "start it");
    start();
    await clock.advance(20_000);
    const gaps = collector.startedAt.slice(1).map((at, i) => at - collector.startedAt[i]!);
    expect(Math.min(...gaps)).toBeGreaterThan(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2_100);
  });

  it("goes back to the grid after a success and begins anew with the retries", async () => {
    let failing = true;
    collector.fails = () => (failing ? new CollectorError("UNREACHABLE", "gone", "start it") : undefined);
    start();
    await clock.advance(1_150); // failed at 10.4, trying again at 11.4
    failing = false;
    await clock.advance(1_600);
    expect(collector.startedAt).toEqual([10_300, 11_400, 12_000, 13_000]);
    failing = true;
    await clock.advance(100);
    expect(failures.at(-1)).toMatchObject({ attempts: 1, nextTryAt: 14_100 });
    expect(skips).toBe(0);
  });

  it("calls any other error a defect of its own", async () => {
    collector.fails = () => new TypeError("x is not a function");
    start();
    await clock.advance(200);
    expect(failures[0]).toMatchObject({
      code: "INTERNAL",
      message: "Sampling failed unexpectedly: x is not a function",
    });
    expect(failures[0]?.hint).not.toBe("");
  });

  it("reports a sample that the store could not take as a failure, and goes on", async () => {
    start();
    samples.push = () => {
      throw new Error("store is broken");
    };
    await clock.advance(100);
    expect(failures[0]).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("store is broken"),
    });
    delete (samples as Partial<Pick<typeof samples, "push">>).push;
    await clock.advance(1_500);
    expect(samples).toHaveLength(1);
  });

  it("closes while a sample runs: aborts it, reports nothing, waits for it", async () => {
    start();
    collector.tookMs = 60_000;
    await clock.advance(10);
    const closing = running.close();
    expect(collector.lastSignal?.aborted).toBe(true);
    await closing;
    expect(collector).toMatchObject({ running: 0, closed: 1 });
    expect(failures).toEqual([]);
    expect(samples).toEqual([]);
  });

  it("takes nothing from a sample that ends after the close", async () => {
    start();
    await clock.advance(10);
    let finish = () => {};
    collector.sample = () => new Promise((resolve) => (finish = () => resolve(OBSERVATION)));
    await clock.advance(1_000);
    const closing = running.close();
    await settled();
    expect(collector.closed, "closed under a sample that still runs").toBe(0);
    finish();
    await closing;
    expect(samples).toHaveLength(1);
  });

  it("never samples again once closed", async () => {
    start();
    await clock.advance(300);
    await running.close();
    const taken = collector.startedAt.length;
    await clock.advance(10_000);
    expect(collector.startedAt).toHaveLength(taken);
    expect(clock.pending).toBe(0);
    await running.close();
    await settled();
  });
});

describe("nextOnGrid", () => {
  it.each([
    [0, 1_000, 1_000],
    [999, 1_000, 1_000],
    [1_000, 1_000, 2_000],
    [1_001, 250, 1_250],
  ])("after %i on a grid of %i comes %i", (now, interval, next) => {
    expect(nextOnGrid(now, interval)).toBe(next);
  });
});

describe("what someone looks at", () => {
  /** Counts samples of a few consumers between those of all. */
  class FocusCollector extends FakeCollector {
    readonly focusedAt: [at: number, keys: readonly string[]][] = [];
    focusTookMs = 10;
    focusFails = false;

    constructor(private readonly time: ManualClock) {
      super(time);
    }

    async sampleFocus(keys: readonly string[]): Promise<Sample> {
      this.focusedAt.push([this.time.now(), keys]);
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
      await new Promise<void>((resolve) => this.time.after(this.focusTookMs, resolve));
      this.running--;
      if (this.focusFails) throw new CollectorError("TIMEOUT", "late", "");
      return OBSERVATION;
    }
  }

  async function run(ms: number, set: (collector: FocusCollector) => void = () => {}, keys = ["a"]) {
    const clock = new ManualClock(10_000);
    const collector = new FocusCollector(clock);
    set(collector);
    const taken: unknown[] = [];
    const told: (readonly string[])[] = [];
    const failures: SourceFailure[] = [];
    const running = schedule({
      collector,
      intervalMs: 1_000,
      timeoutMs: 5_000,
      clock,
      cpuMs: () => 0,
      random: () => 0,
      focus: () => keys,
      onSample: (observation) => taken.push(observation),
      onFocus: (_observation, consumerKeys) => told.push(consumerKeys),
      onFailure: (failure) => failures.push(failure),
      onSkip: () => {},
    });
    await clock.advance(ms);
    await running.close();
    return { collector, taken, told, failures };
  }
  const times = ({ focusedAt }: FocusCollector) => focusedAt.map(([at]) => at);

  it("is sampled every 250 ms between the samples of all, which keep their turns", async () => {
    const { collector, told } = await run(2_000);
    expect(collector.startedAt).toEqual([10_000, 11_000, 12_000]);
    expect(times(collector)).toEqual([10_250, 10_500, 10_750, 11_250, 11_500, 11_750]);
    expect(collector.mostAtOnce).toBe(1);
    expect(told).toEqual(Array.from({ length: 6 }, () => ["a"]));
  });

  it("costs nothing while nobody looks", async () => {
    expect(times((await run(3_000, () => {}, [])).collector)).toEqual([]);
  });

  it("is left alone for 5 s where it is slow, so that the rest does not wait for it", async () => {
    const { collector } = await run(7_000, (slow) => {
      slow.focusTookMs = 400;
    });
    expect(times(collector)).toEqual([10_250, 16_250]);
    expect(collector.startedAt).toEqual([10_000, 11_000, 12_000, 13_000, 14_000, 15_000, 16_000, 17_000]);
  });

  it("is left alone for 5 s where it fails, and its failure is none of the source", async () => {
    const { collector, failures, told } = await run(4_000, (failing) => {
      failing.focusFails = true;
    });
    expect(times(collector)).toEqual([10_250]);
    expect([failures, told]).toEqual([[], []]);
    expect(collector.startedAt).toHaveLength(5);
  });

  it("is not tried while the source is lost", async () => {
    const { collector } = await run(3_000, (lost) => {
      lost.fails = () => new CollectorError("UNREACHABLE", "gone", "");
    });
    expect(times(collector)).toEqual([]);
  });
});
