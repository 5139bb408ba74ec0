import { status as Status } from "@grpc/grpc-js";
import type { WallClock } from "../../../../async/clock.ts";
import type { GrpcConnection } from "../../connection/client.ts";
import { REFUSAL_MEMORY_MS } from "../offer.ts";
import { healthService, type ServingStatus, servingStatusOf } from "./health-definition.ts";

/** Servers that end their Watches at once are not asked in a circle. */
const SPACING_MS = 5_000;

/** One `grpc.health.v1.Health/Watch` of one service, kept open on one connection. */
export interface ServiceWatch {
  /** States it has told. */
  readonly told: number;
  /** It has told the state, and would tell a change. */
  readonly isOpen: boolean;
  /** Opens it where it is not open, and may be. */
  keep(): void;
  close(): void;
}

export function createServiceWatch(
  connection: GrpcConnection,
  service: string,
  clock: WallClock,
  onState: (state: ServingStatus) => void,
): ServiceWatch {
  let cancel: (() => void) | null = null;
  let told = 0;
  let isOpen = false;
  let nextAt = Number.NEGATIVE_INFINITY;

  const tell = (state: ServingStatus) => {
    told++;
    onState(state);
  };

  const onEnd = (code: Status) => {
    cancel = null;
    isOpen = false;
    nextAt = clock.now() + pauseAfter(code);
    // The protocol keeps a Watch of an unknown service open; some servers end it.
    if (code === Status.NOT_FOUND) tell("SERVICE_UNKNOWN");
  };

  return {
    get told() {
      return told;
    },

    get isOpen() {
      return isOpen;
    },

    keep() {
      if (cancel || clock.now() < nextAt) return;
      cancel = connection.follow(
        healthService.Watch,
        { service },
        (answer) => {
          isOpen = true;
          tell(servingStatusOf(answer));
        },
        ({ code }) => onEnd(code),
      );
    },

    close() {
      cancel?.();
      cancel = null;
      isOpen = false;
      nextAt = Number.POSITIVE_INFINITY;
    },
  };
}

function pauseAfter(code: Status): number {
  switch (code) {
    case Status.UNIMPLEMENTED:
      return Number.POSITIVE_INFINITY;
    case Status.OK:
    case Status.CANCELLED:
    case Status.UNAVAILABLE:
      return SPACING_MS;
    default:
      return REFUSAL_MEMORY_MS;
  }
}
