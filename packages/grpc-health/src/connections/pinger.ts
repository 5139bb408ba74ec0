import type { PingCallback } from "../closing.ts";

/** A peer that lives answers in a round trip; more pings than this would say nothing new. Node allows 10 at a time. */
const mostUnanswered = 3;
const spacingMs = 2000;

/**
 * Pings that tell a peer whose application does not read, which answers, from a peer that is frozen or gone, which does
 * not.
 */
export class Pinger {
  readonly #unansweredAt: number[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Of the last answered one. */
  roundTripMs: number | undefined;
  answeredAt: number | undefined;

  constructor(
    readonly send: (callback: PingCallback) => boolean,
    readonly onAnswer: () => number,
  ) {}

  get unanswered(): number {
    return this.#unansweredAt.length;
  }

  get firstUnansweredAt(): number | undefined {
    return this.#unansweredAt[0];
  }

  /** Sends one unless the last one is too recent; tells whether it did. */
  ping(now: number): boolean {
    if (now - this.#sentAt < spacingMs || this.unanswered >= mostUnanswered) return false;
    this.#sentAt = now;
    const sent = this.send((error, durationMs) => {
      if (error !== null) return;
      this.#unansweredAt.shift();
      this.roundTripMs = durationMs;
      this.answeredAt = this.onAnswer();
    });
    if (sent) this.#unansweredAt.push(now);
    return sent;
  }
}
