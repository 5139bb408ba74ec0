import { SampleCodecError } from "./form/sample-codec-error.ts";

export type Fields = Record<string, unknown>;

/** An object with fields: no list, no map, no column. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !ArrayBuffer.isView(value)
  );
}

/** Throws for instances of classes: of those only the fields would be left. */
export function checkFields(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype, also that of another realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  throw notPlain(`a ${value.constructor?.name || "class"}`);
}

export function notPlain(what: string): SampleCodecError {
  return new SampleCodecError("NOT_PLAIN", `A sample holds ${what}, which is no plain data.`);
}

export function fieldOf(fields: unknown, key: string): unknown {
  return isFields(fields) && Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Also a field whose name is that of the prototype. */
export function setField(fields: Fields, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true });
  } else fields[key] = value;
}

/** A list, or a map with its keys apart. */
export interface Listed {
  readonly values: readonly unknown[];
  readonly keys: readonly unknown[] | null;
}

/** Where there was none: not the same as an empty one. */
export const EMPTY: Listed = { values: [], keys: null };

/** What a list or map can be coded against: another one of its sort. */
export function listedBefore(isMap: boolean, previous: unknown): Listed {
  if (isMap) return previous instanceof Map ? listedMap(previous) : EMPTY;
  return Array.isArray(previous) ? { values: previous, keys: null } : EMPTY;
}

export function listedMap(map: ReadonlyMap<unknown, unknown>): Listed {
  return { keys: [...map.keys()], values: [...map.values()] };
}
