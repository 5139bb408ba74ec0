import { type Msg, type NatsConnection, NoRespondersError, type ServerInfo } from "@nats-io/transport-node";
import type { Clock } from "../../../async/clock.ts";
import { unlessAborted } from "../../../async/unless-aborted.ts";
import { within } from "../../../async/within.ts";
import { statusOfFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { causesOf } from "../../causes.ts";
import { type NatsCollectorOptions, parseServer, type ServerAddress } from "../config.ts";
import { apiErrorSchema } from "../jetstream/api-types.ts";
import { createDialer } from "./dial.ts";
import { explainConnectionError, explainRequestError, JetStreamOff, timedOut } from "./failure.ts";
import { createRequests, type Requests } from "./requests.ts";

/** One connection to one of the source's servers, made again when it is asked for and gone. Reads only. */
export interface NatsClient {
  /** Connects where no connection is open: to each server once at most, and to none more than once a second. */
  open(signal: AbortSignal): Promise<ServerInfo>;
  /** The parsed answer of the JetStream API at `$JS.API.<api>`. Throws `JetStreamOff` and `CollectorError`. */
  ask(api: string, body: object): Promise<unknown>;
  /**
   * One raw answer, for what does not answer in JSON. Throws `CollectorError`; an answer that says "no message" in its
   * status header is an answer.
   */
  request(subject: string, body: string): Promise<Msg>;
  /**
   * The parsed answers of everyone who answers, such as every server of a cluster: until nobody has for `stallMs`, or
   * `isLast` says so. Answers that are not JSON are left out. Throws `CollectorError` where nobody may be asked.
   */
  gather(
    subject: string,
    body: object,
    stallMs: number,
    isLast?: (answer: unknown) => boolean,
  ): Promise<unknown[]>;
  /**
   * Everything published on a subject, for as long as the client lives, over every new connection. `onRefused` is told
   * why there will be nothing where the user may not subscribe, `onAsked` that a new connection tries. `onMessage` must
   * not throw.
   */
  listen(
    subject: string,
    onMessage: (message: Msg) => void,
    onRefused: (error: CollectorError) => void,
    onAsked?: () => void,
  ): void;
  /** Round trip of a ping in ms. Fails when the connection does not answer any more. */
  roundTrip(): Promise<number>;
  /** Lets go of a connection that no longer answers. */
  drop(): void;
  close(): Promise<void>;
  /** Whether this is the connection to which the server of that id gave that number. */
  isSelf(serverId: string, cid: number): boolean;
  /** Requests sent so far. */
  readonly requests: number;
  /** What the subjects of the JetStream API begin with: `$JS.API.`, or that of the domain. */
  readonly apiPrefix: string;
}

interface Link {
  readonly nc: NatsConnection;
  readonly at: ServerAddress;
  readonly info: ServerInfo;
  readonly requests: Requests;
  onLost: (error: unknown) => void;
  /** When it was last known to answer, in the time of `elapsed`. */
  aliveAt: number;
}

interface Listener {
  readonly subject: string;
  readonly onMessage: (message: Msg) => void;
  readonly onRefused: (error: CollectorError) => void;
  readonly onAsked: (() => void) | undefined;
}

/** A connection whose ping takes longer is given up where there are other servers. */
const HANGING_MS = 1_000;
/** Whoever answered so lately is not asked again. */
const ALIVE_MS = 500;
/** A refused subject is not asked again for so long: every refusal is a line in the server's log. */
const DENIED_MEMORY_MS = 30_000;
/** "JetStream not enabled" for the account and for the server. */
const JETSTREAM_OFF_CODES: readonly (number | undefined)[] = [10039, 10076];

export function createNatsClient(options: NatsCollectorOptions, clock: Clock): NatsClient {
  const servers = options.servers.map(parseServer);
  const name = options.name ?? "streamside";
  const prefix = options.domain ? `$JS.${options.domain}.API.` : "$JS.API.";
  const dial = createDialer({ ...options, name }, clock);
  const denied = new Map<string, { readonly until: number; readonly error: CollectorError }>();
  const text = new TextDecoder();
  const listeners: Listener[] = [];
  let current: Link | null = null;
  let opening: Promise<ServerInfo> | null = null;
  let closed = false;
  let requests = 0;

  const subscribe = ({ nc, at }: Link, { subject, onMessage, onRefused, onAsked }: Listener) => {
    onAsked?.();
    nc.subscribe(subject, {
      callback: (error, message) => {
        if (error) onRefused(explainRequestError(at.text, subject, error));
        else onMessage(message);
      },
    });
  };

  /** Asks, and remembers a refusal for a while: every one is a line in the server's log. */
  const asking = async <T>(subject: string, send: (link: Link) => Promise<T>): Promise<T> => {
    const link = live();
    const refusal = denied.get(subject);
    if (refusal && refusal.until > clock.elapsed()) throw refusal.error;
    requests++;
    try {
      return await send(link);
    } catch (error) {
      const failure = explainRequestError(link.at.text, subject, error);
      if (failure.code === "DENIED") {
        denied.set(subject, { until: clock.elapsed() + DENIED_MEMORY_MS, error: failure });
      }
      throw failure;
    }
  };

  const parsed = (message: Msg): unknown => {
    try {
      return JSON.parse(text.decode(message.data));
    } catch {
      return undefined;
    }
  };

  const live = () => {
    if (current && !current.nc.isClosed()) return current;
    throw new CollectorError("UNREACHABLE", "The connection was lost.", "Is the server going down?");
  };

  const putLast = (at: ServerAddress) => void servers.push(...servers.splice(servers.indexOf(at), 1));
  const putFirst = (at: ServerAddress) => void servers.unshift(...servers.splice(servers.indexOf(at), 1));

  /** Whether there is no reason to go on to another server. One that is paused keeps its connections open. */
  const stillAnswers = async (link: Link, signal: AbortSignal): Promise<boolean> => {
    const { nc, at } = link;
    if (servers.length === 1 || clock.elapsed() - link.aliveAt < ALIVE_MS) return true;
    try {
      const ms = Math.min(HANGING_MS, options.requestTimeoutMs);
      await unlessAborted(
        within(clock, ms, nc.flush(), () => timedOut(at.text)),
        signal,
      );
      link.aliveAt = clock.elapsed();
      return true;
    } catch {
      if (signal.aborted) throw signal.reason;
      putLast(at);
      void nc.close();
      return false;
    }
  };

  const connected = async (signal: AbortSignal): Promise<ServerInfo> => {
    if (current && !current.nc.isClosed() && (await stillAnswers(current, signal))) return current.info;
    current = null;
    denied.clear();
    const failures: CollectorError[] = [];
    for (const at of [...servers]) {
      if (signal.aborted) throw signal.reason;
      putLast(at); // until it is known to answer; there may be no time left for the others now
      try {
        // Leaves time for the others, too.
        const nc = await dial(at, options.connectTimeoutMs / Math.min(servers.length, 3), signal);
        if (closed || signal.aborted || !nc.info) {
          await nc.close();
          throw closed ? shutDown() : (signal.reason ?? explainConnectionError(at.text, undefined));
        }
        const link: Link = {
          ...{ nc, at, info: nc.info },
          requests: createRequests(nc, clock, options.inboxPrefix),
          onLost: () => {},
          aliveAt: clock.elapsed(),
        };
        void nc.closed().then((error) => link.onLost(error));
        current = link;
        putFirst(at);
        for (const listener of listeners) subscribe(link, listener);
        return link.info;
      } catch (error) {
        if (closed || signal.aborted) throw error;
        failures.push(explainConnectionError(at.text, error));
      }
    }
    // A server that answered, even with a refusal, tells more than one that did not.
    throw failures.find(({ code }) => statusOfFailure(code) === "refused") ?? failures[0] ?? noServers();
  };

  return {
    apiPrefix: prefix,

    get requests() {
      return requests;
    },

    open(signal) {
      // Who asks meanwhile gets the same connection.
      opening ??= connected(signal).finally(() => {
        opening = null;
      });
      return opening;
    },

    async ask(api, body) {
      const { at, info } = live();
      const subject = prefix + api;
      let answer: unknown;
      try {
        const message = await asking(subject, (link) =>
          link.requests.send(subject, JSON.stringify(body), options.requestTimeoutMs),
        );
        answer = JSON.parse(text.decode(message.data));
      } catch (error) {
        if (error instanceof SyntaxError) throw unreadable(at, subject, error);
        if (isNobody(error) && !options.domain && info.jetstream !== true) {
          throw new JetStreamOff("the server runs without JetStream");
        }
        throw error;
      }
      // A schema that does not fit makes an error: not for each of hundreds of answers that hold none.
      const isRefusal = typeof answer === "object" && answer !== null && "error" in answer;
      const refused = isRefusal ? apiErrorSchema.safeParse(answer) : null;
      if (!refused?.success) return answer;
      const { code, err_code, description = "no reason given" } = refused.data.error;
      if (JETSTREAM_OFF_CODES.includes(err_code)) throw new JetStreamOff(description);
      throw new CollectorError(
        "ANSWERED_ERROR",
        `"${subject}" answered: ${description} (${err_code ?? code ?? "no code"}).`,
        code === 503 ? "Is a JetStream leader being elected?" : "See the server's log.",
      );
    },

    request(subject, body) {
      return asking(subject, (link) => link.requests.send(subject, body, options.requestTimeoutMs));
    },

    gather(subject, body, stallMs, isLast) {
      return asking(subject, async ({ nc }) => {
        const answers: unknown[] = [];
        const arriving = await nc.requestMany(subject, JSON.stringify(body), {
          strategy: "stall",
          stall: stallMs,
          maxWait: options.requestTimeoutMs,
        });
        for await (const message of arriving) {
          const answer = parsed(message);
          // Somebody else answers there too; the others are not lost for it.
          if (answer === undefined) continue;
          answers.push(answer);
          if (isLast?.(answer)) break;
        }
        return answers;
      });
    },

    listen(subject, onMessage, onRefused, onAsked) {
      const listener = { subject, onMessage, onRefused, onAsked };
      listeners.push(listener);
      if (current && !current.nc.isClosed()) subscribe(current, listener);
    },

    async roundTrip() {
      const link = live();
      requests++;
      const startedAt = clock.elapsed();
      const pong = new Promise<void>((resolve, reject) => {
        // The library leaves a ping unanswered for ever when the connection goes.
        link.onLost = reject;
        link.nc.flush().then(resolve, reject);
      });
      try {
        await within(clock, options.requestTimeoutMs, pong, () => timedOut(link.at.text));
      } catch (error) {
        throw explainConnectionError(link.at.text, error);
      }
      return clock.elapsed() - startedAt;
    },

    isSelf(serverId, cid) {
      return current?.info.server_id === serverId && current.info.client_id === cid;
    },

    drop() {
      void current?.nc.close();
      current = null;
    },

    async close() {
      closed = true;
      await current?.nc.close();
      current = null;
    },
  };
}

function isNobody(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof NoRespondersError);
}

function unreadable(at: ServerAddress, subject: string, cause: unknown): CollectorError {
  return new CollectorError(
    "PROTOCOL",
    `The answer of ${at.text} on "${subject}" is not JSON.`,
    "Does something other than JetStream answer on this subject?",
    { cause },
  );
}

function noServers(): CollectorError {
  return new CollectorError("UNREACHABLE", "No server is given.", "List at least one server.");
}

function shutDown(): CollectorError {
  return new CollectorError("INTERNAL", "The collector was closed.", "Make a new one.");
}
