/**
 * Runs `task` over the items, at most `width` at a time, and keeps their order. Begins new ones when half of them are
 * done: requests that begin together leave in one write. Rejects with the first failure, after which none begins.
 */
export function mapConcurrently<T, R>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let running = 0;
  return new Promise((resolve, reject) => {
    const run = async (i: number) => {
      results[i] = await task(items[i]!);
      running--;
      if (running <= width / 2) fill();
    };
    const fill = () => {
      while (running < width && next < items.length) {
        running++;
        run(next++).catch((error) => {
          next = items.length;
          reject(error);
        });
      }
      if (running === 0) resolve(results);
    };
    fill();
  });
}
