import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { mapProbeFacts, mapProbeFailures, mapProbeGauges, type ProbeState } from "./probe-report.ts";

/** What sends something every interval and takes the time until it is back, from when it is made until it is closed. */
export interface Probe {
  state(): ProbeState;
  close(): Promise<void>;
}

/** A collector whose observations also tell what the probe found. The probe begins with the first whole sample. */
export function withProbe(collector: Collector, start: () => Probe): Collector {
  let probe: Probe | undefined;
  let closed = false;
  const tell = (observation: Sample): Sample => {
    if (closed) return observation;
    probe ??= start();
    const state = probe.state();
    return {
      ...observation,
      facts: [...observation.facts, ...mapProbeFacts(state)],
      gauges: [...(observation.gauges ?? []), ...mapProbeGauges(state)],
      failures: [...observation.failures, ...mapProbeFailures(state)],
    };
  };
  return {
    sample: async (signal, scope) => tell(await collector.sample(signal, scope)),
    ...(collector.sampleFocus && {
      sampleFocus: async (keys, signal) => {
        const observation = await collector.sampleFocus!(keys, signal);
        return observation && tell(observation);
      },
    }),
    ...(collector.peek && {
      peek: (streamKey, sequence, signal) => collector.peek!(streamKey, sequence, signal),
    }),
    async close() {
      closed = true;
      await Promise.all([probe?.close(), collector.close()]);
    },
  };
}
