import { fromJSON, type Options } from "@grpc/proto-loader";

/** The services and messages of one package, by full name, from a .proto in the form protobufjs takes. Reads no file. */
export function loadPackage(name: string, messages: Readonly<Record<string, object>>, options: Options) {
  const root = { nested: { [name]: { nested: messages } } };
  // The JSON form of a .proto has no comments, which the type asks for.
  return fromJSON(root as unknown as Parameters<typeof fromJSON>[0], options);
}
