import type { ChildProcess } from "node:child_process";
import { askPart } from "./child.ts";
import type { Load } from "./echo-load.ts";
import { median, quantile } from "./report.ts";

/** One of those that take turns: a process that does the work, and the load on it. */
export interface Side {
  readonly part: ChildProcess;
  readonly load: Load;
}

/** What a part tells of itself whenever it is asked `work`. */
export interface Work {
  /** Messages so far. */
  readonly done: number;
  readonly cpuUs: number;
  readonly atMs: number;
}

export interface Round {
  readonly perSecond: number;
  /** CPU of the process for one message, in µs. */
  readonly cpuUs: number;
  /** The share of a core that it took. */
  readonly busy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Turns {
  /** How long a round runs before it counts, and then. */
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly rounds: number;
  /** Rounds at the start that are thrown away: until code is compiled and memory has grown. */
  readonly thrownAway: number;
}

export function workDone(done: number): Work {
  const { user, system } = process.cpuUsage();
  return { done, cpuUs: user + system, atMs: performance.now() };
}

/** Short rounds in turns, A B C, C B A, A B C, …: what changes slowly falls on all alike. */
export async function takeTurns<Name extends string>(
  sides: Record<Name, Side>,
  { warmUpMs, roundMs, rounds, thrownAway }: Turns,
): Promise<Record<Name, Round[]>> {
  const names = Object.keys(sides) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as Round[]])) as Record<Name, Round[]>;
  for (let turn = -thrownAway; turn < rounds; turn++) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const round = await measureRound(sides[name], warmUpMs, roundMs);
      if (turn >= 0) taken[name].push(round);
    }
  }
  return taken;
}

async function measureRound({ part, load }: Side, warmUpMs: number, roundMs: number): Promise<Round> {
  await load.start();
  await sleep(warmUpMs);
  const before = await askPart<Work>(part, "work");
  load.takeLatencies();
  await sleep(roundMs);
  const after = await askPart<Work>(part, "work");
  const latencies = load.takeLatencies();
  await load.stop();
  const [done, ms, cpuUs] = [after.done - before.done, after.atMs - before.atMs, after.cpuUs - before.cpuUs];
  return {
    perSecond: (done * 1_000) / ms,
    cpuUs: cpuUs / done,
    busy: cpuUs / 1_000 / ms,
    p50Ms: median(latencies),
    p99Ms: quantile(latencies, 0.99),
  };
}

export interface Ratio {
  readonly median: number;
  /** Between these the true median lies with 95 % certainty. */
  readonly low: number;
  readonly high: number;
}

/** Of rounds with over rounds without, pair by pair. */
export function ratioOf(figure: keyof Round, over: readonly Round[], under: readonly Round[]): Ratio {
  return pairedRatio(
    over.map((round) => round[figure]),
    under.map((round) => round[figure]),
  );
}

/** Of one row of figures over another, neighbour by neighbour. */
export function pairedRatio(over: readonly number[], under: readonly number[]): Ratio {
  const ratios = over.map((figure, turn) => figure / under[turn]!).sort((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(ratios.length);
  const at = (rank: number) => ratios[Math.min(Math.max(Math.round(rank), 0), ratios.length - 1)]!;
  const middle = (ratios.length - 1) / 2;
  return { median: median(ratios), low: at(middle - reach), high: at(middle + reach) };
}

export const figureOf = (figure: keyof Round, rounds: readonly Round[]): number =>
  median(rounds.map((round) => round[figure]));

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
