import { type ErrorCode, LineCounter, parseDocument } from "yaml";
import type { ConfigProblem } from "./problems.ts";
import type { Environment } from "./substitute.ts";
import { MAX_DEPTH, type Path, type Place, readValues } from "./yaml-values.ts";

/** A configuration text as plain values, each with its line. */
export interface YamlLines {
  value: unknown;
  /** Mistakes in the text itself: syntax, duplicate keys, unset variables, aliases. */
  problems: ConfigProblem[];
  /** True when the text is not YAML at all, so that looking at its values would only mislead. */
  broken: boolean;
  /** The place of a value, or of the nearest thing around it that exists; `exact` says which. */
  locate(path: Path): { place: Place; exact: boolean };
  /** Line and column of an offset, both from 1. */
  position(offset: number): { line: number; column: number };
}

const MAX_CHARS = 1024 * 1024;

/** Parses YAML and replaces `${…}`; never throws. */
export function readYaml(text: string, env: Environment): YamlLines {
  const lineCounter = new LineCounter();
  const problems: ConfigProblem[] = [];
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = (): YamlLines => ({ value: null, problems, broken: true, locate: () => NOWHERE, position });
  const wholeFile = (message: string, expected: string): YamlLines => {
    problems.push({ line: null, path: "", message, expected });
    return broken();
  };

  if (text.length > MAX_CHARS) return wholeFile("the file is too large", "at most 1 MiB");
  // Own check for duplicate keys: it names both lines, and the library's compares every key with every other.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: "error" } as const;
  const doc = parseDocument(text, options);
  const faults = [...doc.errors, ...doc.warnings];
  for (const fault of faults) {
    const at = position(fault.pos[0]);
    // One fault often brings others on its line; they explain nothing more.
    if (problems.some((p) => p.line === at.line)) continue;
    const message = `malformed YAML: ${describeFault(fault.code, fault.message)}`;
    problems.push({ ...at, path: "", message, expected: expectedAt(fault.code, lineAt(text, fault.pos[0])) });
    if (problems.length >= MAX_FAULTS) break;
  }
  if (faults.length > 0) return broken();
  if (!doc.contents) return wholeFile("the file is empty", "a mapping with `sources:`");

  const values = readValues(doc.contents, {
    env,
    lineOf: (offset) => position(offset).line,
    report: (offset, path, message, expected) =>
      problems.push({ ...position(offset), path: formatPath(path), message, expected }),
  });
  return { value: values.value, problems, broken: false, locate, position };

  function locate(path: Path): { place: Place; exact: boolean } {
    let place = values.root;
    let value = values.value;
    for (const segment of path) {
      const next =
        value !== null && typeof value === "object" ? values.places.get(value)?.get(segment) : undefined;
      if (!next || place.failed) return { place, exact: false };
      place = next;
      value = (value as Record<string | number, unknown>)[segment];
    }
    return { place, exact: true };
  }
}

/** `["sources", 0, "id"]` as `sources[0].id`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    return text ? `${text}.${formatKey(segment)}` : formatKey(segment);
  }, "");
}

/**
 * A key as it may be shown. What does not look like a key may be a value that slipped there (`{password:hunter2}`) or
 * control characters meant for the terminal.
 */
export function formatKey(key: string): string {
  return /^[A-Za-z0-9_.<-]{1,40}$/.test(key) ? key : "?";
}

const NOWHERE = { place: { key: null, value: 0, written: undefined, failed: false }, exact: false };
const MAX_FAULTS = 20;

const EXPECTED: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "spaces for indentation",
  BAD_INDENT: "members of one mapping or list at the same column",
  TAG_RESOLVE_FAILED: "plain YAML without tags; quotes around text that starts with !",
  BLOCK_AS_IMPLICIT_KEY: "one `key: value` a line; quotes around text that holds `: `",
  RESOURCE_EXHAUSTION: `at most ${MAX_DEPTH} levels`,
  MULTIPLE_DOCS: "one document; remove the --- line",
  BAD_SCALAR_START: "quotes around text that starts with this character",
};

function expectedAt(code: ErrorCode, line: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax itself
  const hint = line.includes("${") ? "; quotes around ${…} inside [ ] or { }" : "";
  return (EXPECTED[code] ?? "valid YAML") + hint;
}

function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? undefined : end);
}

/** The parser's own words, less those that repeat the text of the file: it may hold secrets. */
function describeFault(code: ErrorCode, message: string): string {
  if (code === "TAG_RESOLVE_FAILED") return "unknown tag (!)";
  if (code === "BAD_DIRECTIVE") return "unknown directive (%)";
  if (code === "BAD_DQ_ESCAPE") return "invalid escape sequence in double quotes";
  // The parser descends by recursion and says here that its stack ran out.
  if (code === "RESOURCE_EXHAUSTION") return "nested too deeply";
  if (code === "MULTIPLE_DOCS") return "more than one document";
  return message.replace(/(?<=\w): .*$/s, "");
}
