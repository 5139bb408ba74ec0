/**
 * What turns one JSON value into another, small where little changed, and JSON itself:
 * - of an object: its changed fields, each as a patch; `"-"`: names of fields that are gone
 * - of a list that slid or changed in one place, `{ "~": [drop, at, remove, ...items] }`: drop so many from the front,
 *   then, at this place, remove so many and put the items there
 * - of a list of objects, `{ "#": [[at, patch], …] }`: these of them, each by a patch
 * - anything else: the new value
 * Values have no fields of these three names.
 */
export type Patch = unknown;

type Fields = Readonly<Record<string, unknown>>;

/** A list that slid by more than this is sent as a whole. */
const MOST_DROPPED = 4;

/** A patch was made for another value than the one at hand. */
export class PatchMisfit extends Error {}

/** What turns `before` into `after`; undefined: they are equal. */
export function patchOf(before: unknown, after: unknown): Patch | undefined {
  if (before === after) return undefined;
  if (Array.isArray(after)) return Array.isArray(before) ? patchOfList(before, after) : after;
  if (isFields(after) && isFields(before)) return patchOfFields(before, after);
  return after;
}

/**
 * `before` with the patch applied. What did not change keeps its identity.
 *
 * @throws PatchMisfit where the patch was made for another value
 */
export function applyPatch(before: unknown, patch: Patch): unknown {
  if (!isFields(patch)) return patch;
  if (Object.hasOwn(patch, "~")) return spliced(listOf(before), patch["~"] as readonly unknown[]);
  if (Object.hasOwn(patch, "#")) {
    const list = [...listOf(before)];
    for (const [at, change] of patch["#"] as readonly [number, Patch][]) {
      if (!(at in list)) throw new PatchMisfit(`There is no ${at} in a list of ${list.length}.`);
      list[at] = applyPatch(list[at], change);
    }
    return list;
  }
  const old = isFields(before) ? before : {};
  const gone = (patch["-"] ?? []) as readonly string[];
  // Not by assignment: a field may be called `__proto__`.
  return Object.fromEntries([
    ...Object.entries(old).filter(([name]) => !gone.includes(name)),
    ...Object.entries(patch)
      .filter(([name]) => name !== "-")
      .map(([name, change]) => [name, applyPatch(Object.hasOwn(old, name) ? old[name] : undefined, change)]),
  ]);
}

function patchOfFields(before: Fields, after: Fields): Patch | undefined {
  let patch: Record<string, Patch> | undefined;
  for (const name of Object.keys(after)) {
    const change = Object.hasOwn(before, name) ? patchOf(before[name], after[name]) : after[name];
    if (change === undefined) continue;
    patch ??= Object.create(null) as Record<string, Patch>;
    patch[name] = change;
  }
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  if (gone.length === 0) return patch;
  return { ...patch, "-": gone };
}

function patchOfList(before: readonly unknown[], after: readonly unknown[]): Patch | undefined {
  if (before.length === after.length && after.length > 0 && isFields(after[0])) {
    const changes: [number, Patch][] = [];
    for (const [at, item] of after.entries()) {
      const change = patchOf(before[at], item);
      if (change !== undefined) changes.push([at, change]);
    }
    if (changes.length === 0) return undefined;
    // One that went where another one was is a list that slid, and better told as that.
    if (changes.length * 2 <= after.length) return { "#": changes };
  }
  let best: { drop: number; at: number; remove: number; until: number } | null = null;
  for (let drop = 0; drop <= MOST_DROPPED && drop <= before.length; drop++) {
    const most = Math.min(before.length - drop, after.length);
    let at = 0;
    while (at < most && isEqual(before[drop + at], after[at])) at++;
    let same = 0;
    while (same < most - at && isEqual(before.at(-1 - same), after.at(-1 - same))) same++;
    const remove = before.length - drop - at - same;
    const until = after.length - same;
    if (best === null || until - at < best.until - best.at) best = { drop, at, remove, until };
    if (until === at) break;
  }
  const { drop, at, remove, until } = best!;
  if (drop === 0 && remove === 0 && until === at) return undefined;
  if (at === 0 && until === after.length) return after;
  return { "~": [drop, at, remove, ...after.slice(at, until)] };
}

function spliced(list: readonly unknown[], [drop, at, remove, ...items]: readonly unknown[]): unknown[] {
  const kept = list.slice(drop as number);
  if (kept.length < (at as number) + (remove as number)) {
    throw new PatchMisfit(`A list of ${list.length} is too short for this change.`);
  }
  kept.splice(at as number, remove as number, ...items);
  return kept;
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || patchOf(a, b) === undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new PatchMisfit("A change of a list, and there is none.");
  return value;
}
