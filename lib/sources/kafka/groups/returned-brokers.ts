import type { EpochMs } from "../../../model/reading.ts";
import type { GroupRound } from "../offsets/broker-sampler.ts";

/** A broker learns within so long what happened while it was away. */
const LEARNS_MS = 3_000;

/**
 * A broker that stood still and goes on takes itself for the coordinator of groups that others have by now, until it hears
 * otherwise, and answers with what was committed before it stood. For a while after it was silent it has no say in groups
 * that a broker lists which was there all the time.
 */
export class ReturnedBrokers {
  readonly #silent = new Set<number>();
  readonly #backAt = new Map<number, EpochMs>();

  /**
   * The rounds without what they may not say.
   *
   * @param rounds of the brokers that answered
   * @param silent those that did not
   */
  sift(rounds: readonly GroupRound[], silent: Iterable<number>, now: EpochMs): readonly GroupRound[] {
    for (const node of silent) {
      this.#silent.add(node);
      this.#backAt.delete(node);
    }
    for (const { node } of rounds) {
      if (this.#silent.delete(node)) this.#backAt.set(node, now);
      else if (now - this.#backAt.get(node)! >= LEARNS_MS) this.#backAt.delete(node);
    }
    if (this.#backAt.size === 0) return rounds;
    const [returned, others] = [true, false].map((isBack) =>
      rounds.filter(({ node }) => this.#backAt.has(node) === isBack),
    );
    const theirs = new Set(others!.flatMap(({ groups }) => groups.map(({ id }) => id)));
    return [...others!, ...returned!.map((round) => without(round, theirs))];
  }
}

function without(round: GroupRound, ids: ReadonlySet<string>): GroupRound {
  const isLeft = (id: string) => !ids.has(id);
  return {
    ...round,
    groups: round.groups.filter(({ id }) => isLeft(id)),
    asked: round.asked.filter(isLeft),
    about: new Set([...round.about].filter(isLeft)),
    described: round.described.filter(({ id }) => isLeft(id)),
  };
}
