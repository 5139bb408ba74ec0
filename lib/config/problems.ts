import { basename } from "node:path";

/** One mistake: where it is, what is there and what should be. Never holds a secret or a substituted value. */
export interface ConfigProblem {
  /** null when the mistake is not in the file: a missing file, an environment variable. */
  line: number | null;
  column?: number;
  /** `sources[0].brokers[1]`, the name of an environment variable, or "" for the file as a whole. */
  path: string;
  message: string;
  expected: string;
}

/** All mistakes of one configuration at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "CONFIG_INVALID";

  constructor(
    readonly file: string,
    readonly problems: ConfigProblem[],
    options?: ErrorOptions,
  ) {
    super(`${count(problems.length)} in the configuration ${file}`, options);
  }
}

/** More than this helps nobody at a terminal; `problems` still has them all. */
const SHOWN = 100;

/** The one message for a terminal: a line per mistake as `file:line:column: what — expected …`; no stack. */
export function formatConfigError(error: ConfigError): string {
  const file = basename(error.file);
  const lines = error.problems.slice(0, SHOWN).map((p) => {
    const where = p.line === null ? file : [file, p.line, p.column].filter((x) => x !== undefined).join(":");
    // A problem of the environment has no line but has the variable's name, which says where better than the file.
    const start = p.line === null && p.path ? "environment" : where;
    return `  ${start}: ${p.path ? `${p.path}: ` : ""}${p.message} — expected ${p.expected}`;
  });
  const left = error.problems.length - lines.length;
  if (left > 0) lines.push(`  … and ${left} more`);
  return [`${count(error.problems.length)} in ${error.file}; nothing was started:`, ...lines].join("\n");
}

function count(mistakes: number): string {
  return mistakes === 1 ? "1 mistake" : `${mistakes} mistakes`;
}

/** File order, whole-file and environment problems first. */
export function sortProblems(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
