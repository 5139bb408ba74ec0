import type { ChildProcess } from "node:child_process";
import { Command } from "commander";
import { askPart, startPart, stopPart } from "./child.ts";
import { chatWay, type Load, pace, saturate, unaryWay } from "./echo-load.ts";
import { MESSAGE_BYTES } from "./echo-service.ts";
import { measureLiveCalls } from "./live-calls.ts";
import { runPart } from "./overhead-parts.ts";
import { figureOf, type Ratio, type Round, ratioOf, type Side, takeTurns } from "./paired.ts";
import { connectRaw, type RawClient } from "./raw-grpc.ts";
import { atLeast, atMost, type Metric, report, told } from "./report.ts";

/**
 * What it costs a gRPC service to be instrumented: servers with and without take turns under one and the same load, and
 * all figures are ratios of neighbouring rounds. `counted` is instrumented and unwatched, `watched` has two watchers
 * besides, at 250 ms and at 1 s. Throughput and CPU are measured at saturation. So is p99, where it says how long the
 * queue is; and at half the load that saturates, in an open loop, where it says how long a message takes.
 */
const options = new Command("grpc-overhead")
  .option("--rounds <n>", "rounds on each side", Number, 24)
  .option("--only <sections>", "of saturated, paced, calls, client", "saturated,paced,calls,client")
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--instrumented", "for the bench itself", false)
  .option("--address <address>", "for the bench itself", "")
  .option("--watches <list>", "for the bench itself", "")
  .parse()
  .opts<{
    rounds: number;
    only: string;
    json: boolean;
    part?: string;
    instrumented: boolean;
    address: string;
    watches: string;
  }>();

const KINDS = ["bidi", "unary"] as const;
type Kind = (typeof KINDS)[number];

const CONNECTIONS = 4;
const LANES = 64;
/** Messages under way on each lane at saturation. */
const UNDER_WAY: Record<Kind, number> = { bidi: 8, unary: 1 };
const THROWN_AWAY = 4;
const WARM_UP_MS = 100;
const ROUND_MS = 400;
const WATCH_MS = 5_000;

const say = (line: string) => void process.stderr.write(`${line}\n`);
const parts: ChildProcess[] = [];

if (options.part === undefined) await main();
else await runPart(options.part, options.address, options.instrumented, options.watches);

function start(part: string, args: readonly string[] = [], node?: readonly string[]): ChildProcess {
  const child = startPart(import.meta.url, part, args, node);
  parts.push(child);
  return child;
}

async function main(): Promise<void> {
  const wanted = (section: string) => options.only.split(",").includes(section);
  const figures: Metric[] = [];
  const clients: RawClient[] = [];
  try {
    if (wanted("saturated") || wanted("paced")) {
      const servers = {
        plain: start("server"),
        counted: start("server", ["--instrumented"]),
        watched: start("server", ["--instrumented"]),
      };
      const address = await askPart<string>(servers.watched, "address");
      await askPart(start("watcher", [`--address=${address}`, "--watches=250:1000,1000:1000"]), "watched");
      figures.push(...(await measureOverhead(servers, clients, wanted("paced"))));
    }
    if (wanted("calls")) {
      say("Many calls that stay …");
      const collecting = ["--expose-gc"];
      const watcher = (address: string) => start("watcher", [`--address=${address}`, "--watches=1000:10000"]);
      figures.push(
        ...(await measureLiveCalls(
          start("server", [], collecting),
          start("server", ["--instrumented"], collecting),
          watcher,
          WATCH_MS,
        )),
      );
    }
    if (wanted("client")) figures.push(...(await measureClients()));
    report("grpc-overhead", figures, options.json);
  } finally {
    for (const client of clients) client.close();
    // Those that call others first.
    for (const part of parts.toReversed()) await stopPart(part);
  }
}

type Servers = Record<"plain" | "counted" | "watched", ChildProcess>;

async function measureOverhead(servers: Servers, clients: RawClient[], paced: boolean): Promise<Metric[]> {
  const clientOf = async (server: ChildProcess) => {
    const client = await connectRaw(await askPart<string>(server, "address"), CONNECTIONS, MESSAGE_BYTES);
    clients.push(client);
    return client;
  };
  const [plain, counted, watched] = [
    await clientOf(servers.plain),
    await clientOf(servers.counted),
    await clientOf(servers.watched),
  ];
  const figures: Metric[] = [];
  const worst = { throughput: Number.POSITIVE_INFINITY, p99: 0 };
  for (const kind of KINDS) {
    say(`Saturated, ${kind} …`);
    const wayTo = (client: RawClient) => (kind === "bidi" ? chatWay(client, LANES) : unaryWay(client, LANES));
    const ways = { plain: wayTo(plain), counted: wayTo(counted), watched: wayTo(watched) };
    const side = (name: keyof Servers, load: Load): Side => ({ part: servers[name], load });
    const full = await takeTurns(
      {
        plain: side("plain", saturate(ways.plain, UNDER_WAY[kind])),
        counted: side("counted", saturate(ways.counted, UNDER_WAY[kind])),
        watched: side("watched", saturate(ways.watched, UNDER_WAY[kind])),
      },
      { warmUpMs: WARM_UP_MS, roundMs: ROUND_MS, rounds: options.rounds, thrownAway: THROWN_AWAY },
    );
    const throughput = ratioOf("perSecond", full.watched, full.plain);
    worst.throughput = Math.min(worst.throughput, throughput.median);
    figures.push(
      told(`${kind}_per_second`, figureOf("perSecond", full.plain), "/s"),
      told(`${kind}_server_busy`, figureOf("busy", full.plain) * 100, "% of a core"),
      atLeast(`${kind}_throughput_ratio`, throughput.median, "", 0.95),
      ...spread(`${kind}_throughput_ratio`, throughput),
      told(`${kind}_throughput_ratio_unwatched`, ratioOf("perSecond", full.counted, full.plain).median, ""),
      ...cpuFigures(kind, full.watched, full.plain),
      told(`${kind}_cpu_ratio_unwatched`, ratioOf("cpuUs", full.counted, full.plain).median, ""),
      told(`${kind}_p99_ratio_saturated`, ratioOf("p99Ms", full.watched, full.plain).median, ""),
    );
    if (!paced) continue;
    say(`At half of that, ${kind} …`);
    const perSecond = figureOf("perSecond", full.plain) / 2;
    const half = await takeTurns(
      {
        plain: side("plain", pace(ways.plain, perSecond)),
        watched: side("watched", pace(ways.watched, perSecond)),
      },
      { warmUpMs: WARM_UP_MS, roundMs: 2 * ROUND_MS, rounds: options.rounds, thrownAway: THROWN_AWAY },
    );
    const p99 = ratioOf("p99Ms", half.watched, half.plain);
    worst.p99 = Math.max(worst.p99, p99.median);
    figures.push(
      told(`${kind}_p50_ms`, figureOf("p50Ms", half.plain), "ms"),
      told(`${kind}_p99_ms`, figureOf("p99Ms", half.plain), "ms"),
      told(`${kind}_p50_ratio`, ratioOf("p50Ms", half.watched, half.plain).median, ""),
      atMost(`${kind}_p99_ratio`, p99.median, "", 1.03),
      ...spread(`${kind}_p99_ratio`, p99),
    );
  }
  figures.push(atLeast("throughput_ratio", worst.throughput, "", 0.95));
  if (paced) figures.push(atMost("p99_ratio", worst.p99, "", 1.03));
  return figures;
}

/** CPU is steadier than the wall clock, and what it says holds where other work shares the machine. */
function cpuFigures(name: string, over: readonly Round[], under: readonly Round[]): Metric[] {
  const ratio = ratioOf("cpuUs", over, under);
  return [
    told(`${name}_cpu_us`, figureOf("cpuUs", under), "µs"),
    told(`${name}_cpu_ratio`, ratio.median, ""),
    ...spread(`${name}_cpu_ratio`, ratio),
  ];
}

/** The true median is between these with 95 % certainty. */
function spread(name: string, { low, high }: Ratio): Metric[] {
  return [told(`${name}_low`, low, ""), told(`${name}_high`, high, "")];
}

/** Clients with and without take turns on a server that costs less than they do. */
async function measureClients(): Promise<Metric[]> {
  const address = await askPart<string>(start("echo"), "address");
  const side = (args: readonly string[], kind: Kind): Side => {
    const part = start("client", [`--address=${address}`, ...args]);
    return { part, load: remote(part, kind) };
  };
  const figures: Metric[] = [];
  for (const kind of KINDS) {
    say(`Clients, ${kind} …`);
    const { plain, counted } = await takeTurns(
      { plain: side([], kind), counted: side(["--instrumented"], kind) },
      { warmUpMs: WARM_UP_MS, roundMs: ROUND_MS, rounds: options.rounds, thrownAway: THROWN_AWAY },
    );
    figures.push(
      told(`client_${kind}_per_second`, figureOf("perSecond", plain), "/s"),
      told(`client_${kind}_throughput_ratio`, ratioOf("perSecond", counted, plain).median, ""),
      ...cpuFigures(`client_${kind}`, counted, plain),
    );
  }
  return figures;
}

/** A load that a part makes itself. */
function remote(part: ChildProcess, kind: Kind): Load {
  return {
    start: () => askPart(part, kind),
    takeLatencies: () => [],
    async stop() {
      await askPart(part, "stop");
      // What is under way comes back.
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}
