import zlib from "node:zlib";

let table: Int32Array | null = null;

/** CRC-32 as gzip has it; `before`: of the bytes that go before these. */
export function checksum(bytes: Uint8Array, before = 0): number {
  // Node has it from 20.15 on.
  return zlib.crc32 === undefined ? plainChecksum(bytes, before) : zlib.crc32(bytes, before);
}

/** The same, bit for bit, where Node has none. */
export function plainChecksum(bytes: Uint8Array, before = 0): number {
  table ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ 0xedb88320;
    return rest;
  });
  let sum = ~before;
  for (let at = 0; at < bytes.length; at++) sum = table[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
