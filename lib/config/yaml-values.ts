import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type Environment, substitute } from "./substitute.ts";

export type Path = readonly (string | number)[];

/** Where one value stands in the text, and how it was written there. Offsets are in characters. */
export interface Place {
  key: number | null;
  value: number;
  /** A scalar as written, before `${…}` was replaced: safe to repeat where the substituted value is not. */
  written: string | undefined;
  /** Already reported (unset variable, unknown alias): what validation says about it would only repeat that. */
  failed: boolean;
}

export interface YamlValues {
  value: unknown;
  root: Place;
  /** For every mapping and list: the places of its members. */
  places: WeakMap<object, Map<string | number, Place>>;
}

export interface ReadContext {
  env: Environment;
  /** Line of an offset, from 1. */
  lineOf(offset: number): number;
  report(offset: number, path: Path, message: string, expected: string): void;
}

type Read = { value: unknown; place: Place };

export const MAX_DEPTH = 32;
const MAX_ALIASES = 1000;

/**
 * Plain values of a YAML tree, with `${…}` replaced and the place of each kept. Own conversion rather than `toJS`
 * because aliases share one object here: an alias bomb costs what it weighs in the file, and an anchor that contains
 * itself cannot be built. Mappings have no prototype, so a key `__proto__` is only a key.
 */
export function readValues(root: Node, { env, lineOf, report }: ReadContext): YamlValues {
  const places: YamlValues["places"] = new WeakMap();
  const anchors = new Map<string, Read>();
  let aliases = 0;

  function read(node: Node | null | undefined, path: Path, key: number | null, fallback: number): Read {
    const value = node?.range?.[0] ?? fallback;
    const place: Place = { key, value, written: undefined, failed: false };
    if (!node) return { value: null, place };
    if (isAlias(node)) return readAlias(node, path, place);
    const result = { value: readNode(node, path, place), place };
    // Kept once complete, so an alias inside its own anchor finds nothing.
    if ("anchor" in node && node.anchor) anchors.set(node.anchor, result);
    return result;
  }

  function readNode(node: Node, path: Path, place: Place): unknown {
    if (isScalar(node)) return readScalar(node, path, place);
    if (path.length > MAX_DEPTH) {
      report(place.value, path.slice(0, 2), "is nested too deeply", `at most ${MAX_DEPTH} levels`);
      place.failed = true;
      return null;
    }
    if (isMap(node)) return readMapping(node, path);
    if (isSeq(node)) {
      const entries = new Map<string | number, Place>();
      const list = node.items.map((item, i) => {
        const member = read(item as Node, [...path, i], null, place.value);
        entries.set(i, member.place);
        return member.value;
      });
      places.set(list, entries);
      return list;
    }
    return null;
  }

  function readScalar(node: Scalar, path: Path, place: Place): unknown {
    place.written = node.source ?? String(node.value);
    if (typeof node.value !== "string") return node.value;
    const result = substitute(node.value, env);
    for (const p of result.problems) report(place.value, path, p.message, p.expected);
    place.failed = result.problems.length > 0;
    return result.value;
  }

  function readAlias(node: Alias, path: Path, place: Place): Read {
    aliases++;
    const target = aliases <= MAX_ALIASES ? anchors.get(node.source) : undefined;
    if (target) {
      const { written, failed } = target.place;
      return { value: target.value, place: { ...place, written, failed } };
    }
    place.failed = true;
    // The alias is not named: an unquoted secret that starts with `*` reads as one.
    if (aliases === MAX_ALIASES + 1)
      report(place.value, path, "has too many aliases (*)", `at most ${MAX_ALIASES} in the file`);
    else if (aliases <= MAX_ALIASES)
      report(
        place.value,
        path,
        "is an alias (*) without an anchor",
        "an anchor (&) before it, or quotes around text",
      );
    return { value: null, place };
  }

  function readMapping(node: YAMLMap, path: Path): Record<string, unknown> {
    const mapping = Object.create(null) as Record<string, unknown>;
    const entries = new Map<string | number, Place>();
    const merged: Read[] = [];
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const at = pair.key?.range?.[0] ?? node.range?.[0] ?? 0;
      if (!isScalar(pair.key)) {
        report(at, path, "has a key that is not text", "key: value");
        continue;
      }
      const key = pair.key.source ?? String(pair.key.value);
      const member = read(pair.value, [...path, key], at, at);
      if (key === "<<" && pair.key.type === "PLAIN") merged.push(member);
      else {
        const first = entries.get(key)?.key;
        if (typeof first === "number")
          report(at, [...path, key], `is set twice, first on line ${lineOf(first)}`, "each key once");
        mapping[key] = member.value;
        entries.set(key, member.place);
      }
    }
    for (const source of merged) merge(source, path, mapping, entries);
    places.set(mapping, entries);
    return mapping;
  }

  /** `<<: *defaults`: what the mapping says itself wins, then the earlier source. */
  function merge(
    from: Read,
    path: Path,
    into: Record<string, unknown>,
    entries: Map<string | number, Place>,
  ): void {
    if (from.place.failed) return;
    for (const source of Array.isArray(from.value) ? from.value : [from.value]) {
      const known = source !== null && typeof source === "object" ? places.get(source) : undefined;
      if (!known || Array.isArray(source)) {
        report(from.place.value, [...path, "<<"], "does not name a mapping", "<<: *anchor of a mapping");
        continue;
      }
      for (const [key, place] of known) {
        if (entries.has(key)) continue;
        into[key] = (source as Record<string, unknown>)[key];
        entries.set(key, place);
      }
    }
  }

  const top = read(root, [], null, 0);
  return { value: top.value, root: top.place, places };
}
