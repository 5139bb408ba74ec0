import type * as z from "zod";
import type { ConfigProblem } from "./problems.ts";
import { isSecretKey } from "./secrets.ts";
import { suggest } from "./suggest.ts";
import { formatKey, formatPath, type YamlLines } from "./yaml-lines.ts";
import type { Path } from "./yaml-values.ts";

/** A mistake in the values, before its line is known. */
export interface Finding {
  path: Path;
  expected: string;
  /** What is wrong; without it, what is there is described. */
  message?: string;
  /** The value itself (default) or its key. */
  at?: "key" | "value";
}

/** Findings of a failed zod parse whose input stands at `base`. See `field` for the meaning of an issue's message. */
export function findingsOf(error: z.ZodError, base: Path): Finding[] {
  return error.issues.flatMap((issue): Finding[] => {
    const path = [...base, ...issue.path.map((s) => (typeof s === "number" ? s : String(s)))];
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey(path, key, issue.message));
    const because = issue.code === "custom" ? issue.params?.because : undefined;
    return [{ path, expected: issue.message, ...(typeof because === "string" && { message: because }) }];
  });
}

function unknownKey(path: Path, key: string, keys: string): Finding {
  const near = suggest(key, keys.split(", "));
  const message = `unknown key ${formatKey(key)}${near ? `, did you mean ${near}?` : ""}`;
  return { path: [...path, key], message, expected: `one of ${keys}`, at: "key" };
}

/** With line and column; null for what was reported while reading the text (an unset variable is not also "no number"). */
export function locateFinding(finding: Finding, yaml: YamlLines): ConfigProblem | null {
  const { place, exact } = yaml.locate(finding.path);
  if (place.failed) return null;
  const value = exact ? valueAt(yaml.value, finding.path) : undefined;
  // A mapping or list starts on the line after its key; the key is the line people look for.
  const atKey = finding.at === "key" || !exact || (typeof value === "object" && value !== null);
  const offset = atKey ? (place.key ?? place.value) : place.value;
  const message = finding.message ?? describe(value, exact, place.written, finding);
  const path = formatPath(finding.path);
  return { ...yaml.position(offset), path, message, expected: finding.expected };
}

function describe(
  value: unknown,
  exact: boolean,
  written: string | undefined,
  { path, expected }: Finding,
): string {
  if (!exact || value === undefined) {
    // A part of a text with commas has no place of its own.
    return typeof path.at(-1) === "number" ? `item ${Number(path.at(-1)) + 1} does not fit` : "is missing";
  }
  if (value === null) return "has no value";
  if (Array.isArray(value)) return value.length === 0 ? "is an empty list" : "is a list";
  if (typeof value === "object") return "is a mapping";
  if (value === "") return "is empty";
  const type = typeof value === "string" ? "text" : typeof value === "number" ? "a number" : "true or false";
  // `@`: a URL with credentials. `written` is the text of the file, so a substituted value does not show.
  if (isSecretKey(path.at(-1)) || written === undefined || written.includes("@"))
    return `is ${type} that does not fit`;
  const shown = JSON.stringify(written.length > 40 ? `${written.slice(0, 40)}…` : written);
  const near = expected.startsWith("one of ") ? suggest(written, expected.slice(7).split(", ")) : undefined;
  if (near) return `is ${shown}, did you mean ${near}?`;
  if (typeof value === "string") return written.includes("${") ? `is what ${shown} brought` : `is ${shown}`;
  const quotes = !/number|true|list|mapping|auto/.test(expected);
  return `is ${type} (${written.slice(0, 40)})${quotes ? ", which needs quotes to be text" : ""}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null)?.[key],
    root,
  );
}
