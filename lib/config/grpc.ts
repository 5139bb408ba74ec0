import * as z from "zod";
import { commonFields, sourceReader } from "./common.ts";
import { choice, field, list, mapping, readAddress, text } from "./fields.ts";
import { mapTls, type SecretFiles } from "./secrets.ts";
import { GRPC_USES, type GrpcSourceConfig } from "./types.ts";

function createSchema(files: SecretFiles) {
  const expected = `auto, or a list of ${GRPC_USES.join(", ")}`;
  return mapping({
    ...commonFields("grpc", files),
    target: field("host:port, or a gRPC name such as dns:///host:port", readTarget),
    uses: z
      .union([z.literal("auto"), list(choice(GRPC_USES), expected)], { error: expected })
      .default("auto"),
    services: list(text("a service name such as package.Service"), "a list of service names").exactOptional(),
  });
}

function mapGrpc(parsed: z.output<ReturnType<typeof createSchema>>): GrpcSourceConfig {
  const { tls, uses, services = [], ...rest } = parsed;
  return {
    ...rest,
    name: parsed.name ?? parsed.id,
    tls: mapTls(tls),
    uses: uses === "auto" ? uses : [...new Set(uses)],
    services,
  };
}

/** grpc-js resolves `dns:`, `ipv4:`, `ipv6:` and `unix:` names itself; without a scheme a port is needed. */
function readTarget(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const scheme = /^(dns|ipv4|ipv6|unix):(?:\/\/[^/\s@]*\/)?[^\s@?#]+$/;
  return scheme.test(value) ? value : readAddress(value);
}

export function createGrpcReader(files: SecretFiles) {
  return sourceReader(createSchema(files), mapGrpc, () => []);
}
