import type { SourceEvent } from "../../../model/source.ts";

/** What the services of one address have told of their health, over all connections to it. */
export interface HealthBook {
  /** Changes of state since it was last asked. */
  takeEvents(): SourceEvent[];
}

export function createHealthBook(): HealthBook {
  return { takeEvents: () => [] };
}
