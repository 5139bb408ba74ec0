import type { StatusCount } from "@streamside/grpc-health";
import { isServerError } from "../../../model/call.ts";
import type { EpochMs } from "../../../model/reading.ts";
import { known } from "./flow.ts";

const WINDOW_MS = 60_000;
/** How exactly the window's beginning is kept. */
const STEP_MS = 5_000;
/** Fewer say nothing. */
const FEWEST_CALLS = 20;
const MOST_ERRORS = 0.05;

/** Calls that ended within the window. */
export interface Ended {
  readonly count: number;
  /** In an error of the server. */
  readonly errors: number;
  /** By status code, the most frequent error first. */
  readonly errorCodes: readonly StatusCount[];
}

/** How the calls of a method ended within the last minute, from totals that only grow. */
export class StatusWindow {
  /** Oldest first; what was counted then. The first is the window's beginning. */
  readonly #marks: { readonly at: EpochMs; readonly statuses: readonly StatusCount[] }[];
  #now: readonly StatusCount[];

  /** @param statuses what had been counted before anybody looked */
  constructor(at: EpochMs, statuses: readonly StatusCount[]) {
    this.#marks = [{ at, statuses }];
    this.#now = statuses;
  }

  /** Called with every sample, also when nothing changed. */
  take(at: EpochMs, statuses: readonly StatusCount[]): void {
    this.#now = statuses;
    const marks = this.#marks;
    if (at - marks.at(-1)!.at >= STEP_MS) marks.push({ at, statuses });
    while (marks.length > 1 && marks[1]!.at <= at - WINDOW_MS) marks.shift();
  }

  /** The same array as at its beginning: nothing ended. */
  get isEmpty(): boolean {
    return this.#marks[0]!.statuses === this.#now;
  }

  ended(): Ended {
    const counts = new Map<number, number>();
    for (const { code, count } of this.#now) counts.set(code, (counts.get(code) ?? 0) + (known(count) || 0));
    for (const { code, count } of this.#marks[0]!.statuses) {
      counts.set(code, (counts.get(code) ?? 0) - (known(count) || 0));
    }
    let all = 0;
    let errors = 0;
    const errorCodes: StatusCount[] = [];
    for (const [code, count] of counts) {
      // Totals that went back say nothing.
      if (count <= 0) continue;
      all += count;
      if (!isServerError(code)) continue;
      errors += count;
      errorCodes.push({ code, count });
    }
    errorCodes.sort((a, b) => b.count - a.count);
    return { count: all, errors, errorCodes };
  }
}

/** Without so many of a code that ended as it was planned; both only ever grow. */
export function withoutPlanned(
  statuses: readonly StatusCount[],
  planned: ReadonlyMap<number, number>,
): readonly StatusCount[] {
  if (planned.size === 0) return statuses;
  return statuses.map(({ code, count }) => ({ code, count: Math.max(0, count - (planned.get(code) ?? 0)) }));
}

/** Without those of one code altogether. */
export function withoutCode({ count, errors, errorCodes }: Ended, code: number): Ended {
  const left = errorCodes.find((one) => one.code === code)?.count ?? 0;
  return {
    count: count - left,
    errors: errors - left,
    errorCodes: errorCodes.filter((one) => one.code !== code),
  };
}

export function isFailing({ count, errors }: Ended): boolean {
  return count >= FEWEST_CALLS && errors > count * MOST_ERRORS;
}

/** Of one method in several processes. */
export function addEnded(parts: readonly Ended[]): Ended {
  const codes = new Map<number, number>();
  for (const { errorCodes } of parts) {
    for (const { code, count } of errorCodes) codes.set(code, (codes.get(code) ?? 0) + count);
  }
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    errors: parts.reduce((sum, part) => sum + part.errors, 0),
    errorCodes: Array.from(codes, ([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
  };
}
