import { clockTelling } from "../lib/async/clock-telling.fixture.ts";
import { createNatsCollector } from "../lib/sources/nats/index.ts";
import { NATS } from "../lib/sources/nats/source.ts";
import { ownCpuMs } from "./process-cost.ts";
import { createSampler, type Sampler } from "./sampler.ts";

/** So far apart, every consumer is asked for again, also where nothing moves. */
const ALL_DUE_MS = 5_000;

/** Every stream and every consumer, every time: it believes that samples lie that far apart. */
export function createJetStreamSampler(address: string): Sampler {
  let aheadMs = 0;
  const collector = createNatsCollector({
    id: "bench",
    servers: [address],
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    clock: clockTelling(() => Date.now() + aheadMs),
  });
  const { sample, close } = createSampler(NATS, collector, address);
  return {
    sample() {
      aheadMs += ALL_DUE_MS;
      return sample();
    },
    close,
  };
}

export interface JszFigures {
  readonly consumers: number;
  readonly bytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

interface JszAnswer {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly consumer_detail?: readonly unknown[] }[];
  }[];
}

/** What exporters do at every scrape: all of it from the monitoring endpoint, parsed. */
export async function fetchJsz(monitoring: string): Promise<JszFigures> {
  const [wall, cpu] = [performance.now(), ownCpuMs()];
  const text = await (await fetch(`${monitoring}/jsz?streams=true&consumers=true&config=true`)).text();
  const { account_details = [] } = JSON.parse(text) as JszAnswer;
  const [wallMs, cpuMs] = [performance.now() - wall, ownCpuMs() - cpu];
  const streams = account_details.flatMap(({ stream_detail = [] }) => stream_detail);
  const consumers = streams.reduce((sum, { consumer_detail = [] }) => sum + consumer_detail.length, 0);
  return { consumers, bytes: text.length, wallMs, cpuMs };
}
