import { createKafkaCollector } from "../lib/collectors/kafka/index.ts";
import { SourceTable } from "../lib/store/source-table.ts";
import { ownCpuMs } from "./process-cost.ts";

export interface SampleFigures {
  readonly positions: number;
  readonly known: number;
  readonly firstCompleteMs: number;
  readonly requests: number;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  /** The part of the wall time that is ours alone: derived readings from an observation. */
  readonly deriveMs: readonly number[];
}

/**
 * Full samples one after the other, from requests to derived readings: everything is asked every time, whatever the
 * budget would say.
 */
export async function sampleFully(address: string, warmUp: number, rounds: number): Promise<SampleFigures> {
  const startedAt = performance.now();
  const collector = createKafkaCollector({
    id: "bench",
    brokers: [address],
    clientId: "streamside-bench",
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    commitBudgetMs: Number.POSITIVE_INFINITY,
  });
  const table = new SourceTable({
    identity: { id: "bench", kind: "kafka", name: "bench" },
    address,
    intervalMs: 1_000,
  });
  const never = new AbortController().signal;
  const sample = async () => {
    const [wall, cpu] = [performance.now(), ownCpuMs()];
    const observation = await collector.sample(never);
    const derive = performance.now();
    table.accept(observation, { wallMs: 0, cpuMs: 0 });
    const end = performance.now();
    return { observation, wallMs: end - wall, cpuMs: ownCpuMs() - cpu, deriveMs: end - derive };
  };
  let last = await sample();
  const firstCompleteMs = performance.now() - startedAt;
  for (let n = 0; n < warmUp; n++) last = await sample();
  const figures = { wallMs: [] as number[], cpuMs: [] as number[], deriveMs: [] as number[] };
  for (let n = 0; n < rounds; n++) {
    last = await sample();
    figures.wallMs.push(last.wallMs);
    figures.cpuMs.push(last.cpuMs);
    figures.deriveMs.push(last.deriveMs);
  }
  await collector.close();
  const { positions } = last.observation;
  return {
    positions: positions.position.length,
    known: positions.position.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0),
    firstCompleteMs,
    requests: last.observation.cost.requests,
    ...figures,
  };
}
