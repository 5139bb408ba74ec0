import type { Sample } from "../sample.ts";
import { bytesOfColumns } from "./columns-of.ts";
import { readDictionary } from "./form/dictionary.ts";
import { readHeader, type SampleIdentity } from "./form/header.ts";
import { allowedBytes } from "./form/limits.ts";
import { corrupt, SampleCodecError } from "./form/sample-codec-error.ts";
import { identityOf } from "./identity.ts";
import { ByteReader } from "./read/byte-reader.ts";
import { ValueReader } from "./read/read-value.ts";
import { layoutBase, sampleBase } from "./rebase.ts";
import { isLayout, isRows, isSample } from "./sample-shape.ts";

/**
 * The sample that `encode` made these bytes of; what did not change since `previous` is what it holds, by identity.
 * `previous` is not looked at where the sample stands alone. Throws `SampleCodecError`, whatever the bytes are.
 */
export function decode(bytes: Uint8Array, previous: Sample | null): Sample {
  const header = readHeader(bytes);
  const against = header.previous === null ? null : checkPrevious(header.previous, previous);
  const allowed = allowedBytes(bytes.length, against === null ? 0 : bytesOfColumns(against));
  const input = new ByteReader(bytes, allowed);
  input.at = header.length;
  const reader = new ValueReader(input, readDictionary(input));
  const sample = readParts(reader, against, (needed) => input.spend(needed));
  if (input.left > 0) throw corrupt(`${input.left} bytes are left over`);
  return sample;
}

/** As `writeParts`, part for part. */
function readParts(reader: ValueReader, previous: Sample | null, spend: (bytes: number) => void): Sample {
  const rows = reader.read(previous?.layout.rows);
  if (!isRows(rows)) throw corrupt("its row map is none");
  const layout = reader.read(previous === null ? { rows } : layoutBase(previous.layout, rows, spend));
  if (!isLayout(layout)) throw corrupt("its layout is none");
  const sample = reader.read(previous === null ? { layout } : sampleBase(previous, layout, spend));
  if (!isSample(sample)) throw corrupt("it is no sample");
  return sample;
}

function checkPrevious(identity: SampleIdentity, previous: Sample | null): Sample {
  const { finishedAt, mark } = identity;
  const needs = `It was coded against the sample that finished at ${finishedAt}`;
  if (previous === null) throw new SampleCodecError("WRONG_PREVIOUS", `${needs}; decode that one first.`);
  const own = identityOf(previous);
  if (own.finishedAt === finishedAt && own.mark === mark) return previous;
  throw new SampleCodecError(
    "WRONG_PREVIOUS",
    own.finishedAt === finishedAt
      ? `${needs}, of another source or topology than this one.`
      : `${needs}; this one finished at ${own.finishedAt}.`,
  );
}
