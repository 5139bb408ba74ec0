import type { ChildProcess } from "node:child_process";
import { Command } from "commander";
import { type LocalBroker, startLocalNats } from "../brokers/index.ts";
import { ratioMetrics, takeSampleTurns } from "./against.ts";
import { BIG, fillCluster, keepMoving as keepKafkaMoving, startBigBroker } from "./big-cluster.ts";
import { CONSUMERS_A_STREAM, churn, fillJetStream, keepMoving, STREAMS } from "./big-jetstream.ts";
import { answerEach, askPart, resultOf, startPart, stopPart } from "./child.ts";
import { createJetStreamSampler, fetchJsz, type JszFigures } from "./jetstream-sampler.ts";
import { cpuShare, type HertzFigures, type RunningServer, startServer } from "./one-hertz.ts";
import { cpuMsOf } from "./process-cost.ts";
import { atLeast, atMost, type Metric, median, quantile, report, told } from "./report.ts";
import { measureSamples, type SampleFigures } from "./sampler.ts";

/**
 * One full sample of 500 streams with 10,000 consumers, the same through `/jsz`, Streamside itself over it at 1 Hz while
 * a tenth of the streams move, and then while ephemeral consumers come and go. Makes its own server and fills it. With
 * `--against` another build samples it in turns.
 */
const options = new Command("jetstream-sample")
  .option(
    "--minutes <n>",
    "how long to run at 1 Hz, and as long again while consumers come and go",
    Number,
    10,
  )
  .option("--rounds <n>", "samples to measure", Number, 30)
  .option("--with-kafka", "beside the big Kafka cluster of kafka-sample: for the memory of both", false)
  .option("--against <folder>", "take turns with the build that is there")
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--address <url>", "for the bench itself")
  .option("--monitoring <url>", "for the bench itself")
  .parse()
  .opts<{
    minutes: number;
    rounds: number;
    withKafka: boolean;
    against?: string;
    json: boolean;
    part?: string;
    address?: string;
    monitoring?: string;
  }>();

const CONSUMERS = STREAMS * CONSUMERS_A_STREAM;
/** Ephemeral consumers that come and go in ten minutes. */
const PASSING_IN_TEN_MINUTES = 50_000;
/** Samples that take turns with the monitoring endpoint, and as many before that do not count. */
const TURNS = 15;
const WARM_UP = 5;

const say = (line: string) => void process.stderr.write(`${line}\n`);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

switch (options.part) {
  case "streamside":
    process.send?.(await measureSamples(createJetStreamSampler(options.address!), WARM_UP, options.rounds));
    break;
  case "turns": {
    const sampler = createJetStreamSampler(options.address!);
    answerEach(async () => (await sampler.sample()).wallMs);
    break;
  }
  case "jsz":
    answerEach(() => fetchJsz(options.monitoring!));
    break;
  case "mover":
    await keepMoving(options.address!);
    break;
  case "churn":
    process.send?.(await churn(options.address!, passing(), options.minutes));
    break;
  case "kafka-mover":
    await keepKafkaMoving(options.address!, BIG);
    break;
  default:
    await main();
}

function passing(): number {
  return Math.round((PASSING_IN_TEN_MINUTES * options.minutes) / 10);
}

async function main(): Promise<void> {
  say(`Starting nats-server and filling it: ${STREAMS} streams, ${CONSUMERS} consumers …`);
  const server = await startLocalNats();
  const part = (name: string, address = server.address, script: string | URL = import.meta.url) =>
    startPart(script, name, [
      `--address=${address}`,
      `--monitoring=${server.monitoring}`,
      `--minutes=${options.minutes}`,
      `--rounds=${options.rounds}`,
    ]);
  const running: ChildProcess[] = [];
  let kafka: LocalBroker | undefined;
  const start = (name: string, address?: string) => {
    const child = part(name, address);
    running.push(child);
    return child;
  };
  try {
    await fillJetStream(server.address, say);
    await untilIdle(server.pid);
    say("Full samples, one after the other …");
    const before = cpuMsOf(server.pid);
    const full = await resultOf<SampleFigures>(part("streamside"));
    const serverMs = (cpuMsOf(server.pid) - before) / (options.rounds + WARM_UP + 1);
    if (full.known !== CONSUMERS) throw new Error(`Sampled ${full.known} consumers; there are ${CONSUMERS}.`);
    say("Taking turns with /jsz …");
    const turns = await takeTurns(start("turns"), start("jsz"));
    const figures = [...fullMetrics(full, turns), told("server_cpu_ms_full", serverMs, "ms")];
    if (options.against !== undefined) {
      say("In turns with the other build …");
      const both = await takeSampleTurns("jetstream-sample", options.against, (script) =>
        part("streamside", server.address, script),
      );
      figures.push(...ratioMetrics(both, { wall: 1, cpu: 1 }));
    }
    if (options.minutes > 0) {
      start("mover");
      const alone = await measureAlone(server.pid);
      const sources = [`{ id: bench, kind: nats, servers: ["${server.address}"] }`];
      if (options.withKafka) {
        kafka = await startBigBroker();
        await fillCluster(kafka.address, BIG, say);
        start("kafka-mover", kafka.address);
        sources.push(`{ id: kafka, kind: kafka, brokers: "${kafka.address}" }`);
      }
      const streamside = await startServer(sources);
      try {
        figures.push(...(await runAtOneHertz(streamside, server.pid, alone, jszMsOf(turns))));
        figures.push(...(await runWithChurn(streamside, () => resultOf<number>(part("churn")))));
      } finally {
        await streamside.stop();
      }
    }
    report("jetstream-sample", figures, options.json);
  } finally {
    for (const child of running) await stopPart(child);
    await kafka?.stop();
    await server.stop();
  }
}

/** What was written goes on being stored for a while, which is not the price of being watched. */
async function untilIdle(pid: number): Promise<void> {
  for (let tries = 0; tries < 60; tries++) if ((await cpuShare(pid, 1_000)) < 0.02) return;
  say("The server is still busy after a minute; its figures are too high.");
}

function jszMsOf({ jsz }: Turns): number {
  return median(jsz.map(({ wallMs }) => wallMs));
}

interface Turns {
  readonly wallMs: readonly number[];
  readonly jsz: readonly JszFigures[];
}

async function takeTurns(ours: ChildProcess, theirs: ChildProcess): Promise<Turns> {
  const wallMs: number[] = [];
  const jsz: JszFigures[] = [];
  for (let turn = 0; turn < 2 * TURNS; turn++) {
    const [sample, fetched] = [await askPart<number>(ours), await askPart<JszFigures>(theirs)];
    if (fetched.consumers !== CONSUMERS) throw new Error(`/jsz told ${fetched.consumers} consumers.`);
    if (turn < TURNS) continue;
    wallMs.push(sample);
    jsz.push(fetched);
  }
  await Promise.all([stopPart(ours), stopPart(theirs)]);
  return { wallMs, jsz };
}

function fullMetrics(full: SampleFigures, turns: Turns): Metric[] {
  const jszMs = jszMsOf(turns);
  return [
    told("positions", full.positions, ""),
    atMost("wall_ms", median(full.wallMs), "ms", 150),
    atMost("cpu_ms", median(full.cpuMs), "ms", 100),
    told("derive_ms", median(full.deriveMs), "ms"),
    told("requests", full.requests, ""),
    atMost("first_complete_ms", full.firstCompleteMs, "ms", 3_000),
    atLeast("ratio_jsz", jszMs / median(turns.wallMs), "×", 2),
    told("jsz_wall_ms", jszMs, "ms"),
    told("jsz_cpu_ms", median(turns.jsz.map(({ cpuMs }) => cpuMs)), "ms"),
    told("jsz_bytes", median(turns.jsz.map(({ bytes }) => bytes)), ""),
  ];
}

/** The server's own cost of the movement, as a share of one core. */
async function measureAlone(pid: number): Promise<number> {
  const ms = Math.min(2, options.minutes / 2) * 60_000;
  say(`The server's own cost of the movement: ${ms / 1_000} s without Streamside …`);
  await sleep(10_000);
  return cpuShare(pid, ms);
}

async function runAtOneHertz(
  streamside: RunningServer,
  pid: number,
  alone: number,
  jszMs: number,
): Promise<Metric[]> {
  say(`Streamside at 1 Hz for ${options.minutes} min …`);
  await sleep(20_000);
  const ms = options.minutes * 60_000;
  const [figures, share] = await Promise.all([streamside.watch(ms), cpuShare(pid, ms)]);
  const rss = Math.max(...figures.rssMib);
  return [
    told("hz_minutes", options.minutes, "min"),
    atMost("hz_missed", figures.missed, "samples", 0),
    told("hz_wall_ms", median(figures.wallMs), "ms"),
    // As it samples: not those that cannot have changed. The server is busier than when /jsz was fetched.
    told("ratio_jsz_hz", jszMs / median(figures.wallMs), "×"),
    atMost("wall_ms_p99", quantile(figures.wallMs, 0.99), "ms", 400),
    told("hz_requests", median(figures.requests), ""),
    told("hz_own_cpu", figures.ownShare * 100, "% of a core"),
    told("server_cpu_alone", alone * 100, "% of a core"),
    atMost("server_cpu_percent", (share - alone) * 100, "% of a core", 10),
    options.withKafka ? atMost("rss_mb", rss, "MiB", 400) : told("rss_mb", rss, "MiB"),
  ];
}

/** Ephemeral consumers come and go: neither memory nor series may grow with them. */
async function runWithChurn(streamside: RunningServer, pass: () => Promise<number>): Promise<Metric[]> {
  say(`${passing()} ephemeral consumers over ${options.minutes} min …`);
  const seriesBefore = await seriesOf(streamside);
  const [figures, passed] = await Promise.all([streamside.watch(options.minutes * 60_000), pass()]);
  // The last of them are gone from a sample soon, and what stays is a leak.
  let seriesAfter = await seriesOf(streamside);
  for (let waitedS = 0; seriesAfter > seriesBefore && waitedS < 30; waitedS++) {
    await sleep(1_000);
    seriesAfter = await seriesOf(streamside);
  }
  return [
    told("churn_consumers", passed, ""),
    atMost("churn_missed", figures.missed, "samples", 0),
    told("churn_wall_ms", median(figures.wallMs), "ms"),
    told("churn_own_cpu", figures.ownShare * 100, "% of a core"),
    atMost("churn_rss_growth", growthOf(figures) * 100, "%", 5),
    told("churn_rss_mb", Math.max(...figures.rssMib), "MiB"),
    atMost("churn_series_growth", seriesAfter - seriesBefore, "", 0),
    told("series", seriesAfter, ""),
  ];
}

/** Of the last third over the first, median against median. */
function growthOf({ rssMib }: HertzFigures): number {
  const third = Math.floor(rssMib.length / 3);
  return median(rssMib.slice(-third)) / median(rssMib.slice(0, third)) - 1;
}

/**
 * Series of `/metrics`, also those left out by the cap, which would hide any growth. While the source is late or failing
 * its series are not there: then it would be too early to count them.
 */
async function seriesOf(streamside: RunningServer): Promise<number> {
  for (;;) {
    const lines = (await streamside.scrape()).split("\n");
    if (lines.some((line) => /^streamside_source_up\{.*\} 1$/.test(line))) {
      const dropped = lines.find((line) => line.startsWith("streamside_position_series_dropped "));
      const shown = lines.filter((line) => line !== "" && !line.startsWith("#"));
      return shown.length + Number(dropped?.split(" ")[1] ?? 0);
    }
    await sleep(500);
  }
}
