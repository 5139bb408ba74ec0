const SMOOTHING = 0.1;

/**
 * Counters that only grow, from columns that may jump. A step back (a restart, a recreated stream, a rewind) adds
 * nothing: it is no negative traffic. A first value adds nothing either: what happened before Streamside looked is not
 * traffic now. NaN is "not known this time"; the growth is caught up with the next known value.
 */
export function addGrowth(previous: Float64Array, now: Float64Array, totals: Float64Array): void {
  for (let row = 0; row < now.length; row++) {
    const step = now[row]! - previous[row]!;
    if (step > 0) totals[row]! += step;
  }
}

/** The same of these rows, with each one's growth added to the total of its owner (lane → stream, position → consumer). */
export function addGrowthByOwner(
  previous: Float64Array,
  now: Float64Array,
  owner: Int32Array,
  totals: Float64Array,
  rows: Int32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const step = now[row]! - previous[row]!;
    if (step > 0) totals[owner[row]!]! += step;
  }
}

/** What arrived for each consumer: the growth of the head of every lane it has a position in, one of `rows`. */
export function addDue(
  previousHead: Float64Array,
  head: Float64Array,
  positions: { readonly consumer: Int32Array; readonly lane: Int32Array },
  position: Float64Array,
  totals: Float64Array,
  rows: Int32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (Number.isNaN(position[row]!)) continue;
    const lane = positions.lane[row]!;
    const step = head[lane]! - previousHead[lane]!;
    if (step > 0) totals[positions.consumer[row]!]! += step;
  }
}

/** The growth of each counter from sample to sample, smoothed over about ten samples. NaN until two are known. */
export function smoothGrowth(previous: Float64Array, now: Float64Array, pace: Float64Array): void {
  for (let row = 0; row < now.length; row++) {
    const step = now[row]! - previous[row]!;
    if (!(step >= 0)) continue;
    const before = pace[row]!;
    pace[row] = Number.isNaN(before) ? step : before + (step - before) * SMOOTHING;
  }
}

/** Makes `now` what the next sample is compared with. What is not known now keeps its last known value. */
export function remember(previous: Float64Array, now: Float64Array): void {
  for (let row = 0; row < now.length; row++) {
    const value = now[row]!;
    if (!Number.isNaN(value)) previous[row] = value;
  }
}
