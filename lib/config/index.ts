export { type LoadOptions, loadConfig } from "./load-config.ts";
export { type ParseOptions, parseConfig } from "./parse-config.ts";
export { ConfigError, type ConfigProblem, formatConfigError } from "./problems.ts";
export { type PublicSource, publicSource } from "./public-source.ts";
export type {
  FilterConfig,
  GrpcSourceConfig,
  GrpcUse,
  KafkaSourceConfig,
  LimitsConfig,
  NatsAuth,
  NatsSourceConfig,
  SaslConfig,
  SourceConfig,
  SourceKind,
  StreamsideConfig,
  TlsConfig,
} from "./types.ts";
