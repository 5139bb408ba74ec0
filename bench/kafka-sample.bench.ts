import type { ChildProcess } from "node:child_process";
import { Command } from "commander";
import { ratioMetrics, takeSampleTurns } from "./against.ts";
import {
  BIG,
  type ClusterSize,
  connect,
  fillCluster,
  keepMoving,
  manyGroups,
  sampleWithKafkajs,
  startBigBroker,
} from "./big-cluster.ts";
import { resultOf, startPart, stopPart } from "./child.ts";
import { createKafkaSampler } from "./kafka-sampler.ts";
import { cpuShare, startServer } from "./one-hertz.ts";
import { cpuMsOf, ownCpuMs } from "./process-cost.ts";
import { atLeast, atMost, type Metric, median, quantile, report, told } from "./report.ts";
import { measureSamples, type SampleFigures } from "./sampler.ts";

/**
 * One full sample of a big Kafka cluster, the same through kafkajs, and Streamside itself over it at 1 Hz while a tenth
 * of the positions move. Makes its own broker and fills it. With `--against` another build samples it in turns, first
 * while everything stands and then while a tenth moves.
 */
const options = new Command("kafka-sample")
  .option("--groups <n>", "so many small groups instead of 1,000 large ones", Number)
  .option("--minutes <n>", "how long to run at 1 Hz", Number, 10)
  .option("--rounds <n>", "samples to measure", Number, 30)
  .option("--against <folder>", "take turns with the build that is there")
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--address <host:port>", "for the bench itself")
  .parse()
  .opts<{
    groups?: number;
    minutes: number;
    rounds: number;
    against?: string;
    json: boolean;
    part?: string;
    address?: string;
  }>();

const size: ClusterSize = options.groups === undefined ? BIG : manyGroups(options.groups);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

switch (options.part) {
  case "streamside":
    process.send?.(await measureSamples(createKafkaSampler(options.address!), 5, options.rounds));
    break;
  case "kafkajs":
    process.send?.(await measureKafkajs(options.address!));
    break;
  case "mover":
    await keepMoving(options.address!, size);
    break;
  default:
    await main();
}

interface KafkajsFigures {
  readonly positions: number;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

async function measureKafkajs(address: string): Promise<KafkajsFigures> {
  const admin = connect(address).admin();
  await admin.connect();
  let positions = 0;
  const figures = { wallMs: [] as number[], cpuMs: [] as number[] };
  // The first rounds are warm-up: kafkajs refreshes its metadata for every topic it sees for the first time.
  for (let round = 0; round < 8; round++) {
    const [wall, cpu] = [performance.now(), ownCpuMs()];
    positions = await sampleWithKafkajs(admin, size);
    if (round < 3) continue;
    figures.wallMs.push(performance.now() - wall);
    figures.cpuMs.push(ownCpuMs() - cpu);
  }
  await admin.disconnect();
  return { positions, ...figures };
}

async function main(): Promise<void> {
  say(
    `Starting Kafka and filling it: ${size.topics * size.partitions} partitions, ${size.groups} groups, ${
      size.groups * size.positionsPerGroup
    } positions …`,
  );
  const broker = await startBigBroker();
  const part = (name: string, script: string | URL = import.meta.url) =>
    startPart(script, name, [
      `--address=${broker.address}`,
      `--rounds=${options.rounds}`,
      ...(options.groups === undefined ? [] : [`--groups=${options.groups}`]),
    ]);
  const takeTurns = (folder: string) =>
    takeSampleTurns("kafka-sample", folder, (script) => part("streamside", script));
  const running: ChildProcess[] = [];
  try {
    await fillCluster(broker.address, size, say);
    say("Full samples, one after the other …");
    const before = cpuMsOf(broker.pid);
    const full = await resultOf<SampleFigures>(part("streamside"));
    const brokerMs = (cpuMsOf(broker.pid) - before) / (options.rounds + 6);
    if (full.known !== size.groups * size.positionsPerGroup) {
      throw new Error(
        `Sampled ${full.known} positions; ${size.groups * size.positionsPerGroup} were committed.`,
      );
    }
    say("The same through kafkajs …");
    const theirs = await resultOf<KafkajsFigures>(part("kafkajs"));
    const figures = [...fullMetrics(full, theirs), told("broker_cpu_ms_full", brokerMs, "ms")];
    if (options.against !== undefined) {
      say("In turns with the other build …");
      figures.push(...ratioMetrics(await takeTurns(options.against), { wall: 0.92, cpu: 0.9, derive: 0.5 }));
    }
    if (options.minutes > 0 || options.against !== undefined) running.push(part("mover"));
    if (options.against !== undefined) {
      say("The same while a tenth moves …");
      figures.push(...ratioMetrics(await takeTurns(options.against), {}, "moving_"));
    }
    if (options.minutes > 0) figures.push(...(await runAtOneHertz(broker.address, broker.pid)));
    report("kafka-sample", figures, options.json);
  } finally {
    for (const child of running) await stopPart(child);
    await broker.stop();
  }
}

function fullMetrics(full: SampleFigures, theirs: KafkajsFigures): Metric[] {
  const [wall, cpu] = [median(full.wallMs), median(full.cpuMs)];
  const many = options.groups !== undefined;
  return [
    told("positions", full.positions, ""),
    atMost("wall_ms", wall, "ms", many ? 500 : 150),
    many ? told("cpu_ms", cpu, "ms") : atMost("cpu_ms", cpu, "ms", 100),
    told("derive_ms", median(full.deriveMs), "ms"),
    atMost("requests", full.requests, "", 6),
    atMost("first_complete_ms", full.firstCompleteMs, "ms", 3_000),
    atLeast("ratio_kafkajs_wall", median(theirs.wallMs) / wall, "×", 4),
    atLeast("ratio_kafkajs_cpu", median(theirs.cpuMs) / cpu, "×", 6),
    told("kafkajs_wall_ms", median(theirs.wallMs), "ms"),
    told("kafkajs_cpu_ms", median(theirs.cpuMs), "ms"),
  ];
}

/** The real server over the moving cluster, and what the broker's own CPU is with and without it. */
async function runAtOneHertz(address: string, brokerPid: number): Promise<Metric[]> {
  say("The broker's own cost of the movement: 30 s without Streamside …");
  await sleep(10_000);
  const alone = await cpuShare(brokerPid, 30_000);
  say(`Streamside at 1 Hz for ${options.minutes} min …`);
  const server = await startServer([`{ id: bench, kind: kafka, brokers: "${address}" }`]);
  try {
    await sleep(20_000);
    const [figures, brokerShare] = await Promise.all([
      server.watch(options.minutes * 60_000),
      cpuShare(brokerPid, options.minutes * 60_000),
    ]);
    return [
      told("hz_minutes", options.minutes, "min"),
      atMost("hz_missed", figures.missed, "samples", 0),
      told("hz_wall_ms", median(figures.wallMs), "ms"),
      atMost("wall_ms_p99", quantile(figures.wallMs, 0.99), "ms", 400),
      told("hz_requests", median(figures.requests), ""),
      told("hz_own_cpu", figures.ownShare * 100, "% of a core"),
      told("broker_cpu_alone", alone * 100, "% of a core"),
      atMost("broker_cpu_added", (brokerShare - alone) * 100, "% of a core", 5),
      atMost("rss_mb", Math.max(...figures.rssMib), "MiB", 400),
    ];
  } finally {
    await server.stop();
  }
}
