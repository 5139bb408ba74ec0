/** Whether every subject that `inner` matches is matched by `outer` too. */
export function covers(outer: string, inner: string): boolean {
  const outerTokens = outer.split(".");
  const innerTokens = inner.split(".");
  for (let i = 0; i < outerTokens.length; i++) {
    const token = outerTokens[i];
    if (token === ">") return innerTokens.length > i;
    if (i >= innerTokens.length || innerTokens[i] === ">") return false;
    if (token !== "*" && token !== innerTokens[i]) return false;
  }
  return innerTokens.length === outerTokens.length;
}

/**
 * Whether filters leave out anything a stream may hold. Both are subjects joined with a space; a stream without
 * subjects (a mirror) may hold anything.
 */
export function isNarrower(filter: string, streamSubjects: string): boolean {
  if (filter === "") return false;
  const filters = filter.split(" ");
  const subjects = streamSubjects === "" ? [">"] : streamSubjects.split(" ");
  return !subjects.every((subject) => filters.some((one) => covers(one, subject)));
}
