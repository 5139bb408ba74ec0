/** What was there before where nothing in it is another one: samples share what did not change. */
export function sameItems<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  const isSame = before?.length === now.length && now.every((item, i) => item === before[i]);
  return isSame ? before : now;
}
