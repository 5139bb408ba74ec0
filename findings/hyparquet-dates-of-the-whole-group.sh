#!/usr/bin/env bash
# hyparquet 1.33.0 (files by hyparquet-writer 0.17.0).
#
# Ten values of a timestamp column out of a row group of 30,000, through a scan whose column reads take a range of rows.
# Guess: ten dates are made. Behaviour: a date is made of each row of the page that the range touches, and the rest thrown
# away; where that is most of the time of a read, a schema without the column's converted type gives plain numbers.
#
# Seen: values=10 dates=30000 without=0 plain=1700000000010
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund hyparquet@1.33.0 hyparquet-writer@0.17.0
cat > read.mjs <<'JS'
import { parquetMetadata, parquetScan } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

const data = Array.from({ length: 30_000 }, (_, i) => new Date(1_700_000_000_000 + i));
const file = parquetWriteBuffer({
  columnData: [{ name: "t", type: "TIMESTAMP", data, nullable: false, encoding: "DELTA_BINARY_PACKED" }],
  rowGroupSize: 30_000,
});
let dates = 0;
const parsers = {
  timestampFromMilliseconds(millis) {
    dates++;
    return new Date(Number(millis));
  },
};
const read = async (metadata) => {
  dates = 0;
  const scan = await parquetScan({ file, metadata, parsers });
  return scan.readColumn({ column: "t", rowStart: 10, rowEnd: 20 });
};
const metadata = parquetMetadata(file);
const values = await read(metadata);
const all = dates;
const schema = metadata.schema.map(({ converted_type, logical_type, ...element }) => element);
const plain = await read({ ...metadata, schema });
console.log(`values=${values.length} dates=${all} without=${dates} plain=${plain[0]}`);
JS
seen=$(node read.mjs)
echo "$seen"
[ "$seen" = "values=10 dates=30000 without=0 plain=1700000000010" ]
