import { Command } from "commander";
import { startLocalNats } from "../brokers/index.ts";
import { connectBrowsers, type Received, VIEWS, type View } from "./browsers.ts";
import { answerEach, startPart, stopPart } from "./child.ts";
import { CONSUMERS, fillConsumers, keepConsumersMoving } from "./many-consumers.ts";
import { pairedRatio } from "./paired.ts";
import { measureTurn, type PushFigures, type Stoppable } from "./push-turn.ts";
import { atMost, type Metric, median, report, told } from "./report.ts";

/**
 * What it costs to show 15,000 consumers to 150 browsers: bytes, CPU of the server, main thread of a browser. A hundredth
 * of the consumers move, and a fifth of those on the page that is looked at. With `--against` another build takes turns.
 */
const options = new Command("push")
  .option("--seconds <n>", "how long each part of a turn is measured", Number, 30)
  .option("--turns <n>", "turns of each build", Number, 3)
  .option("--against <folder>", "take turns with the build that is there")
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--address <url>", "for the bench itself")
  .parse()
  .opts<{
    seconds: number;
    turns: number;
    against?: string;
    json: boolean;
    part?: string;
    address?: string;
  }>();

/** Of the other build's figure. */
const HOLDS = { bytes: 0.17, cpu: 0.25, render: 0.34 };

const say = (line: string) => void process.stderr.write(`${line}\n`);

// Parts go with the bench, however it ends.
if (options.part !== undefined) process.on("disconnect", () => process.exit());
switch (options.part) {
  case "mover":
    await keepConsumersMoving(options.address!);
    break;
  case "browsers":
    beBrowsers(options.address!);
    break;
  default:
    await main();
}

function beBrowsers(url: string): void {
  let received: (() => Readonly<Record<View, Received>>) | undefined;
  answerEach(async (question) => {
    if (question === "connect") received = await connectBrowsers(url);
    return received!();
  });
}

async function main(): Promise<void> {
  const started: Promise<Stoppable>[] = [];
  const keep = <T extends Stoppable>(starting: Promise<T>): Promise<T> => {
    started.push(starting);
    return starting;
  };
  // Also what is still starting, and the last first: the servers before what they watch.
  const endAll = async () => {
    for (const one of started.splice(0).toReversed()) {
      await one.then((running) => running.stop()).catch((error) => say(String(error)));
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void endAll().then(() => process.exit(1)));
  }
  try {
    say(`Starting nats-server and filling it: ${CONSUMERS.toLocaleString("en-US")} consumers …`);
    const nats = await keep(startLocalNats());
    await fillConsumers(nats.address);
    await keep(Promise.resolve(startPartAt("mover", nats.address)));
    const source = `{ id: bench, kind: nats, servers: ["${nats.address}"] }`;
    const figures = await takeTurns((build) =>
      measureTurn({
        seconds: options.seconds,
        source,
        build,
        keep,
        startBrowsers: (url) => startPartAt("browsers", url),
      }),
    );
    report("push", [told("consumers", CONSUMERS, ""), ...metricsOf(figures)], options.json);
  } finally {
    await endAll();
  }
}

function startPartAt(name: string, address: string) {
  const part = startPart(import.meta.url, name, [`--address=${address}`]);
  return { part, stop: () => stopPart(part) };
}

interface Turns {
  readonly ours: readonly PushFigures[];
  /** Empty where there is no other build. */
  readonly theirs: readonly PushFigures[];
}

/** A B, B A, A B, …: what changes slowly falls on both. */
async function takeTurns(measure: (build?: string) => Promise<PushFigures>): Promise<Turns> {
  const turns = { ours: [] as PushFigures[], theirs: [] as PushFigures[] };
  for (let turn = 0; turn < options.turns; turn++) {
    const sides = options.against === undefined ? (["ours"] as const) : (["ours", "theirs"] as const);
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      say(`Turn ${turn + 1} of ${options.turns}, ${side === "ours" ? "this" : "the other"} build …`);
      turns[side].push(await measure(side === "ours" ? undefined : options.against));
    }
  }
  return turns;
}

function bytesOf({ bytesPerSecond }: PushFigures): number {
  return VIEWS.reduce((sum, view) => sum + bytesPerSecond[view], 0);
}

/** The share of a core that is due to the browsers. */
function pushOf({ watched, alone }: PushFigures): number {
  return watched - alone;
}

function metricsOf({ ours, theirs }: Turns): Metric[] {
  const own = absolutes(ours, "");
  if (theirs.length === 0) return own;
  const ratio = (name: string, figure: (of: PushFigures) => number, hold?: number) =>
    ratioMetrics(name, pairedRatio(ours.map(figure), theirs.map(figure)), hold);
  return [
    ...ratio("ratio_bytes", bytesOf, HOLDS.bytes),
    ...ratio("ratio_cpu", pushOf, HOLDS.cpu),
    ...ratio("ratio_cpu_whole", ({ watched }) => watched),
    ...ratio("ratio_render", ({ page }) => page.task, HOLDS.render),
    ...own,
    ...absolutes(theirs, "_other"),
  ];
}

function ratioMetrics(
  name: string,
  { median, low, high }: ReturnType<typeof pairedRatio>,
  hold?: number,
): Metric[] {
  return [
    hold === undefined ? told(name, median, "×") : atMost(name, median, "×", hold),
    told(`${name}_low`, low, "×"),
    told(`${name}_high`, high, "×"),
  ];
}

function absolutes(turns: readonly PushFigures[], suffix: string): Metric[] {
  const figure = (name: string, unit: string, of: (figures: PushFigures) => number) =>
    told(`${name}${suffix}`, median(turns.map(of)), unit);
  return [
    figure("bytes_per_second", "B/s", bytesOf),
    ...VIEWS.map((view) =>
      figure(`bytes_per_second_${view}`, "B/s", ({ bytesPerSecond }) => bytesPerSecond[view]),
    ),
    ...VIEWS.map((view) =>
      figure(`deltas_per_second_${view}`, "a browser", ({ deltasPerSecond }) => deltasPerSecond[view]),
    ),
    figure("missed", "samples", ({ missed }) => missed),
    figure("cpu_alone", "% of a core", ({ alone }) => alone * 100),
    figure("cpu_watched", "% of a core", ({ watched }) => watched * 100),
    figure("cpu_push", "% of a core", (figures) => pushOf(figures) * 100),
    figure("cpu_drift", "% of a core", ({ drift }) => drift * 100),
    figure("render_task", "ms/s", ({ page }) => page.task),
    figure("render_script", "ms/s", ({ page }) => page.script),
    figure("render_layout", "ms/s", ({ page }) => page.layout),
    figure("render_style", "ms/s", ({ page }) => page.style),
  ];
}
