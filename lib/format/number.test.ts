import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactBacklog, exactCount, formatBytes, formatCount, formatPerSecond, formatRate } from "./number.ts";

describe("formatCount", () => {
  test.each([
    [0, "0"],
    [-0, "0"],
    [0.4, "0"],
    [312, "312"],
    [999, "999"],
    [999.5, "1.00 k"],
    [8412, "8.41 k"],
    [9995, "10.0 k"],
    [15_210, "15.2 k"],
    [99_950, "100 k"],
    [999_499, "999 k"],
    [999_500, "1.00 M"],
    [1_200_000, "1.20 M"],
    [1e21, "> 999 E"],
    [-0.4, "0"],
    [-2800, "−2.80 k"],
    [Number.NaN, "—"],
    [Number.POSITIVE_INFINITY, "—"],
  ])("%d is %s", (n, text) => expect(formatCount(n)).toBe(text));
});

describe("formatRate", () => {
  test.each([
    [0, "0"],
    [0.01, "< 0.1"],
    [0.06, "0.1"],
    [4.24, "4.2"],
    [99.94, "99.9"],
    [99.95, "100"],
    [451, "451"],
    [8412, "8.41 k"],
    [-3.5, "−3.5"],
  ])("%d is %s", (n, text) => expect(formatRate(n)).toBe(text));
});

test("a rate with its unit reads as one word", () => {
  expect(formatPerSecond(8412)).toBe("8.41 k/s");
  expect(formatPerSecond(0)).toBe("0 /s");
  expect(formatPerSecond(Number.NaN)).toBe("—");
});

describe("formatBytes", () => {
  test.each([
    [0, "0 B"],
    [312, "312 B"],
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [15.2 * 1024 * 1024, "15.2 MiB"],
    [1024 ** 2 - 1, "1.00 MiB"],
  ])("%d is %s", (n, text) => expect(formatBytes(n)).toBe(text));
});

test("exact numbers keep every digit", () => {
  expect(exactCount(48_210)).toBe("48,210");
  expect(exactCount(-0)).toBe("0");
  expect(exactBacklog(1, "messages")).toBe("1 message");
  expect(exactBacklog(48_210, "bytes")).toBe("48,210 bytes");
});

const formats = { formatCount, formatRate, formatBytes, exactCount };
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.double({ min: 0, max: 1e9 }));

describe.each(Object.entries(formats))("%s, for any number", (_name, format) => {
  test("never says NaN, Infinity, -0 or an exponent", () => {
    fc.assert(
      fc.property(anyNumber, (n) => {
        expect(format(n)).not.toMatch(/NaN|Infinity|undefined|-|−0( |$)|e\+/);
      }),
    );
  });
  test("a larger number never reads smaller", () => {
    const amount = fc.oneof(...[100, 2e6, 1e20].map((max) => fc.double({ min: 0, max, noNaN: true })));
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [low, high] = a <= b ? [a, b] : [b, a];
        expect(read(format(low))).toBeLessThanOrEqual(read(format(high)));
      }),
    );
  });
});

/** The number a text stands for. */
function read(text: string): number {
  const units = ["k", "M", "G", "T", "P", "E"];
  const bytes = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  const match = /^(<|>)? ?([\d,.]+) ?(\w+)?$/.exec(text);
  if (match === null) throw new Error(`not a number: ${text}`);
  const value = match[1] === "<" ? 0.05 : Number(match[2]!.replaceAll(",", ""));
  const unit = match[3] ?? "";
  return value * 1000 ** (units.indexOf(unit) + 1) * 1024 ** (bytes.indexOf(unit) + 1);
}
