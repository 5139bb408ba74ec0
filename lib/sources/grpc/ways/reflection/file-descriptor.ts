import type { MessageTypeDefinition } from "@grpc/proto-loader";
import type { CallKind } from "../../../../model/call.ts";
import { loadPackage } from "../../proto-package.ts";

export interface DeclaredService {
  /** With its package. */
  readonly name: string;
  readonly methods: readonly { readonly path: string; readonly kind: CallKind }[];
}

interface FileDescriptor {
  readonly package?: string;
  readonly service?: readonly {
    readonly name?: string;
    readonly method?: readonly {
      readonly name?: string;
      readonly clientStreaming?: boolean;
      readonly serverStreaming?: boolean;
    }[];
  }[];
}

/** The part of descriptor.proto that names services and their methods. */
const messages = {
  FileDescriptorProto: {
    fields: {
      package: { type: "string", id: 2 },
      service: { rule: "repeated", type: "ServiceDescriptorProto", id: 6 },
    },
  },
  ServiceDescriptorProto: {
    fields: {
      name: { type: "string", id: 1 },
      method: { rule: "repeated", type: "MethodDescriptorProto", id: 2 },
    },
  },
  MethodDescriptorProto: {
    fields: {
      name: { type: "string", id: 1 },
      clientStreaming: { type: "bool", id: 5 },
      serverStreaming: { type: "bool", id: 6 },
    },
  },
};

const { deserialize } = loadPackage("google.protobuf", messages, {})[
  "google.protobuf.FileDescriptorProto"
] as unknown as MessageTypeDefinition<FileDescriptor, FileDescriptor>;

/** The services of one file; null: these bytes are no `FileDescriptorProto`. */
export function readServices(bytes: Buffer): DeclaredService[] | null {
  let file: FileDescriptor;
  try {
    file = deserialize(bytes);
  } catch {
    return null;
  }
  const prefix = file.package ? `${file.package}.` : "";
  return (file.service ?? []).flatMap(({ name: own, method = [] }) => {
    if (!own) return [];
    const name = prefix + own;
    const methods = method.flatMap(({ name: called, clientStreaming, serverStreaming }) =>
      called ? [{ path: `/${name}/${called}`, kind: kindOf(!!clientStreaming, !!serverStreaming) }] : [],
    );
    return [{ name, methods }];
  });
}

function kindOf(clientStreaming: boolean, serverStreaming: boolean): CallKind {
  if (clientStreaming) return serverStreaming ? "bidirectional stream" : "client stream";
  return serverStreaming ? "server stream" : "unary";
}
