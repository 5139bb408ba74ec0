import type { Clock } from "../../async/clock.ts";
/** What a gRPC collector takes: ready values. Files, environment and defaults of the user's YAML are read elsewhere. */
export interface GrpcCollectorOptions {
  readonly id: string;
  /**
   * `host:port`, or a name with a gRPC scheme: `dns:///host:port`, `dns://server:port/host:port`, `ipv4:a:1,b:2`,
   * `unix:/path`. Each address it stands for is watched by itself.
   */
  readonly target: string;
  /** Present: connect with TLS. `{}` is TLS with the system's certificate authorities. */
  readonly tls?: GrpcTlsOptions | null | undefined;
  /** Services whose health is asked for; none: that of the server as a whole. */
  readonly services?: readonly string[] | undefined;
  /** `auto`: whatever the target offers. */
  readonly uses?: "auto" | readonly GrpcSourceUse[] | undefined;
  /** URL of the Prometheus endpoint; where its host is the target's, each address is asked for its own. */
  readonly metrics?: string | undefined;
  /** From the first packet to the HTTP/2 settings. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clock?: Clock | undefined;
}

/** Where gRPC numbers may come from. */
export const GRPC_USES = ["health", "reflection", "channelz", "instrumented", "metrics"] as const;
export type GrpcSourceUse = (typeof GRPC_USES)[number];

/** PEM texts, as Node's `tls` takes them. */
export interface GrpcTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name the certificate is checked against, where it is not the host of the target. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export function isUsed({ uses = "auto" }: GrpcCollectorOptions, use: GrpcSourceUse): boolean {
  return uses === "auto" || uses.includes(use);
}
