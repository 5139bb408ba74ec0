import type { ChildProcess } from "node:child_process";
import { Command } from "commander";
import { createGrpcCollector } from "../lib/sources/grpc/index.ts";
import { GRPC } from "../lib/sources/grpc/source.ts";
import { answerEach, askPart, startPart, stopPart } from "./child.ts";
import { CALLS, openMany } from "./live-calls.ts";
import { runPart } from "./overhead-parts.ts";
import { ownCpuMs } from "./process-cost.ts";
import { atMost, type Metric, median, quantile, report, told } from "./report.ts";
import { createSampler } from "./sampler.ts";

/** A sample a second of one target with 10,000 live streaming calls, while all are idle and while a tenth moves. */
const options = new Command("grpc-sample")
  .option("--samples <n>", "samples of each", Number, 20)
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--instrumented", "for the bench itself", false)
  .option("--address <address>", "for the bench itself", "")
  .parse()
  .opts<{ samples: number; json: boolean; part?: string; instrumented: boolean; address: string }>();

interface HertzSamples {
  readonly known: number;
  readonly wallMs: readonly number[];
  /** All that the process took from one sample to the next: most comes in and is read between samples. */
  readonly cpuMs: readonly number[];
  readonly deriveMs: readonly number[];
  readonly rssMib: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: string) => void process.stderr.write(`${line}\n`);

if (options.part === undefined) await main();
else if (options.part === "sampler") beSampler();
else await runPart(options.part, options.address, options.instrumented, "");

function beSampler(): void {
  process.on("SIGTERM", () => process.exit());
  process.on("disconnect", () => process.exit());
  const collector = createGrpcCollector({
    id: "bench",
    target: options.address,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
  });
  const sampler = createSampler(GRPC, collector, options.address);
  answerEach(async (samples): Promise<HertzSamples> => {
    const figures = { wallMs: [] as number[], cpuMs: [] as number[], deriveMs: [] as number[] };
    let known = 0;
    for (let n = 0; n < Number(samples); n++) {
      const cpu = ownCpuMs();
      await sleep(1_000);
      const { observation, wallMs, deriveMs } = await sampler.sample();
      known = observation.positions.position.reduce((sum, at) => sum + (Number.isNaN(at) ? 0 : 1), 0);
      figures.wallMs.push(wallMs);
      figures.deriveMs.push(deriveMs);
      figures.cpuMs.push(ownCpuMs() - cpu);
    }
    return { known, ...figures, rssMib: process.memoryUsage.rss() / 2 ** 20 };
  });
}

async function main(): Promise<void> {
  const parts: ChildProcess[] = [];
  const start = (part: string, args: readonly string[]) => {
    const child = startPart(import.meta.url, part, args);
    parts.push(child);
    return child;
  };
  try {
    const server = start("server", ["--instrumented"]);
    say(`Opening ${CALLS} calls …`);
    const calls = await openMany(server);
    const sampler = start("sampler", [`--address=${await askPart<string>(server, "address")}`]);
    // Until all calls are known and code is compiled.
    await askPart(sampler, "8");
    const measure = async (what: string): Promise<Metric[]> => {
      say(`${what}, ${options.samples} samples …`);
      const { wallMs, cpuMs, deriveMs, known } = await askPart<HertzSamples>(
        sampler,
        String(options.samples),
      );
      if (known < CALLS) throw new Error(`Sampled ${known} calls; there are ${CALLS}.`);
      return [
        told(`${what}_wall_ms`, median(wallMs), "ms"),
        told(`${what}_wall_ms_p99`, quantile(wallMs, 0.99), "ms"),
        atMost(`${what}_cpu_ms`, median(cpuMs), "ms", 50),
        told(`${what}_derive_ms`, median(deriveMs), "ms"),
      ];
    };
    const idle = await measure("idle");
    calls.moving.start();
    const moving = await measure("moving");
    calls.moving.stop();
    const { rssMib } = await askPart<HertzSamples>(sampler, "0");
    calls.close();
    report(
      "grpc-sample",
      [told("live_calls", CALLS, ""), ...idle, ...moving, told("rss_mb", rssMib, "MiB")],
      options.json,
    );
  } finally {
    for (const part of parts.toReversed()) await stopPart(part);
  }
}
