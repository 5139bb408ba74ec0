import { defineSource } from "../definition.ts";
import { createGrpcCollector } from "./collector.ts";
import { createGrpcReader, type GrpcSourceConfig } from "./source-config.ts";
import { GRPC_TRAITS } from "./traits.ts";

export const GRPC = defineSource<GrpcSourceConfig>({
  ...GRPC_TRAITS,
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
