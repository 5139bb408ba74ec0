import type { MethodDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  readonly status: ServingStatus;
}

export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

/** `grpc.health.v1.Health/Check` of the gRPC health checking protocol, in the form protobufjs takes. Reads no file. */
const descriptor = {
  nested: {
    grpc: {
      nested: {
        health: {
          nested: {
            v1: {
              nested: {
                Health: {
                  methods: {
                    Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse" },
                  },
                },
                HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
                HealthCheckResponse: {
                  fields: { status: { type: "ServingStatus", id: 1 } },
                  nested: {
                    ServingStatus: {
                      values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

export const healthCheckMethod =
  // The JSON form of a .proto has no comments, which the type asks for.
  (
    fromJSON(descriptor as unknown as Parameters<typeof fromJSON>[0], { enums: String, defaults: true })[
      "grpc.health.v1.Health"
    ] as unknown as { readonly Check: MethodDefinition<HealthCheckRequest, HealthCheckResponse> }
  ).Check;
