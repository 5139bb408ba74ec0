import type { GrpcTlsOptions } from "../config.ts";
import type { MethodCatalogue, MetricsFindings, Way } from "../ways.ts";

export interface MetricsWayOptions {
  readonly url: string;
  /** Where to connect instead of the URL's host, which stays the name asked for and that of its certificate. */
  readonly address?: string | undefined;
  /** For https; absent: the system's certificate authorities. */
  readonly tls?: GrpcTlsOptions | null | undefined;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** What reflection has told of the target: metrics name no kind of call, and Envoy's no clear path. */
  readonly catalogue?: (() => MethodCatalogue | null) | undefined;
}

/** What a Prometheus endpoint of the target tells of its methods. */
export function createMetricsWay(options: MetricsWayOptions): Way<MetricsFindings> {
  return {
    async read() {
      options.catalogue?.();
      return null;
    },
    close() {},
  };
}
