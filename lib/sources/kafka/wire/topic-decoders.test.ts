import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDescribeConfigs } from "./configs.ts";
import { Cursor, WireError } from "./cursor.ts";
import { recordedConfigs, recordedLogDirs } from "./fixtures/recorded-topics.ts";
import { decodeDescribeLogDirs } from "./log-dirs.ts";

function logDirsIn(bytes: Buffer): unknown[] {
  const told: unknown[] = [];
  const error = decodeDescribeLogDirs(new Cursor(bytes), 4, {
    dir: (dirError) => told.push(["dir", dirError]),
    topic: (all, start, end) => told.push(all.toString("utf8", start, end)),
    partition: (partition, size) => told.push([partition, size]),
    dirEnd: (total, free) => told.push(["end", total, free]),
  });
  return [error, ...told];
}

describe("answers recorded from a real broker", () => {
  it("DescribeConfigs: the settings asked for, and an error of its own for each topic", () => {
    expect(decodeDescribeConfigs(new Cursor(recordedConfigs))).toEqual([
      {
        topic: "orders",
        error: 0,
        values: new Map([
          ["cleanup.policy", "compact,delete"],
          ["retention.ms", "3600000"],
          ["retention.bytes", "-1"],
        ]),
      },
      { topic: "nowhere", error: 3, values: new Map() },
    ]);
  });

  it("DescribeLogDirs: the size of each partition, and of the volume", () => {
    expect(logDirsIn(recordedLogDirs)).toEqual([
      0,
      ["dir", 0],
      "orders",
      [0, 0],
      [1, 1071],
      ["end", 270_553_174_016, 79_476_113_408],
    ]);
  });
});

describe.each<[string, Buffer, (bytes: Buffer) => unknown]>([
  ["DescribeConfigs", recordedConfigs, (bytes) => decodeDescribeConfigs(new Cursor(bytes))],
  ["DescribeLogDirs", recordedLogDirs, logDirsIn],
])("%s on bytes that lie", (_name, bytes, decode) => {
  it("fails on every truncation", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length)), `cut to ${length}`).toThrow(WireError);
    }
  });

  it("reads a changed byte or says WireError: never anything else, and never for long", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ change;
        try {
          decode(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
