import { expect, it } from "vitest";
import type { FailedSample, SampleNews, SampleSink } from "../pipeline/sample-sink.ts";
import { type KeptSample, type Sampled, toSampled } from "../pipeline/sampled.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";
import { SourceTable } from "../store/source-table.ts";
import { Store } from "../store/store.ts";
import { CALL_WORDS } from "../store/test-calls.ts";
import { addThreeSources, everything, MOMENTS, runTwoMinutes } from "./two-minutes.fixture.ts";

/** What was handed on, as copies, in the order of time: done again, it fills another store with the same. */
type Journal = ((into: Store) => void)[];

/** A sink that keeps what the pipeline of a source hands on. */
class Recorder implements SampleSink {
  /** Each value as it is, and a copy of what it was when it was handed on. */
  readonly handedOn: { readonly value: KeptSample; readonly then: KeptSample }[] = [];

  constructor(
    private readonly id: string,
    private readonly words: SampleWords,
    private readonly journal: Journal,
  ) {}

  take(sampled: Sampled, news: SampleNews): void {
    const told = structuredClone(news);
    this.record(sampled, (table, recalled) => table.take(recalled, told));
  }

  takeFocus(sampled: Sampled, consumers: readonly number[], news: readonly number[]): void {
    this.record(sampled, (table, recalled) => table.takeFocus(recalled, consumers, news));
  }

  takeFailure(failed: FailedSample): void {
    const told = structuredClone(failed);
    this.journal.push((into) => into.sources.get(this.id)!.takeFailure(told));
  }

  takeSkip(): void {
    this.journal.push((into) => into.sources.get(this.id)!.takeSkip());
  }

  takeNote(sampled: Sampled, events: SampleNews["events"]): void {
    this.record(sampled, (table, recalled) => table.takeNote(recalled, events));
  }

  private record(
    { sample, derived, limits, usualLimits, cost }: Sampled,
    take: (table: SourceTable, recalled: Sampled) => void,
  ): void {
    const value = { sample, derived, limits, usualLimits, cost };
    const then = structuredClone(value);
    this.handedOn.push({ value, then });
    this.journal.push((into) => {
      const table = into.sources.get(this.id)!;
      take(table, toSampled(then, this.id, this.words, table.sampled));
    });
  }
}

/** Three sources that are sampled, and the journal of it. */
function live() {
  const run = addThreeSources(new Store());
  const journal: Journal = [];
  const recorders = [run.kafka, run.nats, run.grpc].map((table) => {
    const { id, kind } = table.identity;
    const recorder = new Recorder(id, kind === "grpc" ? CALL_WORDS : NO_WORDS, journal);
    table.pipeline.addSink(recorder);
    return recorder;
  });
  const twoMinutes = (look: (second: number) => void) =>
    runTwoMinutes(run, look, (entry) => {
      if (entry.kind === "round") journal.push((into) => into.tick(entry.at));
    });
  return { store: run.store, journal, recorders, twoMinutes };
}

it("a view at an instant, from samples that were kept, is the one that was live then", () => {
  const { store, journal, twoMinutes } = live();
  const moments: { at: number; steps: number; seen: ReturnType<typeof everything> }[] = [];
  twoMinutes((second) => {
    if (!MOMENTS.includes(second)) return;
    const at = second * 1_000 + 700;
    moments.push({ at, steps: journal.length, seen: structuredClone(everything(store, at)) });
  });

  for (const { at, steps, seen } of moments) {
    const past = new Store();
    for (const { identity, address, intervalMs, canPeek } of store.sources.values()) {
      past.add(new SourceTable({ identity, address, intervalMs, canPeek }));
    }
    for (const step of journal.slice(0, steps)) step(past);
    expect([at, everything(past, at)]).toEqual([at, seen]);
  }
  // And there was something to be seen.
  const troubles = moments.flatMap(({ seen }) => JSON.stringify(seen).match(/"status":"[a-z-]+"/g) ?? []);
  for (const status of ["behind", "losing", "stopped", "full", "lost", "late", "unknown"]) {
    expect(troubles).toContain(`"status":"${status}"`);
  }
});

it("nothing of a sample changes after it was handed on", () => {
  const { recorders, twoMinutes } = live();
  twoMinutes(() => {});
  for (const { handedOn } of recorders) {
    expect(handedOn.length).toBeGreaterThan(100);
    for (const { value, then } of handedOn) expect(value).toEqual(then);
  }
});
