#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1 reading what hyparquet-writer 0.17.0 wrote; hyparquet 1.31.5 reads it, too.
#
# A Parquet file with a column of INT32 and one of DOUBLE, both encoded as BYTE_STREAM_SPLIT, which the format allows for
# FLOAT and DOUBLE since 2.8 and for INT32 and INT64 since 2.11. Guess: a reader that has the encoding has it for both.
# Behaviour: DuckDB reads the doubles and refuses the integers; another reader gives back what was written.
#
# Seen: double=1.5,2.5 int32=refused (BYTE_STREAM_SPLIT encoding is only supported for FLOAT or DOUBLE data) other reader=1,2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 hyparquet-writer@0.17.0 hyparquet@1.31.5
cat > read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";

const split = (name, type, data) =>
  parquetWriteFile({
    filename: `${name}.parquet`,
    columnData: [{ name: "x", type, data, encoding: "BYTE_STREAM_SPLIT" }],
  });
split("double", "DOUBLE", [1.5, 2.5]);
split("int32", "INT32", [1, 2]);
const duckdb = await (await DuckDBInstance.create()).connect();
const read = async (name) => {
  try {
    const rows = await duckdb.runAndReadAll(`select x from '${name}.parquet'`);
    return rows.getRows().flat().join();
  } catch (error) {
    return `refused (${/BYTE_STREAM_SPLIT encoding[^.\n]*data/.exec(error.message)?.[0]})`;
  }
};
const { buffer, byteOffset, byteLength } = readFileSync("int32.parquet");
const file = buffer.slice(byteOffset, byteOffset + byteLength);
const other = (await parquetReadObjects({ file })).map(({ x }) => x).join();
console.log(`double=${await read("double")} int32=${await read("int32")} other reader=${other}`);
JS
seen=$(node read.mjs)
echo "$seen"
[ "$seen" = "double=1.5,2.5 int32=refused (BYTE_STREAM_SPLIT encoding is only supported for FLOAT or DOUBLE data) other reader=1,2" ]
