import { SourcePipeline } from "../lib/pipeline/source-pipeline.ts";
import type { Collector } from "../lib/sample/collector.ts";
import type { Sample } from "../lib/sample/sample.ts";
import type { SourceKind } from "../lib/sources/definition.ts";
import { SourceTable } from "../lib/store/source-table.ts";
import { ownCpuMs } from "./process-cost.ts";

export interface SampleFigures {
  readonly positions: number;
  /** Those that were told in the last sample itself. */
  readonly known: number;
  readonly firstCompleteMs: number;
  readonly requests: number;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  /** The part of the wall time that is ours alone: derived readings from an observation. */
  readonly deriveMs: readonly number[];
}

export interface Sampler {
  sample(): Promise<{ observation: Sample; wallMs: number; cpuMs: number; deriveMs: number }>;
  close(): Promise<void>;
}

/** A collector of that kind and the table its samples go to: every sample goes from the requests to derived readings. */
export function createSampler(kind: SourceKind, collector: Collector, address: string): Sampler {
  const about = {
    identity: { id: "bench", kind: kind.id, name: "bench" },
    intervalMs: 1_000,
  };
  const pipeline = new SourcePipeline({
    ...about,
    words: kind.words,
    usualLimits: kind.limits,
    hasSettablePositions: kind.hasSettablePositions,
  });
  pipeline.addSink(new SourceTable({ ...about, address }));
  const never = new AbortController().signal;
  return {
    async sample() {
      const [wall, cpu] = [performance.now(), ownCpuMs()];
      const observation = await collector.sample(never);
      const derive = performance.now();
      pipeline.accept(observation, { wallMs: 0, cpuMs: 0 });
      const end = performance.now();
      return { observation, wallMs: end - wall, cpuMs: ownCpuMs() - cpu, deriveMs: end - derive };
    },
    close: () => collector.close(),
  };
}

/** Samples one after the other, the first ones not counted. Closes the sampler. */
export async function measureSamples(
  sampler: Sampler,
  warmUp: number,
  rounds: number,
): Promise<SampleFigures> {
  const startedAt = performance.now();
  let last = await sampler.sample();
  const firstCompleteMs = performance.now() - startedAt;
  for (let n = 0; n < warmUp; n++) last = await sampler.sample();
  const figures = { wallMs: [] as number[], cpuMs: [] as number[], deriveMs: [] as number[] };
  for (let n = 0; n < rounds; n++) {
    last = await sampler.sample();
    figures.wallMs.push(last.wallMs);
    figures.cpuMs.push(last.cpuMs);
    figures.deriveMs.push(last.deriveMs);
  }
  await sampler.close();
  return {
    ...countPositions(last.observation),
    firstCompleteMs,
    requests: last.observation.cost.requests,
    ...figures,
  };
}

function countPositions({ startedAt, positions: { position, asOf } }: Sample) {
  return {
    positions: position.length,
    known: position.reduce((sum, at, row) => sum + (!Number.isNaN(at) && asOf[row]! >= startedAt ? 1 : 0), 0),
  };
}
