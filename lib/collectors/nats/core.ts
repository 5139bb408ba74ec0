import type { z } from "zod";
import type { PartialFailure } from "../../model/source.ts";
import { CollectorError } from "../contract.ts";
import type { MonitoringClient } from "./monitoring.ts";
import { connzSchema, varzSchema } from "./monitoring-types.ts";
import type { CorePart } from "./snapshot.ts";

export interface CoreSample extends CorePart {
  readonly failures: readonly PartialFailure[];
}

/** The server's own counters and its connections, those with the most bytes waiting first. */
export async function sampleCore(
  monitoring: MonitoringClient,
  now: () => number,
  signal: AbortSignal,
): Promise<CoreSample> {
  const failures: PartialFailure[] = [];
  const get = async <T>(path: string, schema: z.ZodType<T>) => {
    try {
      return { value: await monitoring.get(path, schema, signal), asOf: now() };
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      const { code, message } = error;
      failures.push({ scope: "source", subject: "core (monitoring endpoint)", code, message });
      return "failed" as const;
    }
  };
  const [varz, connz] = await Promise.all([
    get("varz", varzSchema),
    get("connz?sort=pending&limit=256", connzSchema),
  ]);
  // Both parts of one dead endpoint fail for one reason.
  const distinct = failures.filter(({ code }, i) => failures.findIndex((other) => other.code === code) === i);
  return { varz, connz, failures: distinct };
}
