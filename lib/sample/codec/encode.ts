/**
 * A sample as bytes, to be kept and sent.
 *
 * A message is a header (`header.ts`: version, length, checksum, against which sample), the strings in it (`dictionary.ts`)
 * and three values: where rows went (`layout.rows`), who they are (`layout`), and the sample. Each value is coded against the
 * one at its place in the sample before; with other rows, against that one's columns in their new order (`rebase.ts`).
 *
 * Values are coded by what they are and not by what they mean, so that a new field of a sample needs nothing here, and is
 * kept by those who do not know it:
 *
 * - `tags.ts`: a byte says what follows. What is the same as before, by identity or by content, is that byte.
 * - numbers: the difference, an integer, a decimal as a scaled integer, or a double (`write-number.ts`)
 * - objects: a bitmap of the fields that changed, or their keys once a message and all of them (`write-value.ts`)
 * - lists and maps: blocks of elements that are the same, changed or new (`list-blocks.ts`)
 * - columns: the rows that changed (`changed-rows.ts`), then their numbers in blocks of what moved alike (`value-forms.ts`)
 *
 * A new tag, or another meaning of one, is a new version. A header that is longer is a new minor version.
 */
import type { Sample } from "../sample.ts";
import { bytesOfColumns } from "./columns-of.ts";
import { DictionaryWriter } from "./form/dictionary.ts";
import { sealHeader, writeHeader } from "./form/header.ts";
import { allowedBytes, tooLarge } from "./form/limits.ts";
import { identityOf } from "./identity.ts";
import { layoutBase, sampleBase } from "./rebase.ts";
import { ByteWriter } from "./write/byte-writer.ts";
import { ColumnWriter } from "./write/write-column.ts";
import { ValueWriter } from "./write/write-value.ts";

/** Nobody waits within `encode`, so that one set of buffers serves all samples. */
const message = new ByteWriter();
const values = new ByteWriter();
const strings = new DictionaryWriter();
const columns = new ColumnWriter();
const writer = new ValueWriter(values, strings, columns);

/**
 * `previous`: only what changed since that sample, which `decode` has to be given too; null: all of it, for anyone to read.
 * Throws `SampleCodecError`.
 */
export function encode(sample: Sample, previous: Sample | null): Uint8Array {
  for (const part of [message, values, strings, columns, writer]) part.reset();
  writeParts(sample, previous);
  writeHeader(message, previous && identityOf(previous));
  strings.write(message);
  message.append(values.written());
  const needed = values.spent + message.spent;
  if (needed > allowedBytes(message.at, previous === null ? 0 : bytesOfColumns(previous))) {
    throw tooLarge(`it stands for ${needed} bytes`);
  }
  const bytes = message.written().slice();
  sealHeader(bytes);
  return bytes;
}

/**
 * First where the rows went, then who they are, then the sample: each tells where to look for the values before of what
 * follows. What turns out to be the same is from then on what the reader has.
 */
function writeParts(sample: Sample, previous: Sample | null): void {
  const spend = (bytes: number) => values.spend(bytes);
  const { rows } = sample.layout;
  if (previous === null) {
    writer.write(rows, undefined);
    writer.write(sample.layout, { rows });
    writer.write(sample, { layout: sample.layout });
    return;
  }
  const hasSameRows = writer.write(rows, previous.layout.rows);
  const before = layoutBase(previous.layout, hasSameRows ? previous.layout.rows : rows, spend);
  const layout = writer.write(sample.layout, before) ? before : sample.layout;
  writer.write(
    layout === sample.layout ? sample : { ...sample, layout },
    sampleBase(previous, layout, spend),
  );
}
