type Triple = readonly [number, number, number];

/**
 * Colours from one `#rrggbb` to another in steps that look equally large (mixed in Oklab). Any other notation cannot be
 * mixed: then the colour is the nearer one of the two.
 */
export function colorRamp(from: string, to: string): (share: number) => string {
  const [a, b] = [parse(from), parse(to)];
  if (!a || !b) return (share) => (share < 0.5 ? from : to);
  const [first, last] = [toOklab(a), toOklab(b)];
  return (share) => {
    const mixed = first.map((value, i) => value + (last[i]! - value) * share) as unknown as Triple;
    return `#${toRgb(mixed)
      .map((value) => value.toString(16).padStart(2, "0"))
      .join("")}`;
  };
}

function parse(color: string): Triple | null {
  const match = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color);
  return match && (match.slice(1).map((hex) => Number.parseInt(hex, 16)) as unknown as Triple);
}

// The matrices of https://bottosson.github.io/posts/oklab/
function toOklab(rgb: Triple): Triple {
  const [r, g, b] = rgb.map((value) => linear(value / 255)) as unknown as Triple;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Triple): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((value) => Math.round(255 * Math.min(1, Math.max(0, gamma(value)))));
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const gamma = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
