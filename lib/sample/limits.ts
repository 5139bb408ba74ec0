/** What a verdict is measured by. */
export interface Limits {
  readonly lateMs: number;
  readonly stalledMs: number | null;
  readonly stoppedMs: number | null;
  readonly minBacklog: number;
  readonly ignore: boolean;
  /** No arrival and no backlog for so long: `idle`. */
  readonly idleMs: number;
  /**
   * Standing still is longer than `rhythms` times the longest usual pause, but never less than `stillLeastMs` nor more
   * than `stillMostMs`; `stillUnknownMs` while the rhythm is not known.
   */
  readonly rhythms: number;
  readonly stillLeastMs: number;
  readonly stillMostMs: number;
  readonly stillUnknownMs: number;
  /** So long something that is known to hold it up must last before it is told. */
  readonly heldUpMs: number;
  /** What gets better is shown once it has held for so long; what is wrong is told at once. */
  readonly recoveryMs: number;
}

/** Of what keeps messages until they are read; a kind that knows better has its own. */
export const USUAL_LIMITS: Limits = {
  lateMs: 60_000,
  stalledMs: null,
  stoppedMs: null,
  minBacklog: 0,
  ignore: false,
  idleMs: 30_000,
  rhythms: 3,
  stillLeastMs: 10_000,
  stillMostMs: 15 * 60_000,
  stillUnknownMs: 60_000,
  heldUpMs: 10_000,
  recoveryMs: 10_000,
};
