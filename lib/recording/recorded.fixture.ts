/** Test only: two minutes of three sources, recorded so fast that they make four segments, and pipelines to play them in. */
import type { Clock } from "../async/clock.ts";
import { Store } from "../store/store.ts";
import { addThreeSources, runTwoMinutes, type ThreeSources } from "../views/two-minutes.fixture.ts";
import type { Assembled } from "./past.ts";
import type { Recorder } from "./recorder.ts";
import type { SourcesRecorded } from "./segment.ts";

export const SOURCES: SourcesRecorded = Object.fromEntries(
  ["k", "n", "g"].map((id) => [id, { is: id, settings: {} }]),
);

/** So fast that a segment of five minutes is over after 37.5 s. */
export class FastClock implements Clock {
  private time = 0;

  setTo(at: number): void {
    this.time = at;
  }

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return this.time * 8;
  }

  after(): () => void {
    return () => {};
  }
}

/** @param look at the end of each second */
export async function recordTwoMinutes(
  recorder: Recorder,
  clock: FastClock,
  run = addThreeSources(new Store()),
  look: (second: number) => void = () => {},
): Promise<void> {
  runTwoMinutes(run, look, (entry) => {
    if (entry.kind === "sample") clock.setTo(entry.sample.finishedAt);
    recorder.write(entry);
  });
  await recorder.close();
}

export function tablesOf({ kafka, nats, grpc }: ThreeSources) {
  return [kafka, nats, grpc];
}

/** The three sources, of which nothing is known yet. */
export function assemble(): Assembled {
  const run = addThreeSources(new Store());
  return {
    store: run.store,
    pipelines: new Map(tablesOf(run).map((table) => [table.identity.id, table.pipeline])),
  };
}
