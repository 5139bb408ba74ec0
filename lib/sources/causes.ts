/** The error and everything under it: `cause` and the parts of aggregates. */
export function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (const queue = [error]; queue.length > 0 && chain.length < 20; ) {
    const next = queue.shift();
    if (!(next instanceof Error)) continue;
    chain.push(next);
    queue.push(next.cause);
    if (next instanceof AggregateError) queue.push(...next.errors);
  }
  return chain;
}
