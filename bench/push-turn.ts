import type { ChildProcess } from "node:child_process";
import { BROWSERS, firstPage, type Received, VIEWS, type View } from "./browsers.ts";
import { askPart } from "./child.ts";
import { type ChromiumPage, openPage, type PageCost } from "./chromium-page.ts";
import { CONSUMERS, FIRST_PAGE } from "./many-consumers.ts";
import { cpuShare, type RunningServer, startServer } from "./one-hertz.ts";

/** What a build costs while it is watched. */
export interface PushFigures {
  /** To all browsers of a view. */
  readonly bytesPerSecond: Readonly<Record<View, number>>;
  /** To one browser. */
  readonly deltasPerSecond: Readonly<Record<View, number>>;
  /** Turns of the server without a sample: on a machine that is too busy all figures are too low. */
  readonly missed: number;
  /** CPU of the server as a share of one core, without browsers and with them. */
  readonly alone: number;
  readonly watched: number;
  /** What the share without browsers changed by meanwhile: a cost that is not far above that is not known. */
  readonly drift: number;
  /** Of the browser's main thread, in ms a second. */
  readonly page: PageCost;
}

export interface TurnOptions {
  /** How long each part is measured. */
  readonly seconds: number;
  /** The YAML of the source. */
  readonly source: string;
  /** The folder of the build; without it, this one. */
  readonly build?: string | undefined;
  /** The browsers at this address, in a process of their own. */
  readonly startBrowsers: (url: string) => { part: ChildProcess; stop(): Promise<void> };
  /** Is handed all that is started, to end it. */
  readonly keep: <T extends Stoppable>(starting: Promise<T>) => Promise<T>;
}

export interface Stoppable {
  stop(): Promise<void>;
}

/** Until a server's code is compiled: before, it takes twice the CPU. */
const WARM_UP_MS = 30_000;
/** After browsers came or went. */
const SETTLE_MS = 10_000;
const PATIENCE_MS = 120_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A server of its own without browsers, with all of them, without them again, and then with one page in a real browser.
 * What the browsers cost is little beside what sampling does, which drifts: hence before and after.
 */
export async function measureTurn(options: TurnOptions): Promise<PushFigures> {
  const { seconds, source, build, keep } = options;
  const server = await keep(startServer([source], build));
  await until("The server knows every consumer", async () => (await firstPage(server.url)) !== null);
  await sleep(WARM_UP_MS);
  const missedBefore = await server.missed();
  const before = await measureAlone(server, seconds);
  const { watched, received } = await measureWatched(server, options);
  const after = await measureAlone(server, seconds);
  const page = await keep(openPage(`${server.url}/consumers?sort=name&limit=${FIRST_PAGE}`));
  const cost = await measurePage(page, seconds);
  const missed = (await server.missed()) - missedBefore;
  await page.stop();
  await server.stop();
  const perSecond = (figure: (of: Received, view: View) => number) =>
    Object.fromEntries(
      VIEWS.map((view) => [view, (figure(received[view], view) * 1_000) / received[view].ms]),
    ) as Record<View, number>;
  return {
    bytesPerSecond: perSecond(({ bytes }) => bytes),
    deltasPerSecond: perSecond(({ deltas }, view) => deltas / BROWSERS[view]),
    missed,
    alone: (before + after) / 2,
    watched,
    drift: Math.abs(after - before),
    page: cost,
  };
}

async function measureAlone({ pid }: RunningServer, seconds: number): Promise<number> {
  await sleep(SETTLE_MS);
  return cpuShare(pid, seconds * 1_000);
}

async function measureWatched(server: RunningServer, { seconds, startBrowsers, keep }: TurnOptions) {
  const browsers = await keep(Promise.resolve(startBrowsers(server.url)));
  await askPart(browsers.part, "connect");
  await sleep(SETTLE_MS);
  await askPart(browsers.part, "received");
  const watched = await cpuShare(server.pid, seconds * 1_000);
  const received = await askPart<Readonly<Record<View, Received>>>(browsers.part, "received");
  await browsers.stop();
  // Of a consumer that stands still there may be nothing to tell.
  const silent = VIEWS.find((view) => view !== "consumer_standing" && received[view].fewest === 0);
  if (silent !== undefined) throw new Error(`A browser on ${silent} was sent nothing in ${seconds} s.`);
  return { watched, received };
}

/** The table is shown and alive before and after. */
async function measurePage(page: ChromiumPage, seconds: number): Promise<PageCost> {
  const shown = `${FIRST_PAGE} of ${CONSUMERS.toLocaleString("en-US")}`;
  const text = () => page.evaluate<string>("document.body?.innerText ?? ''");
  await until(`The page shows ${shown}`, async () => (await text()).includes(shown));
  await sleep(SETTLE_MS);
  const table = () => page.evaluate<string>("document.querySelector('table').innerText");
  const [tableBefore, before, startedAt] = [await table(), await page.cost(), performance.now()];
  await sleep(seconds * 1_000);
  const [after, passed] = [await page.cost(), (performance.now() - startedAt) / 1_000];
  if ((await table()) === tableBefore) throw new Error(`The page did not change in ${seconds} s.`);
  const perSecond = (figure: keyof PageCost) => (after[figure] - before[figure]) / passed;
  return {
    task: perSecond("task"),
    script: perSecond("script"),
    layout: perSecond("layout"),
    style: perSecond("style"),
  };
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const startedAt = performance.now(); performance.now() - startedAt < PATIENCE_MS; ) {
    if (await isSo()) return;
    await sleep(200);
  }
  throw new Error(`Waited ${PATIENCE_MS / 1_000} s in vain: ${what}.`);
}
