import type { GroupRound } from "../offsets/broker-sampler.ts";
import type { GroupRecord } from "./plan.ts";

/**
 * Whom to believe where several brokers list the same group. While a group moves that is so for a moment; longer where a
 * broker was paused and goes on as if it still coordinated its groups: it tells the offsets that it knew when it was
 * paused, with no error. The answer of a broker has nothing in it that tells the two apart, so what counts is the order:
 * whoever took a group over last has it, and who lost it is believed again once it was seen not to list it.
 */
export class Coordination {
  /** Groups that each broker has lost to another one and not been seen without since, by node. */
  readonly #lost = new Map<number, Set<string>>();

  lost(node: number, group: string): void {
    const groups = this.#lost.get(node);
    if (groups) groups.add(group);
    else this.#lost.set(node, new Set([group]));
  }

  /**
   * The rounds without what they say of groups that others coordinate.
   * @param silent brokers without an answer: a group does not go back to who lost it because its coordinator is late
   */
  settle(
    rounds: readonly GroupRound[],
    silent: ReadonlyMap<number, unknown>,
    known: ReadonlyMap<string, GroupRecord>,
  ): readonly GroupRound[] {
    for (const round of rounds) this.#heed(round);
    const coordinator = this.#heldBySilent(silent, known);
    let isDisputed = false;
    for (const { node, groups } of rounds) {
      for (const { id } of groups) {
        const other = coordinator.get(id) ?? node;
        isDisputed ||= other !== node;
        if (other === node || this.#claim(node, id, known) > this.#claim(other, id, known)) {
          coordinator.set(id, node);
        }
      }
    }
    if (!isDisputed) return rounds;
    return rounds.map((round) => {
      const isTheirs = (id: string) => (coordinator.get(id) ?? round.node) === round.node;
      return {
        ...round,
        groups: round.groups.filter(({ id }) => isTheirs(id)),
        described: round.described.filter(({ id }) => isTheirs(id)),
        about: new Set([...round.about].filter(isTheirs)),
      };
    });
  }

  /** Who does not list a group any more knows that it has lost it: the next time it does, it has got it anew. */
  #heed({ node, groups, complete }: GroupRound): void {
    const lost = this.#lost.get(node);
    if (lost === undefined || !complete) return;
    const listed = new Set(groups.map(({ id }) => id));
    for (const id of lost) if (!listed.has(id)) lost.delete(id);
    if (lost.size === 0) this.#lost.delete(node);
  }

  #heldBySilent(
    silent: ReadonlyMap<number, unknown>,
    known: ReadonlyMap<string, GroupRecord>,
  ): Map<string, number> {
    const held = new Map<string, number>();
    if (silent.size === 0) return held;
    for (const id of [...this.#lost.values()].flatMap((groups) => [...groups])) {
      const node = known.get(id)?.node;
      if (node !== undefined && silent.has(node)) held.set(id, node);
    }
    return held;
  }

  /** The higher, the later it got the group: before its coordinator did, as its coordinator so far, or after. */
  #claim(node: number, id: string, known: ReadonlyMap<string, GroupRecord>): number {
    if (this.#lost.get(node)?.has(id)) return 0;
    return known.get(id)?.node === node ? 1 : 2;
  }
}
