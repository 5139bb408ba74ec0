/**
 * The first so many of the items in their order, sorted; as sorting all of them would have it, equal ones as they came. Where
 * few of very many are looked at, one comparison an item is enough for nearly all of them.
 */
export function firstOf<T>(items: readonly T[], count: number, compare: (a: T, b: T) => number): T[] {
  if (count <= 0) return [];
  if (count >= items.length) return items.toSorted(compare);
  const first = items.slice(0, count).sort(compare);
  for (let at = count; at < items.length; at++) {
    const item = items[at]!;
    if (compare(item, first[count - 1]!) >= 0) continue;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(item, first[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    first.copyWithin(low + 1, low, count - 1);
    first[low] = item;
  }
  return first;
}
