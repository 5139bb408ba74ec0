import type { ChildProcess } from "node:child_process";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { BIG, fillCluster, keepMoving, startBigBroker } from "./big-cluster.ts";
import { startPart, stopPart } from "./child.ts";
import { startDemo } from "./codec-real.ts";
import { startServer } from "./one-hertz.ts";
import { atMost, type Metric, quantile, report, told } from "./report.ts";

/**
 * How long a page of a moment that is over takes: of the demo after a while, and of a broker with 184,000 positions, over
 * HTTP, from the question to the first byte. Each moment is before all that were asked for, so that none of what was read
 * for them can be gone on from.
 */
const options = new Command("history-page")
  .option("--json", "end with one line of JSON", false)
  .option("--minutes <n>", "of the demo before it is asked", Number, 16)
  .option("--of <what>", "demo or big; both where left out")
  .option("--part <name>", "for the bench itself")
  .option("--address <host:port>", "for the bench itself")
  .parse()
  .opts<{ json: boolean; minutes: number; of?: string; part?: string; address?: string }>();

const MOMENTS = 12;
const APART_MS = 20_000;
const BIG_SECONDS = 120;
const BIG_MOMENTS = 5;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: string) => void process.stderr.write(`${line}\n`);

if (options.part === "mover") await keepMoving(options.address!, BIG);
else await main();

async function main(): Promise<void> {
  const demo = options.of === "big" ? [] : await ofDemo();
  const big = options.of === "demo" ? [] : await ofBig();
  report("history-page", [...demo, ...big], options.json);
}

async function ofDemo(): Promise<Metric[]> {
  const { child, url } = await startDemo();
  try {
    say(`The demo for ${options.minutes} minutes …`);
    await sleep(options.minutes * 60_000);
    const newest = Date.now() - 10_000;
    const first = await pageMs(url, newest);
    const pages: number[] = [];
    const again: number[] = [];
    const next: number[] = [];
    const before: number[] = [];
    for (let i = 1; i <= MOMENTS; i++) {
      const at = newest - i * APART_MS;
      pages.push(await pageMs(url, at));
      again.push(await pageMs(url, at, "consumers"));
      next.push(await pageMs(url, at + 1_000));
      before.push(await pageMs(url, at - 1_000));
    }
    return [
      atMost("page_ms", quantile(pages, 0.5), "ms", 300),
      told("page_ms_first", first, "ms, the reader being started"),
      told("page_ms_worst", Math.max(...pages), "ms"),
      told("page_ms_again", quantile(again, 0.5), "ms, another page of the same moment"),
      told("page_ms_next", quantile(next, 0.5), "ms, a second later"),
      told("page_ms_before", quantile(before, 0.5), "ms, a second earlier"),
    ];
  } finally {
    await stopPart(child);
  }
}

async function ofBig(): Promise<Metric[]> {
  const broker = await startBigBroker();
  let mover: ChildProcess | undefined;
  try {
    await fillCluster(broker.address, BIG, say);
    mover = startPart(pathToFileURL(process.argv[1]!), "mover", [`--address=${broker.address}`]);
    const server = await startServer([`{ id: bench, kind: kafka, brokers: "${broker.address}" }`]);
    try {
      await sleep(BIG_SECONDS * 1_000);
      const pages: number[] = [];
      for (let i = 0; i < BIG_MOMENTS; i++)
        pages.push(await pageMs(server.url, Date.now() - 5_000 - i * 9_000));
      return [
        atMost("page_big_ms", quantile(pages, 0.5), "ms", 3_000),
        told("page_big_ms_worst", Math.max(...pages), "ms"),
      ];
    } finally {
      await server.stop();
    }
  } finally {
    if (mover !== undefined) await stopPart(mover);
    await broker.stop();
  }
}

/** From the question to the first byte of the answer. */
async function pageMs(url: string, at: number, page = "overview"): Promise<number> {
  const asked = performance.now();
  const response = await fetch(`${url}/api/v1/${page}?at=${at}`);
  const ms = performance.now() - asked;
  const text = await response.text();
  if (!response.ok) throw new Error(`${page} at ${at}: ${response.status} ${text}`);
  return ms;
}
