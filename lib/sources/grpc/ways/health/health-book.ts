import type { EpochMs } from "../../../../model/reading.ts";
import type { SourceEvent } from "../../../../model/source.ts";
import { capped, nameText } from "../../../event-text.ts";
import type { ServingStatus } from "./health-definition.ts";

/** What the services of one address have told of their health, over all connections to it. */
export interface HealthBook {
  /** A service told its state, as often as it likes and in the order it had them. */
  tell(service: string, state: ServingStatus, at: EpochMs): void;
  /** A new connection: what happened in between is not known. */
  reconnected(): void;
  of(service: string): ToldHealth | undefined;
  /** By service. */
  readonly told: ReadonlyMap<string, ToldHealth>;
  /** Changes of state since it was last asked. */
  takeEvents(): SourceEvent[];
}

export interface ToldHealth {
  readonly state: ServingStatus;
  /** NaN: not known. */
  readonly since: EpochMs;
  /** When it was told last. */
  readonly at: EpochMs;
  /** How often it left SERVING. */
  readonly drops: number;
}

/** A server whose state flickers has no end of events. */
const MOST_EVENTS = 1_000;

/** @param where what follows the name of a service, for people: which address of several */
export function createHealthBook(where = ""): HealthBook {
  const told = new Map<string, ToldHealth>();
  let events: SourceEvent[] = [];
  return {
    tell(service, state, at) {
      const known = told.get(service);
      if (known?.state === state) {
        told.set(service, { ...known, at });
        return;
      }
      const left = known?.state === "SERVING";
      told.set(service, {
        state,
        since: known ? at : Number.NaN,
        at,
        drops: (known?.drops ?? 0) + (left ? 1 : 0),
      });
      if (!known || events.length >= MOST_EVENTS) return;
      const what = service === "" ? "Health" : `Health of ${nameText(service)}`;
      events.push({
        at,
        kind: "health",
        title: `${what}${where} became ${state}`,
        before: known.state,
        after: state,
      });
    },

    reconnected() {
      for (const [service, known] of told) told.set(service, { ...known, since: Number.NaN });
    },

    of: (service) => told.get(service),

    told,

    takeEvents() {
      const taken = events;
      events = [];
      return capped(taken, "changes of health", taken.at(-1)?.at ?? 0, (event) => event);
    },
  };
}
