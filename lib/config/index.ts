export { type LoadOptions, loadConfig } from "./load-config.ts";
export { type ParseOptions, parseConfig } from "./parse-config.ts";
export { ConfigError, type ConfigProblem, formatConfigError } from "./problems.ts";
export type { HistoryConfig, LimitsConfig, StreamsideConfig } from "./types.ts";
export { configWithoutSources } from "./without-sources.ts";
