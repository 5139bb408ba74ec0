const UNITS_MS: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  "\u00b5s": 1e-3, // micro sign
  "\u03bcs": 1e-3, // Greek mu
  ns: 1e-6,
};

/** A duration as nats-server writes it (`1.2ms`, `2m3s`, `1d0h5m`), in ms. NaN: none. */
export function parseGoDuration(text: string): number {
  const parts = /(\d+(?:\.\d+)?)(ns|us|\u00b5s|\u03bcs|ms|y|d|h|m|s)/gy;
  let total = 0;
  let end = 0;
  for (const [part, number, unit] of text.matchAll(parts)) {
    total += Number(number) * UNITS_MS[unit!]!;
    end += part.length;
  }
  return end > 0 && end === text.length ? total : Number.NaN;
}
