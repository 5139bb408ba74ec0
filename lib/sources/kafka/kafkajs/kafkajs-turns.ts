/** One thing that is asked for again and again. */
export interface Asked {
  /** When it was last asked for, EpochMs; -Infinity: never. */
  askedAt: number;
}

/**
 * Whose turn it is: those asked for longest ago, as many as `budget` requests pay for, and always one. `cost` is called
 * once for each that may come next, in this order, so that it can take what two of them share only once.
 */
export function takeTurns<T extends Asked>(
  all: Iterable<T>,
  budget: number,
  cost: (one: T) => number,
  first: (one: T) => boolean = () => false,
): T[] {
  const everybody = [...all];
  const waiting = [...everybody.filter(first), ...everybody.filter((one) => !first(one)).sort(byTurn)];
  const taken: T[] = [];
  let spent = 0;
  for (const one of waiting) {
    spent += cost(one);
    if (taken.length > 0 && spent > budget) break;
    taken.push(one);
  }
  return taken;
}

function byTurn(a: Asked, b: Asked): number {
  if (a.askedAt === b.askedAt) return 0;
  return a.askedAt < b.askedAt ? -1 : 1;
}
