import * as z from "zod";

/**
 * Fields of `streamside.yaml`. Convention of this folder: an issue's `message` is what was **expected** ("a whole number
 * from 1 to 10"); what is there instead is told by `findings.ts`, which knows how the value was written. `params.because`
 * replaces that description where the field knows better. For unrecognised keys the message is the list of valid keys.
 */
export function field<T>(
  expected: string,
  read: (value: unknown, because: (why: string) => void) => T | undefined,
) {
  return z.unknown().transform((value, ctx): T => {
    let because: string | undefined;
    const result = read(value, (why) => {
      because = why;
    });
    if (result !== undefined) return result;
    ctx.addIssue({ code: "custom", message: expected, params: { because } });
    return z.NEVER;
  });
}

/** A mapping with exactly these keys. */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S, expected = "a mapping (key: value)") {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? keys : expected) });
}

/** A list with at least one item; `split` also takes one text with commas, as an environment variable brings it. */
export function list<T extends z.ZodType>(item: T, expected: string, split = true) {
  const items = z.array(item, { error: expected }).min(1, { error: expected });
  const parts = (text: string) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  return z.preprocess((value) => (split && typeof value === "string" ? parts(value) : value), items);
}

export function text(expected = "text", pattern = /\S/, max = 500) {
  return field(expected, (v) =>
    typeof v === "string" && v.length <= max && pattern.test(v) ? v : undefined,
  );
}

/** Also takes digits as text, because `${PORT}` is text. */
export function integer(min: number, max: number, unit = "") {
  return field(`a whole number from ${min} to ${max}${unit && ` ${unit}`}`, (v) => {
    const n = typeof v === "string" && /^\d{1,15}$/.test(v.trim()) ? Number(v) : v;
    return typeof n === "number" && Number.isInteger(n) && n >= min && n <= max ? n : undefined;
  });
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  /** 365 days. */
  y: 365 * 86_400_000,
};

/**
 * A length of time with its unit, so that nobody has to know in which one it is meant; in milliseconds.
 *
 * @param least,most as they are written
 */
export function duration(least: string, most: string, examples: string) {
  const [leastMs, mostMs] = [msOf(least)!, msOf(most)!];
  return field(`a time from ${least} to ${most} with its unit: ${examples}`, (v, because) => {
    if (typeof v === "number" || (typeof v === "string" && /^\s*\d+(\.\d+)?\s*$/.test(v))) {
      because("is a number without a unit");
      return undefined;
    }
    const ms = msOf(v);
    if (ms === undefined || (ms >= leastMs && ms <= mostMs)) return ms;
    because(`is ${ms < leastMs ? `less than ${least}` : `more than ${most}`}`);
    return undefined;
  });
}

function msOf(v: unknown): number | undefined {
  const [, amount, unit] =
    (typeof v === "string" && /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d|y)$/.exec(v)) || [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * UNITS_MS[unit]!;
}

const UNITS_BYTES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** A size on disk with its unit, in bytes. */
export function size(least: string, examples: string) {
  const leastBytes = bytesOf(least)!;
  return field(`a size of at least ${least} with its unit: ${examples}`, (v, because) => {
    const bytes = bytesOf(v);
    if (bytes === undefined || bytes >= leastBytes) return bytes;
    because(`is less than ${least}`);
    return undefined;
  });
}

function bytesOf(v: unknown): number | undefined {
  const [, amount, unit] = (typeof v === "string" && /^(\d{1,9}(?:\.\d{1,3})?) ?(MB|GB|TB)$/.exec(v)) || [];
  return amount === undefined || unit === undefined
    ? undefined
    : Math.round(Number(amount) * UNITS_BYTES[unit]!);
}

export function flag() {
  return field("true or false", readFlag);
}

function readFlag(v: unknown): boolean | undefined {
  if (v === true || v === "true") return true;
  return v === false || v === "false" ? false : undefined;
}

/** `true`, for options with their defaults, `false` or the options themselves; undefined means off. */
export function switchable<T extends z.ZodType>(options: T) {
  const onOff = (value: unknown) => {
    const on = readFlag(value);
    return on === undefined ? value : on ? {} : undefined;
  };
  return z.preprocess(onOff, options.optional()).optional();
}

export function choice<const T extends string>(values: readonly T[]) {
  const expected = `one of ${values.join(", ")}`;
  return field(expected, (v) => values.find((x) => typeof v === "string" && x === v.toLowerCase()));
}

export function regex() {
  return field("a regular expression as in JavaScript", (v, because) => {
    if (typeof v !== "string" || v === "") return undefined;
    try {
      new RegExp(v);
      return v;
    } catch (error) {
      // "Invalid regular expression: /(/: Unterminated group": only the reason, the pattern may be substituted.
      const reason = error instanceof Error ? error.message.split("/: ").at(-1) : undefined;
      because(`is not a regular expression (${reason ?? "malformed"})`);
      return undefined;
    }
  });
}

export function filter() {
  return mapping(
    { include: regex().exactOptional(), exclude: regex().exactOptional() },
    "a mapping with include and/or exclude",
  ).prefault({});
}

/** `host:port` as `host:port`; with a default port also `host`. IPv6 in brackets. */
export function readAddress(value: unknown, defaultPort?: number): string | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^(\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^\s/:@[\]?#,"'\\$]{1,255})(?::(\d{1,5}))?$/.exec(value);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  return match && port !== undefined && port >= 1 && port <= 65535 ? `${match[1]}:${port}` : undefined;
}
