/** What one of Streamside's own sockets differs in by chance from what the target's clock says. */
const CHANCE_MS = 50;

/**
 * The target's clock against this one. Streamside's own socket tells when the target received the request that asks for
 * it: between when it was sent and when it was answered.
 */
export interface TargetClock {
  /** @param toldAt on the target's clock; NaN: not told */
  learn(toldAt: number, sentAt: number, answeredAt: number): void;
  /** The same moment on this clock, never later than `now`; NaN stays NaN. */
  toOurs(at: number, now: number): number;
}

export function createTargetClock(): TargetClock {
  let ahead = 0;
  return {
    learn(toldAt, sentAt, answeredAt) {
      const measured = toldAt - (sentAt + answeredAt) / 2;
      // Times that nothing happened to stay where they are.
      if (Math.abs(measured - ahead) > CHANCE_MS + (answeredAt - sentAt)) ahead = measured;
    },
    toOurs: (at, now) => Math.min(at - ahead, now),
  };
}
