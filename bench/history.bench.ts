import { Command } from "commander";
import { type Entry, EntryWriter } from "../lib/recording/entry.ts";
import { SegmentEncoder } from "../lib/recording/segment.ts";
import { BIG, keepMoving } from "./big-cluster.ts";
import { takeBigSamples, takeDemoSamples } from "./codec-real.ts";
import type { Chain } from "./codec-samples.ts";
import { ownCpuMs } from "./process-cost.ts";
import { atMost, report, told } from "./report.ts";

/**
 * What recording costs: bytes on disk a second, first samples of a segment included, and CPU with what is compressed on
 * other threads; of the demo, and of a broker with 184,000 positions of which a tenth moves.
 */
const options = new Command("history")
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--address <host:port>", "for the bench itself")
  .parse()
  .opts<{ json: boolean; part?: string; address?: string }>();

const DEMO_SECONDS = 60;
/** Samples that are in memory at once: 7 MiB each. */
const BIG_SAMPLES = 12;
/** Until what runs often is compiled. */
const WARM_UP_ROUNDS = 3;
/** Samples of a segment at 1 Hz. */
const IN_SEGMENT = 300;

interface RecordFigures {
  /** Of one second, on average over a segment. */
  readonly bytes: number;
  readonly firstBytes: number;
  readonly cpuMs: number;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

if (options.part === "mover") await keepMoving(options.address!, BIG);
else await main();

async function main(): Promise<void> {
  say("The demo, while its load runs …");
  const demo = await measure(await takeDemoSamples(DEMO_SECONDS));
  say("A broker with 184,000 positions …");
  const big = await measure([await takeBigSamples(BIG_SAMPLES, say)]);
  const metrics = [
    atMost("record_bytes", big.bytes, "", 60_000),
    // Once a second.
    atMost("record_cpu_percent", big.cpuMs / 10, "% of a core", 3),
    atMost("record_bytes_demo", demo.bytes, "", 1_500),
    told("record_cpu_percent_demo", demo.cpuMs / 10, "% of a core"),
    told("mb_a_day_demo", (demo.bytes * 86_400) / 1e6, "MB"),
    told("first_bytes", big.firstBytes, ""),
    told("first_bytes_demo", demo.firstBytes, ""),
  ];
  report("history", metrics, options.json);
}

/** A segment of all sources, second by second, again and again; the last time counts. */
async function measure(sources: readonly Chain[]): Promise<RecordFigures> {
  let figures: RecordFigures | undefined;
  for (let round = 0; round < WARM_UP_ROUNDS; round++) figures = await recordOnce(sources);
  return figures!;
}

async function recordOnce(sources: readonly Chain[]): Promise<RecordFigures> {
  const entries = new EntryWriter();
  const encoder = new SegmentEncoder({ startedAt: 0, run: "bench", sources: {} });
  const [bytes, cpuMs] = [[] as number[], [] as number[]];
  for (let second = 0; second < sources[0]!.length; second++) {
    const before = ownCpuMs();
    const records = sources.map((chain, source) => entries.encode(entryOf(chain, source, second)));
    records.push(entries.encode({ kind: "round", at: second }));
    bytes.push((await encoder.add(records)).length);
    cpuMs.push(ownCpuMs() - before);
  }
  encoder.close();
  const [firstBytes, ...rest] = bytes;
  return {
    bytes: (firstBytes! + (IN_SEGMENT - 1) * mean(rest)) / IN_SEGMENT,
    firstBytes: firstBytes!,
    cpuMs: mean(cpuMs.slice(1)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function entryOf(chain: Chain, source: number, second: number): Entry {
  const cost = { wallMs: 123.456, cpuMs: 12.345 };
  return { kind: "sample", source: `source-${source}`, cost, sample: chain[second]! };
}
