import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { SERIES_MEASURES } from "../lib/model/live.ts";
import { Buckets } from "../lib/recording/tiers/buckets.ts";
import { gatherRecording } from "../lib/recording/tiers/gather-recording.ts";
import { keepTiers } from "../lib/recording/tiers/keep-tiers.ts";
import { TierReader } from "../lib/recording/tiers/read-tiers.ts";
import { COUNT, cellOf, MAX, type PointKind } from "../lib/recording/tiers/tier.ts";
import { TierFile } from "../lib/recording/tiers/tier-file.ts";
import { readIndex, type TierEntry, tiersOf } from "../lib/recording/tiers/tier-index.ts";
import { assembleRecorded } from "../lib/runtime/assemble.ts";
import { ALL_TRAITS } from "../lib/sources/all-traits.ts";
import { startDemo } from "./codec-real.ts";
import { ownCpuMs } from "./process-cost.ts";
import { atMost, type Metric, quantile, report, told } from "./report.ts";

/**
 * What long series take on disk, beside what a Prometheus takes that scrapes `/metrics` in the same time, and how long one
 * of them takes to be read: of the demo while its brokers are stopped and go on, and of a week made of that.
 */
const options = new Command("history-series")
  .option("--json", "end with one line of JSON", false)
  .option("--minutes <n>", "of the demo", Number, 62)
  .option("--recording <folder>", "is measured instead of a demo that is started for it")
  .option("--prometheus <path>", "its program; without it nothing is compared", "")
  .parse()
  .opts<{ json: boolean; minutes: number; recording?: string; prometheus: string }>();

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const FOREVER = { "10s": WEEK_MS * 99, "1m": WEEK_MS * 99, "10m": WEEK_MS * 99 };
/** A broker stands for 20 s in each 6 minutes, one after the other. */
const FAULT_EACH_MS = 6 * 60_000;
const FAULT_MS = 20_000;
const READS = 40;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: string) => void process.stderr.write(`${line}\n`);
const work = mkdtempSync(join(tmpdir(), "streamside-series-"));

try {
  report("history-series", await measure(), options.json);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measure(): Promise<Metric[]> {
  const folder = join(work, "recording");
  const others: Metric[] = [];
  if (options.recording === undefined) others.push(...(await recordDemo(folder)));
  else copySegments(options.recording, folder);
  const began = ownCpuMs();
  await gatherRecording({
    folder,
    assemble: (sources) => assembleRecorded(sources, ALL_TRAITS),
    onUnread: (path, error) => say(`${path}: ${error.message}`),
  });
  const gatherMs = ownCpuMs() - began;
  const sizes = await sizesOf(folder, "10s");
  // What begins or ends within an hour is a file of its own: the fullest is as they are once it goes on for days.
  const { bytes, points } = sizes.reduce((a, b) => (a.points > b.points ? a : b));
  const prometheus = others.find(({ metric }) => metric === "prometheus_bytes");
  return [
    atMost("tier_bytes", bytes / points, "bytes a point: min, max, mean, count of a measure in 10 s", 1),
    told("tier_points", points, "in that file"),
    told(
      "tier_bytes_all",
      sum(sizes, "bytes") / sum(sizes, "points"),
      "of all files, those of part of an hour included",
    ),
    ...(prometheus === undefined
      ? []
      : [atMost("ratio_prometheus", bytes / points / prometheus.value, "of its bytes a sample", 0.5)]),
    ...others,
    told("gather_cpu_ms", gatherMs, "ms, playing all of it"),
    ...(await readTimes(folder)),
  ];
}

function copySegments(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/[/\\](tiers|incidents)([/\\]|$)/.test(path) });
}

/** What was recorded of a demo whose brokers stand still now and then, and what Prometheus made of it. */
async function recordDemo(folder: string): Promise<Metric[]> {
  const { child, url } = await startDemo();
  const prometheus = options.prometheus === "" ? null : await startPrometheus(options.prometheus, url);
  try {
    say(`The demo for ${options.minutes} minutes, with faults …`);
    const end = performance.now() + options.minutes * 60_000;
    for (let turn = 0; performance.now() < end; turn++) {
      const brokers = brokersOf(child.pid!);
      const pid = brokers[turn % brokers.length];
      if (pid !== undefined) process.kill(pid, "SIGSTOP");
      await sleep(Math.min(FAULT_MS, Math.max(0, end - performance.now())));
      if (pid !== undefined) process.kill(pid, "SIGCONT");
      await sleep(Math.min(FAULT_EACH_MS - FAULT_MS, Math.max(0, end - performance.now())));
    }
    const { dir } = (await (await fetch(`${url}/api/v1/recordings`)).json()) as { dir: string };
    copySegments(dir, folder);
    return (await prometheus?.sizes()) ?? [];
  } finally {
    await prometheus?.stop();
    child.kill("SIGINT");
    await new Promise((resolve) => child.once("exit", resolve));
  }
}

/** Java and nats-server among the children of the demo. Linux only; elsewhere nothing stands still. */
function brokersOf(parent: number): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [, name, rest] = /^\d+ \((.*)\) (.*)$/.exec(stat) ?? [];
        return /java|nats-server/.test(name ?? "") && Number(rest?.split(" ")[1]) === parent;
      });
  } catch {
    return [];
  }
}

/** A Prometheus that scrapes this every 10 s. */
async function startPrometheus(program: string, url: string) {
  const folder = join(work, "prometheus");
  const config = join(work, "prometheus.yml");
  const target = new URL(url).host;
  writeFileSync(
    config,
    `global: { scrape_interval: 10s }\nscrape_configs: [{ job_name: s, static_configs: [{ targets: ["${target}"] }] }]\n`,
  );
  const at = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${folder}`],
      ...[`--web.listen-address=${at}`, "--web.enable-admin-api"],
    ],
    { stdio: "ignore" },
  );
  return {
    /** A snapshot is a block, as all of it becomes after two hours. */
    async sizes(): Promise<Metric[]> {
      const asked = await fetch(`http://${at}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
      const { data } = (await asked.json()) as { data: { name: string } };
      const snapshot = join(folder, "snapshots", data.name);
      let [bytes, samples] = [0, 0];
      for (const block of readdirSync(snapshot)) {
        const meta = JSON.parse(readFileSync(join(snapshot, block, "meta.json"), "utf8")) as {
          stats: { numSamples: number };
        };
        samples += meta.stats.numSamples;
        bytes += readFileSync(join(snapshot, block, "index")).length;
        for (const chunk of readdirSync(join(snapshot, block, "chunks"))) {
          bytes += readFileSync(join(snapshot, block, "chunks", chunk)).length;
        }
      }
      return [
        told("prometheus_bytes", bytes / samples, "bytes a sample, with its index"),
        told("prometheus_samples", samples, ""),
      ];
    },
    async stop() {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

interface Size {
  readonly bytes: number;
  readonly points: number;
}

function sum(sizes: readonly Size[], of: keyof Size): number {
  return sizes.reduce((all, size) => all + size[of], 0);
}

/** Of the files of a tier. */
async function sizesOf(folder: string, tier: TierEntry["tier"]): Promise<Size[]> {
  const sizes: Size[] = [];
  for (const file of (await readIndex(tiersOf(folder))).files) {
    if (file.tier !== tier) continue;
    let points = 0;
    const opened = await TierFile.open(join(tiersOf(folder), file.path), file.sum);
    for await (const { points: of } of opened.entities()) {
      for (const measure of SERIES_MEASURES) {
        for (const count of of.cells[cellOf(measure) + COUNT]!) if (count > 0) points++;
      }
    }
    sizes.push({ bytes: file.bytes, points });
  }
  return sizes;
}

/** One series of an hour, and of a week that is that hour again and again. */
async function readTimes(folder: string): Promise<Metric[]> {
  const { files } = await readIndex(tiersOf(folder));
  const own = files.filter(({ tier }) => tier === "10s").sort((a, b) => b.bytes - a.bytes)[0]!;
  const hour = await TierFile.open(join(tiersOf(folder), own.path), own.sum);
  const week = join(work, "week");
  const entities: { kind: PointKind; entity: string; t: number[]; backlog: number[]; out: number[] }[] = [];
  for await (const { kind, entity, points } of hour.entities()) {
    const of = (measure: "backlog" | "out") => points.cells[cellOf(measure) + MAX]!;
    entities.push({ kind, entity, t: points.t, backlog: of("backlog"), out: of("out") });
  }
  say(`A week of ${entities.length} entities …`);
  const begin = own.from - WEEK_MS;
  const ids = { consumer: [] as string[], stream: [] as string[], system: [] as string[] };
  for (const { kind, entity } of entities) ids[kind].push(entity);
  for (let at = begin; at < begin + WEEK_MS; at += HOUR_MS) {
    const buckets = new Buckets();
    for (let step = 0; step < HOUR_MS; step += 10_000) {
      for (const kind of ["consumer", "stream", "system"] as const) {
        const of = entities.filter((each) => each.kind === kind);
        const column = (values: (each: (typeof entities)[number]) => number[]) =>
          Float64Array.from(of, (each) => values(each)[step / 10_000] ?? Number.NaN);
        const columns = [column(({ out }) => out), column(({ backlog }) => backlog)];
        buckets.add("week", at + step, { kind, ids: ids[kind], measures: ["out", "backlog"], columns });
      }
    }
    await keepTiers({
      folder: week,
      buckets: buckets.all,
      until: at + HOUR_MS,
      keepMs: FOREVER,
      maxBytes: 1e12,
    });
  }
  const until = begin + WEEK_MS;
  const read = async (spanMs: number, stepMs: number, isCold: boolean) => {
    let reader = new TierReader(week, () => {});
    const times: number[] = [];
    for (let i = 0; i < READS; i++) {
      if (isCold) reader = new TierReader(week, () => {});
      const { kind, entity } = entities[i % entities.length]!;
      const asked = performance.now();
      const { t } = await reader.points({
        ...{ kind, entity, measures: ["out", "backlog"], from: until - spanMs, to: until, stepMs },
      });
      times.push(performance.now() - asked);
      if (t.length === 0) throw new Error(`Nothing was read of ${entity}.`);
    }
    return quantile(times, 0.5);
  };
  return [
    atMost("series_hour_ms", await read(HOUR_MS, 10_000, false), "ms, 360 points", 50),
    told("series_hour_ms_first", await read(HOUR_MS, 10_000, true), "ms, each from the disk"),
    atMost("series_week_ms", await read(WEEK_MS, 600_000, false), "ms, 1,008 points", 200),
    told("series_week_ms_first", await read(WEEK_MS, 600_000, true), "ms, each from the disk"),
  ];
}
