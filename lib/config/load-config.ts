import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import type { ConfigKind } from "./common.ts";
import { readEnvironment } from "./environment.ts";
import { parseConfig } from "./parse-config.ts";
import { ConfigError } from "./problems.ts";
import { describeFileError } from "./secrets.ts";
import type { Environment } from "./substitute.ts";
import type { StreamsideConfig } from "./types.ts";

export interface LoadOptions<S> {
  /** Kinds of source there may be. */
  kinds: readonly ConfigKind<S>[];
  /** From `--config`; wins over STREAMSIDE_CONFIG, which wins over `streamside.yaml`. */
  path?: string;
  env: Environment;
  cwd: string;
}

/**
 * Reads the configuration file, the files it names and the environment, once and synchronously.
 * @throws ConfigError with every mistake.
 */
export function loadConfig<S>({ kinds, path, env, cwd }: LoadOptions<S>): StreamsideConfig<S> {
  const file = resolve(cwd, path || env.STREAMSIDE_CONFIG || "streamside.yaml");
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    const missing = {
      line: null,
      path: "",
      message: `the file cannot be read (${describeFileError(error)})`,
      expected:
        "a configuration; start from streamside.example.yaml, or name another with --config or STREAMSIDE_CONFIG",
    };
    throw new ConfigError(file, [missing, ...readEnvironment(env).problems], { cause: error });
  }
  return parseConfig(text, { kinds, path: file, env, cwd, readSecret: readText });
}

const MAX_BYTES = 1024 * 1024;

/** UTF-8 text of at most 1 MiB. Bounded while reading, not by `stat`: a pipe or /dev/zero tells no size. */
function readText(path: string): string {
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, buffer, length, buffer.length - length, null);
      length += read;
      if (length > MAX_BYTES) throw Object.assign(new Error("file larger than 1 MiB"), { code: "EFBIG" });
      if (read === 0) break;
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}
