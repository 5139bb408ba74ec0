import { SYSTEM_NAMES } from "../../model/system.ts";
import { defineSource } from "../definition.ts";
import { createGrpcCollector } from "./collector.ts";
import { GRPC_LIMITS } from "./limits.ts";
import { grpcMetrics } from "./metrics.ts";
import { createGrpcReader, type GrpcSourceConfig } from "./source-config.ts";
import { GRPC_WORDS } from "./words/words.ts";

export const GRPC = defineSource<GrpcSourceConfig>({
  id: "grpc",
  name: SYSTEM_NAMES.grpc,
  words: GRPC_WORDS,
  metrics: grpcMetrics,
  limits: GRPC_LIMITS,
  hasSettablePositions: false,
  createReader: createGrpcReader,
  addresses: ({ target }) => [target],

  createCollector(config, _settings, clock) {
    // A sample is ended after `timeoutMs`, whatever it waits for: its parts end before, and say what that was.
    const partMs = Math.round(0.8 * config.timeoutMs);
    return createGrpcCollector({
      id: config.id,
      target: config.target,
      tls: config.tls,
      services: config.services,
      uses: config.uses,
      metrics: config.metrics,
      connectTimeoutMs: partMs,
      requestTimeoutMs: partMs,
      clock,
    });
  },
});
