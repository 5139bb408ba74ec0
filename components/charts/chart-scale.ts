/** What an axis counts decides which numbers are round. */
export type ChartScale = "number" | "duration";

const DECIMAL = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const SIXTIES = [1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const HOURS = [1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24];
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A little sky above the highest point. */
const HEADROOM = 1.06;
/** Nothing is magnified below this: a backlog that wavers between 0 and 2 is a flat line. */
const SMALLEST = { number: 10, duration: 1 };

/** A round top for an axis that starts at 0. Coarse steps, so that it seldom changes while data moves. */
export function axisTop(largest: number, scale: ChartScale): number {
  const wanted = Math.max(largest * HEADROOM, SMALLEST[scale]);
  if (scale === "duration" && wanted > SECOND) {
    if (wanted <= MINUTE) return round(wanted, SECOND, SIXTIES);
    if (wanted <= HOUR) return round(wanted, MINUTE, SIXTIES);
    if (wanted <= DAY) return round(wanted, HOUR, HOURS);
    return DAY * roundDecimal(wanted / DAY);
  }
  return roundDecimal(wanted);
}

function round(value: number, unit: number, steps: readonly number[]): number {
  return unit * (steps.find((step) => step * unit >= value) ?? steps.at(-1)!);
}

function roundDecimal(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return round(value, power, DECIMAL);
}

/** Where a window of this length is labelled, as minutes before its end: its ends and, where there is room, between. */
export function timeTicks(windowMs: number): readonly number[] {
  const minutes = windowMs / MINUTE;
  const step = tickMinutes(minutes);
  const ticks: number[] = [];
  for (let ago = minutes; ago > 0; ago -= step) ticks.push(ago);
  return [...ticks, 0];
}

function tickMinutes(minutes: number): number {
  const days = minutes / (24 * 60);
  if (days > 2) return Math.ceil(days / 4) * 24 * 60;
  return minutes > 30 ? minutes / 3 : minutes > 5 ? 5 : 1;
}
