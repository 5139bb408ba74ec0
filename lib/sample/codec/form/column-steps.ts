/**
 * A number as a whole step from another one, in units of 1 / `power`: 12.25 is 150 steps of 0.01 from 10.75. Writer and
 * reader take it with the same arithmetic, so a step is written only where taking it gives exactly the number.
 */
const MOST = Number.MAX_SAFE_INTEGER;

/** NaN: there is no such step. −0 is never reached by one. */
export function stepTo(value: number, from: number, power: number): number {
  const step = power === 1 ? value - from : Math.round(value * power) - Math.round(from * power);
  return step <= MOST && step >= -MOST && Math.floor(step) === step && isReached(value, from, step, power)
    ? step
    : Number.NaN;
}

/** Of numbers up to here each can be reached from any other one. */
const MOST_TOLD = 2 ** 51;

/** The same from a number that was told before; NaN: it cannot be told so, wherever from. */
export function stepFromTold(value: number, told: number, power: number): number {
  const steps = stepTo(value, 0, power);
  return Math.abs(steps) <= MOST_TOLD ? stepTo(value, told, power) : Number.NaN;
}

export function takeStep(from: number, step: number, power: number): number {
  return power === 1 ? from + step : (Math.round(from * power) + step) / power;
}

function isReached(value: number, from: number, step: number, power: number): boolean {
  const reached = takeStep(from, step, power);
  return reached === value && (value !== 0 || 1 / value === 1 / reached);
}

/** The same number: NaN is NaN, and 0 is not −0. */
export function isSame(a: number, b: number): boolean {
  return a === b ? a !== 0 || 1 / a === 1 / b : Number.isNaN(a) && Number.isNaN(b);
}

/** Digits after the point, at most. */
export const MOST_DIGITS = 6;
export const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

/** So many digits after the point that it is exactly that decimal number; −1: it is none with few of them. */
export function digitsOf(value: number): number {
  for (let digits = 0; digits <= MOST_DIGITS; digits++) {
    const scaled = Math.round(value * POWERS[digits]!);
    if (scaled <= MOST && scaled >= -MOST && scaled / POWERS[digits]! === value) return digits;
  }
  return -1;
}
