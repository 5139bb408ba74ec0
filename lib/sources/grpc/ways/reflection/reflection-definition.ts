import type { MethodDefinition } from "@grpc/grpc-js";
import { loadPackage } from "../../proto-package.ts";

/** One of the two. */
export interface ReflectionRequest {
  readonly listServices?: string;
  readonly fileContainingSymbol?: string;
}

/** One of the three. */
export interface ReflectionResponse {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: readonly Buffer[] };
  readonly listServicesResponse?: { readonly service?: readonly { readonly name?: string }[] };
  readonly errorResponse?: { readonly errorCode?: number; readonly errorMessage?: string };
}

type Reflect = MethodDefinition<ReflectionRequest, ReflectionResponse>;

const messages = {
  ServerReflection: {
    methods: {
      ServerReflectionInfo: {
        requestType: "Request",
        requestStream: true,
        responseType: "Response",
        responseStream: true,
      },
    },
  },
  Request: {
    fields: {
      fileContainingSymbol: { type: "string", id: 4 },
      listServices: { type: "string", id: 7 },
    },
  },
  Response: {
    fields: {
      fileDescriptorResponse: { type: "Files", id: 4 },
      listServicesResponse: { type: "Services", id: 6 },
      errorResponse: { type: "Failure", id: 7 },
    },
  },
  Files: { fields: { fileDescriptorProto: { rule: "repeated", type: "bytes", id: 1 } } },
  Services: { fields: { service: { rule: "repeated", type: "Service", id: 1 } } },
  Service: { fields: { name: { type: "string", id: 1 } } },
  Failure: { fields: { errorCode: { type: "int32", id: 1 }, errorMessage: { type: "string", id: 2 } } },
};

/** The two versions differ in their names only. The newer one first. */
export const reflectionMethods = (["v1", "v1alpha"] as const).map((version) => {
  const name = `grpc.reflection.${version}`;
  const service = loadPackage(name, messages, {})[`${name}.ServerReflection`];
  return { version, method: (service as unknown as { ServerReflectionInfo: Reflect }).ServerReflectionInfo };
});
