import type { Collector, Observation } from "../contract.ts";
import { KafkaProbe, type KafkaProbeOptions } from "./probe.ts";
import { mapProbeFacts, mapProbeFailures, mapProbeGauges } from "./probe-report.ts";

/** A collector whose observations also tell what the probe found. The probe begins with the first whole sample. */
export function withProbe(collector: Collector, options: KafkaProbeOptions): Collector {
  let probe: KafkaProbe | undefined;
  let closed = false;
  const tell = (observation: Observation): Observation => {
    if (closed) return observation;
    probe ??= new KafkaProbe(options);
    const { topic, deadlineMs } = options;
    const state = { topic, deadlineMs, reading: probe.reading(), failure: probe.failure };
    return {
      ...observation,
      facts: [...observation.facts, ...mapProbeFacts(state)],
      gauges: { ...observation.gauges, ...mapProbeGauges(state) },
      failures: [...observation.failures, ...mapProbeFailures(state)],
    };
  };
  return {
    system: collector.system,
    sample: async (signal, scope) => tell(await collector.sample(signal, scope)),
    ...(collector.sampleFocus && {
      sampleFocus: async (keys, signal) => {
        const observation = await collector.sampleFocus!(keys, signal);
        return observation && tell(observation);
      },
    }),
    async close() {
      closed = true;
      await Promise.all([probe?.close(), collector.close()]);
    },
  };
}
