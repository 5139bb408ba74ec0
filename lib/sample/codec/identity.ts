import type { Layout } from "../layout.ts";
import type { Sample } from "../sample.ts";
import { eachColumn } from "./columns-of.ts";
import { checksum } from "./form/checksum.ts";
import { DictionaryWriter } from "./form/dictionary.ts";
import type { SampleIdentity } from "./form/header.ts";
import { ByteWriter } from "./write/byte-writer.ts";

/** Rows of a column, and names of a layout, that are looked at. */
const LOOKED_AT = 48;

/**
 * What tells a sample from every other one that could be taken for it: its times, the version and the size of its layout,
 * and some of its names and numbers. Not all of them: at 184,000 positions that would cost as much as everything else.
 * Two samples of one source differ in their times; those of two sources in the rest.
 */
export function identityOf(sample: Sample): SampleIdentity {
  const out = new ByteWriter(1 << 13);
  const names = new DictionaryWriter();
  const { layout } = sample;
  for (const time of [sample.startedAt, sample.finishedAt, layout.version]) out.double(time);
  for (const size of sizesOf(layout)) out.uint32(size);
  for (const infos of [layout.streams, layout.consumers]) {
    for (let row = 0; row < infos.length; row += strideOf(infos.length)) names.numberOf(infos[row]!.key);
  }
  names.write(out);
  eachColumn(sample, (column) => {
    out.uint32(column.length);
    for (let row = 0; row < column.length; row += strideOf(column.length)) {
      const value = column[row]!;
      // NaN has many forms, and which one a copy has is not said.
      out.double(!Number.isNaN(value) ? value : Number.NaN);
    }
  });
  return { finishedAt: sample.finishedAt, mark: checksum(out.written()) };
}

function sizesOf({ streams, lanes, consumers, positions }: Layout): number[] {
  return [streams.length, lanes.count, consumers.length, positions.count];
}

function strideOf(length: number): number {
  return Math.max(1, Math.floor(length / LOOKED_AT));
}
