import type { LimitsConfig } from "../config/index.ts";
import { withLimits } from "../derive/limits.ts";
import type { Limits } from "../sample/limits.ts";

/** Consumers may come and go with every connection: more names than this are not kept. */
const MOST_KEPT = 50_000;

/**
 * What a consumer of a source is measured by, by its name. What is set for consumers by name goes before what is set
 * for everyone, the source's before what is set at the top, and all of it before what is usual for its kind.
 */
export function createLimitsOf(
  usual: Limits,
  { consumers: everywhere, ...top }: LimitsConfig,
  { consumers: here, ...ofSource }: LimitsConfig,
): (name: string) => Limits {
  const base = withLimits(usual, top, ofSource);
  const byName = [...everywhere, ...here].map(({ match, ...set }) => ({ pattern: new RegExp(match), set }));
  if (byName.length === 0) return () => base;
  const known = new Map<string, Limits>();
  return (name) => {
    let limits = known.get(name);
    if (limits === undefined) {
      const set = byName.filter(({ pattern }) => pattern.test(name)).map((entry) => entry.set);
      limits = set.length === 0 ? base : withLimits(base, ...set);
      if (known.size >= MOST_KEPT) known.clear();
      known.set(name, limits);
    }
    return limits;
  };
}
