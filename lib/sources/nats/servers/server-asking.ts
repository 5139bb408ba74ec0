import type { PartialFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type ServerPart, VARZ } from "./server-parts.ts";
import type { MonitoringWay, ServerAnswer, SystemWay } from "./server-ways.ts";

/** What a failure of the system account as a whole is told under. */
export const SYSTEM = "system account";

/** Asks all servers, and each of them only where others have not answered. */
export type AskServers = <T>(
  part: ServerPart<T>,
  wanted: ReadonlySet<string>,
) => Promise<readonly ServerAnswer<T>[]>;

/**
 * Asks over both ways for one round: the system account first, then the endpoints of servers that did not answer there.
 * What goes wrong is added to `failures`.
 */
export function createAsking(
  system: SystemWay | null,
  monitoring: readonly MonitoringWay[],
  signal: AbortSignal,
): (failures: PartialFailure[]) => AskServers {
  let systemLost = false;
  return (failures) => async (part, wanted) => {
    const fail = (subject: string, error: unknown) => {
      if (signal.aborted || !(error instanceof CollectorError)) throw error;
      failures.push({ scope: "source", subject, code: error.code, message: error.message });
      return [];
    };
    const told = systemLost
      ? []
      : ((await system?.ask(part, wanted, signal).catch((error) => fail(SYSTEM, error))) ?? []);
    // Whoever is not of the system account may be answered some of the others, of its own account only.
    if (part === (VARZ as unknown) && told.length === 0) systemLost = true;
    const had = new Set(told.map(({ serverId }) => serverId));
    const others = monitoring.filter(({ serverId }) =>
      part === (VARZ as unknown)
        ? serverId === null || !had.has(serverId)
        : serverId !== null && wanted.has(serverId) && !had.has(serverId),
    );
    const rest = await Promise.all(
      others.map((way) =>
        way.ask(part, signal).catch((error) => fail(`monitoring endpoint ${way.address}`, error)),
      ),
    );
    // Two endpoints may be one server.
    const byServer = new Map([...rest.flat(), ...told].map((answer) => [answer.serverId, answer]));
    return [...byServer.values()];
  };
}

/** Parts of one dead endpoint fail for one reason. */
export function distinct(failures: readonly PartialFailure[]): PartialFailure[] {
  return failures.filter(
    (one, i) =>
      failures.findIndex(
        ({ subject, code, message }) =>
          subject === one.subject && code === one.code && (code !== "DENIED" || message === one.message),
      ) === i,
  );
}
