import type { Metadata } from "@grpc/grpc-js";

export type ClientName = (metadata: Metadata) => string | undefined;

const longestName = 200;

/** Who a client says it is: what the application makes of the request's metadata, or its user-agent. Never throws. */
export function createClientName(own: ClientName | undefined, onFault: (error: unknown) => void) {
  return (metadata: Metadata): string => {
    try {
      const name = own?.(metadata);
      if (typeof name === "string") return name.slice(0, longestName);
    } catch (error) {
      onFault(error);
    }
    return String(metadata.get("user-agent")[0] ?? "").slice(0, longestName);
  };
}
