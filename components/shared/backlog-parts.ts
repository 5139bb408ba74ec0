import { definitionOf } from "@/lib/format";
import { type Reading, UNKNOWN_READING } from "@/lib/model/reading";
import type { BacklogUnit } from "@/lib/model/system";

/** What a backlog consists of, by name, where the system tells its parts apart. */
export interface BacklogPart {
  readonly name: string;
  readonly definition: string;
  readonly reading: Reading;
}

interface Divided {
  readonly system: string;
  readonly backlog: Reading;
  readonly inFlight: Reading | null;
  readonly backlogUnit: BacklogUnit;
}

/**
 * JetStream's backlog apart: what waits to be delivered, and what was delivered and waits to be acknowledged. Elsewhere
 * what is in flight, if anything is.
 */
export function backlogParts({ system, backlog, inFlight, backlogUnit }: Divided): readonly BacklogPart[] {
  if (inFlight === null || backlogUnit === "bytes") return [];
  const flying = { definition: definitionOf(system, "inFlight"), reading: inFlight };
  if (system !== "nats") return [{ name: "In flight", ...flying }];
  return [
    {
      name: "Not delivered",
      definition: "Messages that match the consumer's filter and were not delivered yet (num_pending).",
      reading: notDelivered(backlog, inFlight),
    },
    { name: "Not acknowledged", ...flying },
  ];
}

function notDelivered(backlog: Reading, inFlight: Reading): Reading {
  if (backlog.value === null || inFlight.value === null) return UNKNOWN_READING;
  return { ...backlog, value: Math.max(0, backlog.value - inFlight.value) };
}
