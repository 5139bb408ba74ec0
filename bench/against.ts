import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resultOf } from "./child.ts";
import { pairedRatio } from "./paired.ts";
import { atMost, type Metric, median, told } from "./report.ts";
import type { SampleFigures } from "./sampler.ts";

/** Each turn is a process of its own, so that neither build warms up or fills the memory of the other. */
const TURNS = 8;

export interface SampleTurns {
  readonly ours: readonly SampleFigures[];
  readonly theirs: readonly SampleFigures[];
}

/**
 * Samples of this build and of another one in turns: A B, B A, A B, …: what changes slowly falls on both.
 *
 * @param bench the name of the bench, which has a part `streamside` in both builds
 * @param folder where the other build is
 * @param start starts that part from a script
 */
export async function takeSampleTurns(
  bench: string,
  folder: string,
  start: (script: URL) => ChildProcess,
): Promise<SampleTurns> {
  const scripts = {
    ours: pathToFileURL(process.argv[1]!),
    theirs: pathToFileURL(join(folder, "dist", "bench", `${bench}.js`)),
  };
  const turns = { ours: [] as SampleFigures[], theirs: [] as SampleFigures[] };
  for (let turn = 0; turn < TURNS; turn++) {
    const order = turn % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) turns[side].push(await resultOf<SampleFigures>(start(scripts[side])));
  }
  return turns;
}

/** Most that our figure may be of the other's; a figure without one is told. */
export type RatioHolds = Partial<Record<"wall" | "cpu" | "derive", number>>;

/** `ratio_…`: ours over the other's, the median over all turns, with the interval it lies in. `prefix`: what was measured. */
export function ratioMetrics({ ours, theirs }: SampleTurns, holds: RatioHolds, prefix = ""): Metric[] {
  const figures = { wall: "wallMs", cpu: "cpuMs", derive: "deriveMs" } as const;
  return (["wall", "cpu", "derive"] as const).flatMap((name) => {
    const each = (turns: readonly SampleFigures[]) => turns.map((turn) => median(turn[figures[name]]));
    const ratio = pairedRatio(each(ours), each(theirs));
    const metric = `${prefix}ratio_${name}`;
    const hold = holds[name];
    return [
      hold === undefined ? told(metric, ratio.median, "×") : atMost(metric, ratio.median, "×", hold),
      told(`${metric}_low`, ratio.low, "×"),
      told(`${metric}_high`, ratio.high, "×"),
      told(`${prefix}${name}_ms_other`, median(each(theirs)), "ms"),
      told(`${prefix}${name}_ms_turns`, median(each(ours)), "ms"),
    ];
  });
}
