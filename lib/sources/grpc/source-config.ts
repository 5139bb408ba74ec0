import { isIP } from "node:net";
import * as z from "zod";
import { commonFields, mapCommon, type RawMapping, sourceReader } from "../../config/common.ts";
import { choice, field, list, mapping, readAddress, text } from "../../config/fields.ts";
import type { Finding } from "../../config/findings.ts";
import type { SecretFiles } from "../../config/secrets.ts";
import type { SourceConfig } from "../../config/types.ts";
import type { Path } from "../../config/yaml-values.ts";
import { GRPC_USES, type GrpcSourceUse } from "./config.ts";

/** What is set of a gRPC source. */
export interface GrpcSourceConfig extends SourceConfig {
  /** `host:port`, or a name with a gRPC scheme such as `dns:///host:port`. */
  target: string;
  uses: "auto" | GrpcSourceUse[];
  /** Service names for the health check; empty asks about the whole server. */
  services: string[];
  /** The target's Prometheus endpoint. Where its host is the target's, each address of the target is asked for its own. */
  metrics?: string;
}

const TARGET = "host:port, or a gRPC name such as dns:///host:port or dns://server:port/host:port";
const METRICS = "an http:// or https:// URL without user or fragment, such as http://host:9464/metrics";

function createSchema(files: SecretFiles) {
  const expected = `auto, or a list of ${GRPC_USES.join(", ")}`;
  return mapping({
    ...commonFields("grpc", files),
    target: field(TARGET, readTarget),
    uses: z
      .union([z.literal("auto"), list(choice(GRPC_USES), expected)], { error: expected })
      .default("auto"),
    metrics: field(METRICS, readMetricsUrl).exactOptional(),
    services: list(text("a service name such as package.Service"), "a list of service names").exactOptional(),
  });
}

function mapGrpc(parsed: z.output<ReturnType<typeof createSchema>>): GrpcSourceConfig {
  const { target, uses, metrics, services = [] } = parsed;
  return {
    ...mapCommon(parsed),
    target,
    ...(metrics !== undefined && { metrics }),
    uses: uses === "auto" ? uses : [...new Set(uses)],
    services,
  };
}

/** Without a scheme a port is needed. A DNS server is asked by its address: there is nobody to ask for its name. */
function readTarget(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const [, server] = /^dns:\/\/([^/]+)\//.exec(value) ?? [];
  if (server !== undefined && isIP(server.replace(/^\[(.*)\](:\d+)?$|^([^:]*):\d+$/, "$1$3")) === 0)
    return undefined;
  const scheme = /^(dns|ipv4|ipv6|unix):(?:\/\/[^/\s@]*\/)?[^\s@?#]+$/;
  return scheme.test(value) ? value : readAddress(value);
}

/** A query is left as it is: some endpoints choose by it what they tell. */
function readMetricsUrl(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^https?:\/\//i.test(value.trim()) || !URL.canParse(value))
    return undefined;
  const url = new URL(value);
  if (url.username || url.password || url.hash) return undefined;
  if (url.pathname === "/") url.pathname = "/metrics";
  return url.href;
}

function grpcConflicts(raw: RawMapping, path: Path): Finding[] {
  const isListed = Array.isArray(raw.uses) ? raw.uses.includes("metrics") : raw.uses === "metrics";
  if (isListed && !("metrics" in raw)) {
    return [
      {
        path: [...path, "uses"],
        at: "value",
        message: "lists metrics, and there is no metrics URL",
        expected: `metrics: ${METRICS}`,
      },
    ];
  }
  const isAuto = raw.uses === undefined || raw.uses === "auto";
  if (isListed || isAuto || !("metrics" in raw)) return [];
  return [
    {
      path: [...path, "metrics"],
      at: "key",
      message: "is set, and uses does not list metrics",
      expected: "metrics among uses, or uses: auto",
    },
  ];
}

export function createGrpcReader(files: SecretFiles) {
  return sourceReader(createSchema(files), mapGrpc, grpcConflicts);
}
