import type { MethodDefinition } from "@grpc/grpc-js";
import { loadPackage } from "../../proto-package.ts";

export interface HealthCheckRequest {
  readonly service: string;
}

export interface HealthCheckResponse {
  /** A number: a state that this version of the protocol does not know. */
  readonly status: ServingStatus | number;
}

export interface HealthListResponse {
  readonly statuses: readonly { readonly key: string; readonly value: HealthCheckResponse | null }[];
}

export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

/** The gRPC health checking protocol. */
const messages = {
  Health: {
    methods: {
      Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse" },
      Watch: {
        requestType: "HealthCheckRequest",
        responseType: "HealthCheckResponse",
        responseStream: true,
      },
      List: { requestType: "HealthListRequest", responseType: "HealthListResponse" },
    },
  },
  HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
  HealthCheckResponse: {
    fields: { status: { type: "ServingStatus", id: 1 } },
    nested: {
      ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
    },
  },
  HealthListRequest: { fields: {} },
  // A map is that on the wire; names of services are no keys of objects.
  HealthListResponse: {
    fields: { statuses: { rule: "repeated", type: "Entry", id: 1 } },
    nested: {
      Entry: { fields: { key: { type: "string", id: 1 }, value: { type: "HealthCheckResponse", id: 2 } } },
    },
  },
};

export const healthService = loadPackage("grpc.health.v1", messages, { enums: String, defaults: true })[
  "grpc.health.v1.Health"
] as unknown as {
  readonly Check: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly Watch: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly List: MethodDefinition<Record<string, never>, HealthListResponse>;
};

export function servingStatusOf(answer: HealthCheckResponse | null): ServingStatus {
  return typeof answer?.status === "string" ? answer.status : "UNKNOWN";
}
