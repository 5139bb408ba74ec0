#!/usr/bin/env bash
# hyparquet-writer 0.17.0.
#
# A DOUBLE column whose values are in a Float32Array. Guess: whether that is taken does not depend on the encoding, since each
# value is a number either way. Behaviour: PLAIN takes it; BYTE_STREAM_SPLIT refuses it, and takes the same values in a
# Float64Array or a plain array.
#
# Seen: PLAIN/Float32Array=written SPLIT/Float32Array=Expected number array for BYTE_STREAM_SPLIT encoding SPLIT/Float64Array=written SPLIT/Array=written
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund hyparquet-writer@0.17.0
cat > write.mjs <<'JS'
import { parquetWriteBuffer } from "hyparquet-writer";

const written = (encoding, data) => {
  try {
    parquetWriteBuffer({ columnData: [{ name: "x", type: "DOUBLE", data, encoding }] });
    return "written";
  } catch (error) {
    return error.message;
  }
};
const values = [1.5, 2.5];
const told = [
  ["PLAIN/Float32Array", "PLAIN", Float32Array.from(values)],
  ["SPLIT/Float32Array", "BYTE_STREAM_SPLIT", Float32Array.from(values)],
  ["SPLIT/Float64Array", "BYTE_STREAM_SPLIT", Float64Array.from(values)],
  ["SPLIT/Array", "BYTE_STREAM_SPLIT", values],
].map(([name, encoding, data]) => `${name}=${written(encoding, data)}`);
console.log(told.join(" "));
JS
seen=$(node write.mjs)
echo "$seen"
[ "$seen" = "PLAIN/Float32Array=written SPLIT/Float32Array=Expected number array for BYTE_STREAM_SPLIT encoding SPLIT/Float64Array=written SPLIT/Array=written" ]
