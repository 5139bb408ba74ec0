import type { EpochMs } from "../../model/reading.ts";

export interface ProbeBookSettings {
  /** A message that takes longer is late. */
  readonly deadlineMs: number;
  /** A message that takes longer is given up as lost. */
  readonly lostAfterMs: number;
  /** What quantiles are taken over. */
  readonly windowMs: number;
}

/** `atLeast`: messages that are still on their way may make it larger. */
export interface ProbeQuantile {
  readonly ms: number;
  readonly atLeast: boolean;
}

/** `sent` = `inTime` + `late` + `lost` + `outstanding`. */
export interface ProbeReading {
  readonly sent: number;
  readonly inTime: number;
  readonly late: number;
  readonly lost: number;
  readonly outstanding: number;
  /** Age of the oldest message that is still on its way, 0 for none, and when it was meant to be sent, NaN for none. */
  readonly waitingMs: number;
  readonly waitingSince: EpochMs;
  /** Null while nothing was sent. */
  readonly p50: ProbeQuantile | null;
  readonly p99: ProbeQuantile | null;
  readonly max: ProbeQuantile | null;
}

interface Outstanding {
  readonly intendedAt: EpochMs;
  readonly lane: number;
  /** Where it was stored; null until that is known. */
  offset: number | null;
}

/**
 * What became of every message of a probe. Time counts from the moment a message was meant to be sent, so that a server
 * which holds up the sender does not hide it; a late message counts with its true time, and one that is on its way with
 * the time it has taken so far.
 */
export class ProbeBook {
  readonly #settings: ProbeBookSettings;
  readonly #outstanding = new Map<number, Outstanding>();
  /** Of those that arrived within the window, in order of arrival. */
  #arrivedAt: EpochMs[] = [];
  #tookMs: number[] = [];
  #sent = 0;
  #inTime = 0;
  #late = 0;
  #lost = 0;

  constructor(settings: ProbeBookSettings) {
    this.#settings = settings;
  }

  /** A message is due, in a lane where what is read up to can be told. The answer is its number. */
  plan(intendedAt: EpochMs, lane = 0): number {
    this.#expire(intendedAt);
    const number = this.#sent++;
    this.#outstanding.set(number, { intendedAt, lane, offset: null });
    return number;
  }

  isOutstanding(number: number): boolean {
    return this.#outstanding.has(number);
  }

  /** The first copy counts: a message whose fate was in doubt is sent again. */
  arrived(number: number, at: EpochMs): void {
    const message = this.#outstanding.get(number);
    if (!message) return;
    this.#outstanding.delete(number);
    const took = Math.max(0, at - message.intendedAt);
    if (took > this.#settings.deadlineMs) this.#late++;
    else this.#inTime++;
    this.#arrivedAt.push(at);
    this.#tookMs.push(took);
  }

  /** It will not arrive. */
  gone(number: number): void {
    if (this.#outstanding.delete(number)) this.#lost++;
  }

  stored(number: number, offset: number): void {
    const message = this.#outstanding.get(number);
    if (message) message.offset = offset;
  }

  /** Everything of a lane before `offset` has been read: what was stored there and did not come is gone. */
  readUpTo(lane: number, offset: number): void {
    for (const [number, message] of this.#outstanding) {
      if (message.lane !== lane || message.offset === null || message.offset >= offset) continue;
      this.#outstanding.delete(number);
      this.#lost++;
    }
  }

  reading(now: EpochMs): ProbeReading {
    this.#expire(now);
    const [oldest] = this.#outstanding.values(); // in the order they were planned
    const ages = Array.from(this.#outstanding.values(), ({ intendedAt }) => Math.max(0, now - intendedAt));
    const quantileOf = quantiles(this.#tookMs, ages);
    return {
      sent: this.#sent,
      inTime: this.#inTime,
      late: this.#late,
      lost: this.#lost,
      outstanding: this.#outstanding.size,
      waitingMs: ages[0] ?? 0,
      waitingSince: oldest?.intendedAt ?? Number.NaN,
      p50: quantileOf(0.5),
      p99: quantileOf(0.99),
      max: quantileOf(1),
    };
  }

  #expire(now: EpochMs): void {
    const { lostAfterMs, windowMs } = this.#settings;
    for (const [number, { intendedAt }] of this.#outstanding) {
      if (now - intendedAt <= lostAfterMs) break;
      this.#outstanding.delete(number);
      this.#lost++;
    }
    const kept = this.#arrivedAt.findIndex((at) => now - at <= windowMs);
    const gone = kept < 0 ? this.#arrivedAt.length : kept;
    if (gone === 0) return;
    this.#arrivedAt = this.#arrivedAt.slice(gone);
    this.#tookMs = this.#tookMs.slice(gone);
  }
}

/**
 * Quantiles of times some of which are not over yet (the product-limit estimate of Kaplan and Meier): a message on its
 * way stands for what messages that took at least as long took in the end. Left out, the slowest would be missing just
 * while they are slow; counted with their age, the youngest would make everything look quicker than it is.
 */
function quantiles(done: readonly number[], onTheWay: readonly number[]) {
  const times = Float64Array.from(done).sort();
  const ages = Float64Array.from(onTheWay).sort();
  return (share: number): ProbeQuantile | null => {
    if (times.length + ages.length === 0) return null;
    const longest = Math.max(times.at(-1) ?? 0, ages.at(-1) ?? 0);
    let stillOut = 1;
    let age = 0;
    for (let n = 0; n < times.length; n++) {
      while (age < ages.length && ages[age]! < times[n]!) age++;
      stillOut *= 1 - 1 / (times.length - n + ages.length - age);
      if (share < 1 && 1 - stillOut >= share - 1e-9) return { ms: times[n]!, atLeast: false };
    }
    // Nothing that is over took that long.
    return { ms: longest, atLeast: ages.length > 0 && (share < 1 || longest === ages.at(-1)) };
  };
}
