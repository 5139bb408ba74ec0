import type { Authority } from "../model/authority.ts";
import { integer, text } from "./fields.ts";
import type { ConfigProblem } from "./problems.ts";
import { PUBLIC_HOSTS } from "./public-hosts.ts";
import type { Environment } from "./substitute.ts";

/** Settings that the environment overrides. */
export interface Overrides {
  host?: string;
  port?: number;
  publicHosts?: Authority[];
  dataDir?: string;
}

export const HOST = text("a host name or address", /^[^\s/]+$/);
export const PORT = integer(0, 65_535);
export const DATA_DIR = text("the path of a directory");

const VARIABLES = [
  ["STREAMSIDE_HOST", "host", HOST],
  ["STREAMSIDE_PORT", "port", PORT],
  ["STREAMSIDE_PUBLIC_HOSTS", "publicHosts", PUBLIC_HOSTS],
  ["STREAMSIDE_DATA", "dataDir", DATA_DIR],
] as const;

/** Reads the variables; one that is set but empty counts as not set, as in compose files. */
export function readEnvironment(env: Environment): { overrides: Overrides; problems: ConfigProblem[] } {
  const overrides: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [variable, setting, schema] of VARIABLES) {
    const value = env[variable];
    if (value === undefined || value === "") continue;
    const result = schema.safeParse(value);
    if (result.success) overrides[setting] = result.data;
    else {
      // These are no secrets, so the value may show.
      const message = `is ${JSON.stringify(value.slice(0, 40))}`;
      const expected = result.error.issues[0]?.message ?? "";
      problems.push({ line: null, path: variable, message, expected });
    }
  }
  return { overrides: overrides as Overrides, problems };
}
