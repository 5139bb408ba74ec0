import { performance } from "node:perf_hooks";

const TICK_MS = 20;
/** After a pause of the event loop, at most this much is made up for. */
const CATCH_UP_MS = 500;

/** How many of a steady rate are due at each asking, with the fractions kept. */
export class Pace {
  #spentAt = performance.now();
  readonly #stepMs: number;

  constructor(perSecond: number) {
    this.#stepMs = 1000 / perSecond;
  }

  /** Takes all that is due by now. */
  take(): number {
    const now = performance.now();
    this.#spentAt = Math.max(this.#spentAt, now - CATCH_UP_MS);
    const due = Math.max(0, Math.floor((now - this.#spentAt) / this.#stepMs));
    this.#spentAt += due * this.#stepMs;
    return due;
  }

  /** Takes one, in advance if need be; returns how long to wait for it, in ms. */
  takeOne(): number {
    const now = performance.now();
    this.#spentAt = Math.max(this.#spentAt, now - CATCH_UP_MS) + this.#stepMs;
    return Math.max(0, this.#spentAt - now);
  }
}

/** Calls `send` at a steady rate while `isOn`; the returned function ends it. */
export function startPacer(perSecond: number, isOn: () => boolean, send: () => void): () => void {
  const pace = new Pace(perSecond);
  const timer = setInterval(() => {
    const due = pace.take();
    if (isOn()) for (let i = 0; i < due; i++) send();
  }, TICK_MS);
  return () => clearInterval(timer);
}
