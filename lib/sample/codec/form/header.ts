import type { ByteWriter } from "../write/byte-writer.ts";
import { checksum } from "./checksum.ts";
import { corrupt, SampleCodecError } from "./sample-codec-error.ts";

/**
 * What each encoded sample begins with; integers and doubles are little-endian.
 *
 * | at | bytes | |
 * | -- | ----- | --- |
 * | 0  | 4     | `SSMP` |
 * | 4  | 1     | version: another one is not read |
 * | 5  | 1     | minor version: a later one is read all the same |
 * | 6  | 1     | flags: 1 coded against another sample |
 * | 7  | 1     | length of the header; a later minor version may have a longer one |
 * | 8  | 4     | length of all |
 * | 12 | 4     | CRC-32 of all but these four bytes |
 * | 16 | 8     | when the sample before finished, EpochMs (0: none) |
 * | 24 | 4     | what tells that sample from others (0: none), see `identity.ts` |
 */
export interface Header {
  /** Null: it stands alone. */
  readonly previous: SampleIdentity | null;
  /** Where the header ends. */
  readonly length: number;
}

export interface SampleIdentity {
  readonly finishedAt: number;
  readonly mark: number;
}

const MAGIC = [0x53, 0x53, 0x4d, 0x50] as const;
export const VERSION = 1;
const MINOR = 0;
const AGAINST_PREVIOUS = 1;
const LENGTH_AT = 8;
const CHECKSUM_AT = 12;
const AFTER_CHECKSUM = 16;
const HEADER_BYTES = 28;

/** With length and checksum left open until `sealHeader`. */
export function writeHeader(out: ByteWriter, previous: SampleIdentity | null): void {
  for (const byte of MAGIC) out.byte(byte);
  out.byte(VERSION);
  out.byte(MINOR);
  out.byte(previous === null ? 0 : AGAINST_PREVIOUS);
  out.byte(HEADER_BYTES);
  out.uint32(0);
  out.uint32(0);
  out.double(previous?.finishedAt ?? 0);
  out.uint32(previous?.mark ?? 0);
}

export function sealHeader(message: Uint8Array): void {
  const view = viewOf(message);
  view.setUint32(LENGTH_AT, message.length, true);
  view.setUint32(CHECKSUM_AT, checksumOf(message), true);
}

/** Checks everything that can be checked without looking into the sample. */
export function readHeader(message: Uint8Array): Header {
  if (!MAGIC.every((byte, at) => at >= message.length || message[at] === byte)) {
    throw new SampleCodecError("NOT_A_SAMPLE", "These bytes are no encoded sample.");
  }
  const [version, flags, length] = [message[4], message[6], message[7]];
  if (version !== undefined && version !== VERSION) {
    throw new SampleCodecError(
      "UNKNOWN_VERSION",
      `A sample of version ${version}; this build reads version ${VERSION}. Use the build that wrote it, or a newer one.`,
    );
  }
  if (message.length < HEADER_BYTES) throw cut(message.length, HEADER_BYTES);
  const view = viewOf(message);
  const total = view.getUint32(LENGTH_AT, true);
  if (message.length < total) throw cut(message.length, total);
  if (message.length > total) throw corrupt(`${message.length} bytes where it has ${total}`);
  if (view.getUint32(CHECKSUM_AT, true) !== checksumOf(message)) throw corrupt("the checksum is another one");
  if (length! < HEADER_BYTES || length! > total) throw corrupt(`a header of ${length} bytes`);
  if (flags! > AGAINST_PREVIOUS) throw corrupt(`unknown flags ${flags}`);
  return {
    previous:
      flags === AGAINST_PREVIOUS
        ? { finishedAt: view.getFloat64(16, true), mark: view.getUint32(24, true) }
        : null,
    length: length!,
  };
}

function checksumOf(message: Uint8Array): number {
  return checksum(message.subarray(AFTER_CHECKSUM), checksum(message.subarray(0, CHECKSUM_AT)));
}

function viewOf(message: Uint8Array): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}

function cut(has: number, needs: number): SampleCodecError {
  return new SampleCodecError("CUT", `The end of the sample is missing: ${has} of ${needs} bytes are there.`);
}
