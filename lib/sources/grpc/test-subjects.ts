/** Test only: what one test starts, and what ends with it. */
import { afterEach } from "vitest";
import type { Collector } from "../../sample/collector.ts";
import { createGrpcCollector, type GrpcCollectorOptions } from "./index.ts";
import { startTarget, type Target, type TargetSettings } from "./test-target.ts";

export const inTime = { id: "test", connectTimeoutMs: 1_500, requestTimeoutMs: 1_500 };

/** To be called once in a file. */
export function createSubjects() {
  const ending: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });
  return {
    /** What ends with the test, the last one first. */
    ending,

    collect(target: string, options: Partial<GrpcCollectorOptions> = {}): Collector {
      const collector = createGrpcCollector({ ...inTime, target, ...options });
      ending.push(() => collector.close());
      return collector;
    },

    async target(settings: TargetSettings = {}): Promise<Target> {
      const started = await startTarget(settings);
      ending.push(() => started.kill());
      return started;
    },
  };
}
