import type { WallClock } from "../../../../async/clock.ts";
import type { SourceEvent } from "../../../../model/source.ts";
import { CollectorError } from "../../../../sample/collector-error.ts";
import type { GrpcConnection, HealthAnswer } from "../../connection/client.ts";
import { createOffer, isDenied } from "../offer.ts";
import type { HealthFindings, ServiceHealth, Way } from "../ways.ts";
import type { HealthBook } from "./health-book.ts";
import { healthService, type ServingStatus, servingStatusOf } from "./health-definition.ts";
import { createServiceWatch } from "./service-watch.ts";

export interface HealthWayOptions {
  readonly connection: GrpcConnection;
  readonly target: string;
  /** Services asked for, "" is the server as a whole. None: that, and those that `List` names where it is offered. */
  readonly services?: readonly string[] | undefined;
  /** What is remembered from connection to connection: one for each address of a target. */
  readonly book: HealthBook;
  readonly clock: WallClock;
}

export interface HealthWay extends Way<HealthFindings> {
  /** Changes of state since it was last asked. */
  takeEvents(): SourceEvent[];
}

/** Services that List names, at most. */
const MOST_LISTED = 100;
/** A state that Check tells so often in a row, and Watch does not, is the state. */
const CONTRADICTIONS = 2;

/**
 * Asks each service for its health once a sample, which gives the round trip, and keeps a Watch of it open, which tells
 * every change in order. Services nobody named are listed, in one request for all of them.
 */
export function createHealthWay(options: HealthWayOptions): HealthWay {
  const { connection, target, services, book, clock } = options;
  const isNamed = services !== undefined && services.length > 0;
  const asked = [...new Set(isNamed ? services : [""])].map((service) => createAsked(options, service));
  const list = createOffer(target, healthService.List.path, clock);
  let isMissing = false;
  book.reconnected();

  const listOthers = async (signal: AbortSignal): Promise<ServiceHealth[]> => {
    if (isNamed) return [];
    const answer = await list(() => connection.unary(healthService.List, {}, signal)).catch((error) => {
      // Nobody asked for more than Check tells.
      if (error instanceof CollectorError) return null;
      throw error;
    });
    const others = (answer?.statuses ?? []).filter(({ key }) => key !== "").slice(0, MOST_LISTED);
    for (const { key, value } of others) book.tell(key, servingStatusOf(value), clock.now());
    return [...new Set(others.map(({ key }) => key))]
      .sort()
      .map((service) => ({ service, ...book.of(service)!, roundTripMs: Number.NaN, watched: false }));
  };

  return {
    async read(signal) {
      if (isMissing) return null;
      const answers = await Promise.all(asked.map(({ ask }) => ask(signal)));
      const told = answers.filter((answer): answer is ServiceHealth => answer !== null && "state" in answer);
      const failed = answers.filter((answer) => answer !== null && "error" in answer);
      const lost =
        failed.find(({ error }) => error.code === "UNREACHABLE") ?? (told.length === 0 && failed[0]);
      if (lost) throw lost.error;
      if (told.length === 0) {
        isMissing = true;
        return null;
      }
      return { services: [...told, ...(await listOthers(signal))], failed };
    },

    takeEvents: () => book.takeEvents(),

    close() {
      isMissing = true;
      for (const { watch } of asked) watch.close();
    },
  };
}

type Answer = ServiceHealth | HealthFindings["failed"][number] | null;

function createAsked({ connection, target, book, clock }: HealthWayOptions, service: string) {
  // Other errors of Check are news of the service, and asked for each time.
  const offer = createOffer(target, healthService.Check.path, clock, isDenied);
  const watch = createServiceWatch(connection, service, clock, (state) =>
    book.tell(service, state, clock.now()),
  );
  let contradictions = 0;

  /** Watch is the one that knows the order; Check is believed where there is no Watch, or a Watch that sleeps. */
  const believe = (state: ServingStatus) => {
    const contradicts = watch.isOpen && state !== book.of(service)?.state;
    contradictions = contradicts ? contradictions + 1 : 0;
    if (!watch.isOpen || contradictions >= CONTRADICTIONS) book.tell(service, state, clock.now());
  };

  const ask = async (signal: AbortSignal): Promise<Answer> => {
    const toldBefore = watch.told;
    let answer: HealthAnswer | null;
    try {
      answer = await offer(() => connection.check(service, signal));
    } catch (error) {
      if (error instanceof CollectorError) return { service, error };
      throw error;
    }
    if (answer === null || answer.state === "UNIMPLEMENTED") return null;
    const { state, roundTripMs } = answer;
    if (watch.told === toldBefore) believe(state);
    watch.keep();
    return { service, ...book.of(service)!, roundTripMs, watched: watch.isOpen };
  };

  return { watch, ask };
}
