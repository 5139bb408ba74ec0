import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { decode } from "../lib/sample/codec/decode.ts";
import { encode } from "../lib/sample/codec/encode.ts";
import type { Sample } from "../lib/sample/sample.ts";
import { BIG, keepMoving } from "./big-cluster.ts";
import { takeBigSamples, takeDemoSamples } from "./codec-real.ts";
import { type Chain, makeBigSamples } from "./codec-samples.ts";
import { ownCpuMs } from "./process-cost.ts";
import { atMost, type Metric, median, report, told } from "./report.ts";

/**
 * What keeping samples costs: bytes of a sample against the one before it, and the CPU of encoding and decoding it; of the
 * demo, and of a broker with 184,000 positions of which a tenth moves. Beside them samples that are made: the same size,
 * where any tenth of all positions moves.
 */
const options = new Command("codec")
  .option("--rounds <n>", "samples to measure", Number, 30)
  .option("--json", "end with one line of JSON", false)
  .option("--part <name>", "for the bench itself")
  .option("--address <host:port>", "for the bench itself")
  .parse()
  .opts<{ rounds: number; json: boolean; part?: string; address?: string }>();

/** Until what runs often is compiled. */
const WARM_UP = 15;
/** Samples that are in memory at once: the big ones are 7 MiB each. */
const IN_CHAIN = 8;

interface CodecFigures {
  readonly bytes: number;
  readonly fullBytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

if (options.part === "mover") await keepMoving(options.address!, BIG);
else await main();

async function main(): Promise<void> {
  say("The demo, while its load runs …");
  const demo = (await takeDemoSamples(IN_CHAIN)).map(measure);
  say("A broker with 184,000 positions …");
  const bigChain = await takeBigSamples(IN_CHAIN, say);
  const big = measure(bigChain);
  const moved = Math.min(...movedIn(bigChain));
  if (moved === 0) throw new Error("Nothing moved between two samples of the big broker.");
  const groups = measure(makeBigSamples(IN_CHAIN, "groups"));
  const scattered = measure(makeBigSamples(IN_CHAIN, "scattered"));
  const sum = (of: (figures: CodecFigures) => number) =>
    demo.reduce((total, figures) => total + of(figures), 0);
  const metrics: Metric[] = [
    atMost(
      "bytes_demo",
      sum(({ bytes }) => bytes),
      "",
      1_500,
    ),
    atMost("bytes_big", big.bytes, "", 60_000),
    atMost("encode_cpu_ms", big.encodeMs, "ms", 5),
    told("decode_cpu_ms", big.decodeMs, "ms"),
    told(
      "encode_cpu_ms_demo",
      sum(({ encodeMs }) => encodeMs),
      "ms",
    ),
    told(
      "decode_cpu_ms_demo",
      sum(({ decodeMs }) => decodeMs),
      "ms",
    ),
    told("positions_moved_big", moved, ""),
    // By as much as each likes: on the real broker all of them move by one.
    told("bytes_big_uneven", groups.bytes, ""),
    told("bytes_big_scattered", scattered.bytes, ""),
    told("encode_cpu_ms_scattered", scattered.encodeMs, "ms"),
    told(
      "bytes_demo_full",
      sum(({ fullBytes }) => fullBytes),
      "",
    ),
    told("bytes_big_full", big.fullBytes, ""),
  ];
  report("codec", metrics, options.json);
}

/** Goes through the chain again and again. Bytes are those of the largest sample, times the median. */
function measure(chain: Chain): CodecFigures {
  const [encodeMs, decodeMs] = [[] as number[], [] as number[]];
  let bytes = 0;
  const full = encode(chain[0]!, null);
  for (let round = 0; encodeMs.length < options.rounds; ) {
    let decoded: Sample = decode(full, null);
    for (let at = 1; at < chain.length; at++, round++) {
      const encoding = ownCpuMs();
      const encoded = encode(chain[at]!, chain[at - 1]!);
      const decoding = ownCpuMs();
      decoded = decode(encoded, decoded);
      const end = ownCpuMs();
      bytes = Math.max(bytes, encoded.length);
      if (round < WARM_UP) continue;
      encodeMs.push(decoding - encoding);
      decodeMs.push(end - decoding);
    }
    if (!isDeepStrictEqual(decoded, chain.at(-1)))
      throw new Error("What was decoded is not what was encoded.");
  }
  return { bytes, fullBytes: full.length, encodeMs: median(encodeMs), decodeMs: median(decodeMs) };
}

/** Positions that moved from each sample to the next. */
function movedIn(chain: Chain): number[] {
  return chain.slice(1).map(({ positions: { position } }, at) => {
    const before = chain[at]!.positions.position;
    return position.reduce((count, value, row) => count + (value > before[row]! ? 1 : 0), 0);
  });
}
