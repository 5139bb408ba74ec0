import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stopPart } from "./child.ts";
import { cpuMsOf, rssMibOf } from "./process-cost.ts";

/** Streamside itself, as the image runs it, over one source that is sampled once a second. */
export interface RunningServer {
  readonly pid: number;
  readonly url: string;
  /** What `/metrics` tells now. */
  scrape(): Promise<string>;
  /** Turns without a sample so far. */
  missed(): Promise<number>;
  /** Watches for so long, and then tells of that time. */
  watch(ms: number): Promise<HertzFigures>;
  stop(): Promise<void>;
}

export interface HertzFigures {
  /** Turns without a sample: skipped, because the one before was still under way, or failed. */
  readonly missed: number;
  /** Of every sample that was seen, as its own API tells them. */
  readonly wallMs: readonly number[];
  readonly requests: readonly number[];
  /** Resident memory in MiB, as often. */
  readonly rssMib: readonly number[];
  /** CPU of Streamside, as a share of one core. */
  readonly ownShare: number;
}

interface SourceAnswer {
  readonly id: string;
  readonly asOf: number | null;
  readonly sample: { durationMs: number; cpuMs: number; requests: number } | null;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As the Dockerfile has it. */
const IMAGE_ENV = { NODE_ENV: "production", MALLOC_MMAP_THRESHOLD_: "65536" } as const;

/** The id of the source that is watched. */
const WATCHED = "bench";

// Not from where this file is: what benches share is bundled into chunks that lie elsewhere.
const OWN_FOLDER = join(dirname(process.argv[1]!), "..", "..");

/**
 * @param sources the YAML of its sources, one a line; the one to watch is called `bench`
 * @param build the folder of the build to run
 */
export async function startServer(sources: readonly string[], build = OWN_FOLDER): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), "streamside-bench-"));
  const config = join(folder, "streamside.yaml");
  writeFileSync(config, `sources:\n${sources.map((source) => `  - ${source}\n`).join("")}`);
  const child = spawn(process.execPath, [join(build, "dist", "server.js"), "--config", config], {
    env: { ...process.env, ...IMAGE_ENV, STREAMSIDE_PORT: "0", STREAMSIDE_DATA: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await urlOf(child);
  const pid = child.pid!;
  const scrape = async () => (await fetch(`${url}/metrics`)).text();
  const missed = async () => missedIn(await scrape());
  return {
    pid,
    url,
    scrape,
    missed,

    async watch(ms) {
      const [cpuBefore, missedBefore, startedAt] = [cpuMsOf(pid), await missed(), performance.now()];
      const figures = { wallMs: [] as number[], requests: [] as number[], rssMib: [] as number[] };
      let seen = 0;
      while (performance.now() - startedAt < ms) {
        await sleep(200);
        const answers = (await (await fetch(`${url}/api/v1/sources`)).json()) as SourceAnswer[];
        const source = answers.find(({ id }) => id === WATCHED);
        if (!source?.sample || source.asOf === null || source.asOf === seen) continue;
        seen = source.asOf;
        figures.wallMs.push(source.sample.durationMs);
        figures.requests.push(source.sample.requests);
        figures.rssMib.push(rssMibOf(pid));
      }
      const ownShare = (cpuMsOf(pid) - cpuBefore) / (performance.now() - startedAt);
      return { ...figures, ownShare, missed: (await missed()) - missedBefore };
    },

    async stop() {
      await stopPart(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The CPU that a process takes over the next while, as a share of one core. */
export async function cpuShare(pid: number, ms: number): Promise<number> {
  const [before, startedAt] = [cpuMsOf(pid), performance.now()];
  await sleep(ms);
  return (cpuMsOf(pid) - before) / (performance.now() - startedAt);
}

function missedIn(metrics: string): number {
  const missed = metrics.matchAll(/_samples_total\{[^}]*result="(?:skipped|failed)"\} (\d+)/g);
  return [...missed].reduce((sum, [, count]) => sum + Number(count), 0);
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout!.on("data", (chunk) => {
      text += chunk;
      const found = /http:\/\/[\d.:]+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.once("exit", (code) => reject(new Error(`Streamside ended with code ${code}: ${text}`)));
  });
}
