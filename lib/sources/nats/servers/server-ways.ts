/** Two ways to ask servers of themselves: each at its own monitoring endpoint, or all of them in the system account. */
import { z } from "zod";
import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsClient } from "../connection/client.ts";
import type { MonitoringClient } from "./monitoring.ts";
import type { ServerPart } from "./server-parts.ts";

export interface ServerAnswer<T> {
  readonly serverId: string;
  /** Empty where the answer does not say. */
  readonly serverName: string;
  readonly value: T;
  readonly asOf: number;
  /** From the question to this answer, ms. */
  readonly tookMs: number;
}

/** How long nobody may answer before those who did are taken for all, where it is not known who will. */
const STALL_MS = 300;
/** After a failure the system account is left alone for so long: every refusal is a line in the server's log. */
const REST_MS = 5_000;
const REFUSED_REST_MS = 30_000;

/** What is around every answer in the system account. */
const envelopeSchema = z.object({
  server: z.object({ id: z.string().min(1), name: z.string() }),
  data: z.unknown().optional(),
});

export interface SystemWay {
  /**
   * The answers of all servers, or of those expected as soon as they are there. Answers come to an inbox in the system
   * account, into which no other account can publish. Throws `CollectorError`.
   */
  ask<T>(
    part: ServerPart<T>,
    expected: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<readonly ServerAnswer<T>[]>;
  /** Left alone for now, after a failure. */
  readonly rests: boolean;
}

export function createSystemWay(client: NatsClient, clock: Clock): SystemWay {
  let resting: { readonly until: number; readonly error: CollectorError } | null = null;

  const gather = async <T>(part: ServerPart<T>, expected: ReadonlySet<string>, signal: AbortSignal) => {
    await client.open(signal);
    const askedAt = clock.elapsed();
    const awaited = new Set(expected);
    const answers = new Map<string, ServerAnswer<T>>();
    await client.gather(part.subject, part.body, STALL_MS, (answer) => {
      const { success, data: envelope } = envelopeSchema.safeParse(answer);
      if (!success) return false;
      const { id, name } = envelope.server;
      const value = part.schema.safeParse(envelope.data);
      // A server that tells an error in the place of data is one without this part.
      if (value.success) {
        const tookMs = clock.elapsed() - askedAt;
        answers.set(id, { serverId: id, serverName: name, value: value.data, asOf: clock.now(), tookMs });
      }
      return awaited.delete(id) && awaited.size === 0;
    });
    if (answers.size === 0) {
      client.drop();
      throw new CollectorError(
        "TIMEOUT",
        `No server answered on "${part.subject}" in time.`,
        "Are the servers overloaded, or too old for this question?",
      );
    }
    return [...answers.values()];
  };

  const restingNow = () => (resting && resting.until > clock.elapsed() ? resting.error : null);

  return {
    get rests() {
      return restingNow() !== null;
    },
    async ask(part, expected, signal) {
      const error = restingNow();
      if (error) throw error;
      try {
        return await gather(part, expected, signal);
      } catch (cause) {
        if (signal.aborted || !(cause instanceof CollectorError)) throw cause;
        const error = cause.code === "ANSWERED_ERROR" ? notSystem(cause) : cause;
        // A subject that is refused says nothing of the others.
        if (error.code !== "DENIED") {
          const ms = error.code === "UNREACHABLE" || error.code === "TIMEOUT" ? REST_MS : REFUSED_REST_MS;
          resting = { until: clock.elapsed() + ms, error };
        }
        throw error;
      }
    },
  };
}

function notSystem(cause: CollectorError): CollectorError {
  return new CollectorError(
    "ANSWERED_ERROR",
    "No server answers this user's questions about servers.",
    "systemAccount needs a user of the account that system_account names in the server's configuration.",
    { cause },
  );
}

/** One server's monitoring endpoint. */
export interface MonitoringWay {
  ask<T>(part: ServerPart<T>, signal: AbortSignal): Promise<ServerAnswer<T>>;
  /** For people, without credentials. */
  readonly address: string;
  /** The id its server had when it was last asked; null: not yet. */
  readonly serverId: string | null;
}

const identitySchema = z.looseObject({ server_id: z.string().min(1), server_name: z.string().catch("") });

export function createMonitoringWay(client: MonitoringClient, address: string, clock: Clock): MonitoringWay {
  let serverId: string | null = null;
  return {
    address,
    get serverId() {
      return serverId;
    },
    async ask(part, signal) {
      const askedAt = clock.elapsed();
      const schema = identitySchema.transform((answer) => ({
        serverId: answer.server_id,
        serverName: answer.server_name,
        value: part.schema.parse(answer),
      }));
      const answer = await client.get(part.path, schema, signal);
      serverId = answer.serverId;
      return { ...answer, asOf: clock.now(), tookMs: clock.elapsed() - askedAt };
    },
  };
}
