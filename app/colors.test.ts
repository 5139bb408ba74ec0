import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** CIEDE2000: 1 can be told side by side, 10 at a glance; thin lines and small dots need more. */
const LEAST = { systemFromStatus: 14, systemFromSystem: 20, accentFromAny: 12, systemsWhenColorBlind: 12 };
const LEAST_CONTRAST = 4.5;

const SYSTEMS = ["kafka", "nats", "grpc"];
const STATUSES = ["crit", "warn", "good"];
const TEXT = ["ink", "dim", "faint", "accent", ...SYSTEMS, ...STATUSES];

const css = readFileSync(fileURLToPath(new URL("globals.css", import.meta.url)), "utf8");
const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => tokensOf(body!));

describe.each([
  ["light", light!],
  ["dark", dark!],
])("the colours of the %s theme", (_, tokens) => {
  const color = (name: string): Rgb => {
    const hex = tokens.get(name);
    if (hex === undefined) throw new Error(`globals.css has no --${name} written as #rrggbb.`);
    return toLinear(hex);
  };
  const apart = (a: string, b: string, see: See = withAllCones) =>
    difference(toLab(see(color(a))), toLab(see(color(b))));

  it.each(pairs(SYSTEMS, STATUSES))("tells the system %s from the status %s", (system, status) => {
    expect(apart(system, status)).toBeGreaterThanOrEqual(LEAST.systemFromStatus);
  });

  it.each(pairs(SYSTEMS, SYSTEMS))("tells %s from %s, for any eyes", (a, b) => {
    expect(apart(a, b)).toBeGreaterThanOrEqual(LEAST.systemFromSystem);
    for (const [name, see] of Object.entries(COLOR_BLIND)) {
      expect(apart(a, b, see), name).toBeGreaterThanOrEqual(LEAST.systemsWhenColorBlind);
    }
  });

  it.each([...SYSTEMS, ...STATUSES])("has an accent that is not %s's", (name) => {
    expect(apart("accent", name)).toBeGreaterThanOrEqual(LEAST.accentFromAny);
  });

  it.each(TEXT)("can be read: %s", (name) => {
    for (const ground of ["bg", "panel"]) {
      expect(contrast(color(name), color(ground)), ground).toBeGreaterThanOrEqual(LEAST_CONTRAST);
    }
  });
});

it("measures differences as the standard's examples do", () => {
  // Sharma, Wu, Dalal 2005, table 1: pairs 1, 7, 13, 17 and 25.
  const examples: [Lab, Lab, number][] = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, -0.001, 2.49], [50, 0.0011, -2.49], 4.7461],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ];
  for (const [a, b, expected] of examples) expect(difference(a, b)).toBeCloseTo(expected, 3);
});

type Rgb = readonly [number, number, number];
type Lab = readonly [number, number, number];
type See = (color: Rgb) => Rgb;

function tokensOf(body: string): Map<string, string> {
  return new Map([...body.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name, hex]) => [name!, hex!]));
}

/** Each of `a` with each of `b`, once, and nothing with itself. */
function pairs(a: readonly string[], b: readonly string[]): [string, string][] {
  return a.flatMap((x, i) => (a === b ? b.slice(i + 1) : b).map((y): [string, string] => [x, y]));
}

/** Linear light, 0 to 1. */
function toLinear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
}

function times(rows: readonly Rgb[], [r, g, b]: Rgb): Rgb {
  return rows.map((row) => row[0] * r + row[1] * g + row[2] * b) as unknown as Rgb;
}

function withAllCones(color: Rgb): Rgb {
  return color;
}

/** What is left where one kind of cones is missing altogether (Machado, Oliveira, Fernandes 2009, severity 1). */
const COLOR_BLIND: Readonly<Record<string, See>> = {
  protanopia: missing([
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ]),
  deuteranopia: missing([
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ]),
  tritanopia: missing([
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ]),
};

function missing(rows: readonly Rgb[]): See {
  return (color) => times(rows, color).map((part) => Math.min(1, Math.max(0, part))) as unknown as Rgb;
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2: 1 to 21. */
function contrast(a: Rgb, b: Rgb): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** CIELAB under D65. */
function toLab(color: Rgb): Lab {
  const [x, y, z] = times(
    [
      [0.4339499, 0.3762098, 0.1898403],
      [0.2126729, 0.7151522, 0.072175],
      [0.0177566, 0.109468, 0.8727755],
    ],
    color,
  ).map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116)) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const degrees = (radians: number) => (radians * 180) / Math.PI;
const sinOf = (angle: number) => Math.sin((angle * Math.PI) / 180);
const cosOf = (angle: number) => Math.cos((angle * Math.PI) / 180);

/** CIEDE2000 (CIE 142-2001). */
function difference(one: Lab, other: Lab): number {
  const meanChroma = (Math.hypot(one[1], one[2]) + Math.hypot(other[1], other[2])) / 2;
  const nearGrey = (chroma: number) => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
  const polar = ([lightness, a, b]: Lab) => {
    const stretched = a * (1 + 0.5 * (1 - nearGrey(meanChroma)));
    const hue = degrees(Math.atan2(b, stretched));
    return { lightness, chroma: Math.hypot(stretched, b), hue: hue < 0 ? hue + 360 : hue };
  };
  const [p, q] = [polar(one), polar(other)];
  const isGrey = p.chroma * q.chroma === 0;
  let turn = isGrey ? 0 : q.hue - p.hue;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  const hue = isGrey ? p.hue + q.hue : (p.hue + turn / 2 + 360) % 360;
  const lightness = (p.lightness + q.lightness) / 2;
  const chroma = (p.chroma + q.chroma) / 2;
  const weight =
    1 -
    0.17 * cosOf(hue - 30) +
    0.24 * cosOf(2 * hue) +
    0.32 * cosOf(3 * hue + 6) -
    0.2 * cosOf(4 * hue - 63);
  const byLightness =
    (q.lightness - p.lightness) /
    (1 + (0.015 * (lightness - 50) ** 2) / Math.sqrt(20 + (lightness - 50) ** 2));
  const byChroma = (q.chroma - p.chroma) / (1 + 0.045 * chroma);
  const byHue = (2 * Math.sqrt(p.chroma * q.chroma) * sinOf(turn / 2)) / (1 + 0.015 * chroma * weight);
  const rotation = -2 * nearGrey(chroma) * sinOf(60 * Math.exp(-(((hue - 275) / 25) ** 2)));
  return Math.sqrt(byLightness ** 2 + byChroma ** 2 + byHue ** 2 + rotation * byChroma * byHue);
}
