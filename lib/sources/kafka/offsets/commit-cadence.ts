/** A group whose commits moved this recently is read every time: longer than clients that commit every 5 s take. */
const MOVING_MS = 15_000;
/** A change in a group that stands still shows within this. */
const SHOWN_WITHIN_MS = 5_000;
/** Before anything is measured: what one position in an answer takes a broker, ms. */
const FIRST_GUESS_MS = 0.0005;
const SMOOTHING = 0.2;

interface Pace {
  /** Spreads the groups over the samples. */
  readonly phase: number;
  askedAt: number;
  movedAt: number;
  positions: number;
}

/** What reading commits costs one broker, and how often that makes it worth reading them. */
export interface CadenceFacts {
  /** Groups that stand still are read every so many samples; groups that move, every so many. */
  readonly stillEvery: number;
  readonly movingEvery: number;
  /** Broker time a second at this pace, ms, as estimated from how long its answers take. */
  readonly brokerMsPerSecond: number;
}

/**
 * Which groups' commits to read in a sample. Reading costs the broker in proportion to the positions it tells, so while
 * all of them fit into the budget, all are read every time; beyond that, groups that stand still take turns, each of
 * them within 5 s, and only then do moving groups, too. One for each coordinator.
 */
export class CommitCadence {
  readonly #budgetMs: number;
  readonly #intervalMs: number;
  readonly #paces = new Map<string, Pace>();
  #sample = 0;
  #msPerPosition = FIRST_GUESS_MS;
  #every = { still: 1, moving: 1 };
  #brokerMs = 0;

  /** @param budgetMs broker time a second · @param intervalMs how far apart samples are */
  constructor(budgetMs: number, intervalMs: number) {
    this.#budgetMs = (budgetMs * intervalMs) / 1_000;
    this.#intervalMs = intervalMs;
  }

  get facts(): CadenceFacts {
    const { still, moving } = this.#every;
    return {
      stillEvery: still,
      movingEvery: moving,
      brokerMsPerSecond: (this.#brokerMs * 1_000) / this.#intervalMs,
    };
  }

  /**
   * Of the groups a coordinator lists, those to read now. `groups` itself where it is all of them, so that the request
   * that was encoded for them can be used again.
   */
  pick(groups: readonly string[], focus: ReadonlySet<string>, now: number): readonly string[] {
    this.#plan(groups, now);
    this.#sample++;
    if (this.#every.still === 1 && this.#every.moving === 1) return groups;
    return groups.filter((id) => focus.has(id) || this.#isDue(this.#paceOf(id), now));
  }

  /** What came of reading these groups: how long the broker took, and how many positions it told. */
  took(groups: readonly string[], elapsedMs: number, positions: number, now: number): void {
    for (const id of groups) this.#paceOf(id).askedAt = now;
    if (positions === 0) return;
    const each = elapsedMs / positions;
    // One slow answer says little: a pause of the broker is no price.
    const step = Math.min(each, this.#msPerPosition * 4) - this.#msPerPosition;
    this.#msPerPosition += step * SMOOTHING;
  }

  /** A group as the last answer told it. */
  note(id: string, positions: number, hasMoved: boolean, now: number): void {
    const pace = this.#paceOf(id);
    pace.positions = positions;
    if (hasMoved) pace.movedAt = now;
  }

  /** Forgets groups that are gone. */
  retain(groups: ReadonlySet<string>): void {
    for (const id of this.#paces.keys()) if (!groups.has(id)) this.#paces.delete(id);
  }

  /** The quickest pace that fits into the budget. */
  #plan(groups: readonly string[], now: number): void {
    let still = 0;
    let moving = 0;
    for (const id of groups) {
      const pace = this.#paceOf(id);
      if (this.#moves(pace, now)) moving += pace.positions;
      else still += pace.positions;
    }
    const most = Math.max(1, Math.floor(SHOWN_WITHIN_MS / this.#intervalMs));
    const cost = (everyStill: number, everyMoving: number) =>
      this.#msPerPosition * (still / everyStill + moving / everyMoving);
    let everyStill = 1;
    while (everyStill < most && cost(everyStill, 1) > this.#budgetMs) everyStill++;
    let everyMoving = 1;
    // Half of the budget is theirs whatever the others take: slowing a few of them would save next to nothing.
    while (
      everyMoving < everyStill &&
      cost(everyStill, everyMoving) > this.#budgetMs &&
      cost(Number.POSITIVE_INFINITY, everyMoving) > this.#budgetMs / 2
    ) {
      everyMoving++;
    }
    this.#every = { still: everyStill, moving: everyMoving };
    this.#brokerMs = cost(everyStill, everyMoving);
  }

  #isDue(pace: Pace, now: number): boolean {
    const every = this.#moves(pace, now) ? this.#every.moving : this.#every.still;
    // The age counts, too: a turn can be missed when the pace changes.
    return (
      (this.#sample + pace.phase) % every === 0 ||
      now - pace.askedAt >= SHOWN_WITHIN_MS - this.#intervalMs / 2
    );
  }

  #moves({ movedAt }: Pace, now: number): boolean {
    return now - movedAt < MOVING_MS;
  }

  #paceOf(id: string): Pace {
    let pace = this.#paces.get(id);
    if (pace === undefined) {
      pace = {
        phase: this.#paces.size,
        askedAt: Number.NEGATIVE_INFINITY,
        movedAt: Number.NEGATIVE_INFINITY,
        positions: 1,
      };
      this.#paces.set(id, pace);
    }
    return pace;
  }
}
