import { unlessAborted } from "../../../../async/unless-aborted.ts";
import type { CollectorError } from "../../../../sample/collector-error.ts";
import type { MethodCatalogue, MetricsFindings, Way } from "../ways.ts";
import { createCounterTurns } from "./counter-turns.ts";
import { createPageClient, type PageClientOptions } from "./page-client.ts";
import { createPageReader } from "./page-reader.ts";

export interface MetricsWayOptions extends PageClientOptions {
  /** What reflection has told of the target: few metrics name the kind of a call, and Envoy's no clear path. */
  readonly catalogue?: (() => MethodCatalogue | null) | undefined;
}

/** Once a second, as nearly as samples come. */
const SPACING_MS = 900;
/** A page that takes long costs its process much, and is asked for less often: so many times as long is left between. */
const REST = 5;
const LONGEST_REST_MS = 15_000;
/** What a Prometheus endpoint of the target tells of its methods. */
export function createMetricsWay(options: MetricsWayOptions): Way<MetricsFindings> {
  const { clock, catalogue } = options;
  const client = createPageClient(options);
  const readPage = createPageReader();
  const processOf = createCounterTurns();
  let found: MetricsFindings | null = null;
  let failure: CollectorError | null = null;
  let asking: Promise<void> | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const ask = async () => {
    const startedAt = clock.elapsed();
    try {
      const page = await client.get();
      const asOf = clock.now();
      const { startedAtS, ...rest } = readPage(client.name, page, catalogue?.() ?? null);
      found = { ...rest, process: `${client.name} ${processOf(rest.methods, startedAtS)}`, asOf };
      failure = null;
    } catch (error) {
      found = null;
      failure = error as CollectorError;
    } finally {
      const tookMs = clock.elapsed() - startedAt;
      nextAt = startedAt + Math.max(SPACING_MS, Math.min(REST * tookMs, LONGEST_REST_MS));
      asking = null;
    }
  };

  return {
    async read(signal) {
      if (asking === null && !closed && clock.elapsed() >= nextAt) asking = ask();
      if (asking !== null) await unlessAborted(asking, signal);
      if (failure !== null) throw failure;
      return found;
    },

    close() {
      closed = true;
      client.close();
    },
  };
}
