import { resolve } from "node:path";
import { readEnvironment } from "./environment.ts";
import { ConfigError } from "./problems.ts";
import type { Environment } from "./substitute.ts";
import type { StreamsideConfig } from "./types.ts";

/**
 * Where to listen, as the environment has it, and nothing to sample: for whoever only shows what was sampled.
 *
 * @throws ConfigError with every mistake
 */
export function configWithoutSources(env: Environment): StreamsideConfig<never> {
  const { overrides, problems } = readEnvironment(env);
  if (problems.length > 0) throw new ConfigError("the environment", problems);
  const { host = "127.0.0.1", port = 4400, publicHosts = [], dataDir = "data" } = overrides;
  return {
    ...{ host, port, publicHosts, dataDir: resolve(dataDir) },
    sources: [],
    metrics: { maxPositionSeries: 0 },
    sampling: { topologyIntervalMs: 30_000 },
    limits: { consumers: [] },
    history: null,
  };
}
