import { isIP } from "node:net";
import { Connection, TimeoutError, Writer } from "@platformatic/kafka";
import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { addressText, type BrokerAddress, type KafkaCollectorOptions } from "../config.ts";
import { type ApiVersions, decodeApiVersions, encodeApiVersions } from "../wire/cluster.ts";
import { Cursor } from "../wire/cursor.ts";
import { guardFrames } from "./frame-guard.ts";
import { explainLinkError } from "./link-failure.ts";
import { Patience } from "./patience.ts";

/** A request of the protocol, and the versions of it that Streamside can write and read. */
export interface Api {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export interface Answer {
  readonly version: number;
  readonly body: Buffer;
}

const API_VERSIONS: Api = { key: 18, name: "ApiVersions", min: 3, max: 3 };
/** A broker that is down is tried at most this often. */
export const ATTEMPT_INTERVAL_MS = 1000;

interface Session {
  readonly connection: Connection;
  failure: CollectorError | null;
  versions: ApiVersions | null;
}

export interface LinkSettings
  extends Pick<KafkaCollectorOptions, "clientId" | "tls" | "sasl" | "connectTimeoutMs" | "requestTimeoutMs"> {
  readonly clock: Clock;
  readonly onRequest: () => void;
  /** The links to the brokers of the same cluster. */
  readonly peers: () => Iterable<BrokerLink>;
}

/** The one connection to one broker. It opens when asked to, and a request that hangs or cannot be read ends it. */
export class BrokerLink {
  readonly address: string;
  /** Why it is not open; null while it is, and before the first attempt. */
  failure: CollectorError | null = null;
  readonly patience: Patience;
  readonly #broker: BrokerAddress;
  readonly #settings: LinkSettings;
  #session: Session | null = null;
  #opening: Promise<void> | null = null;
  #openingSince = 0;
  #lastAttemptAt = Number.NEGATIVE_INFINITY;
  #inFlight = 0;

  constructor(broker: BrokerAddress, settings: LinkSettings) {
    this.#broker = broker;
    this.#settings = settings;
    this.address = addressText(broker);
    this.patience = new Patience(settings.clock, settings.requestTimeoutMs, () =>
      patienceOf(settings.peers()),
    );
  }

  get ready(): boolean {
    return this.#session?.versions != null;
  }

  get opening(): boolean {
    return this.#opening !== null;
  }

  /** For how long it has been opening. */
  get openingMs(): number {
    return this.#settings.clock.elapsed() - this.#openingSince;
  }

  /** Something is waiting for it. */
  get busy(): boolean {
    return this.opening || this.#inFlight > 0;
  }

  /** The last thing it did was not to answer. Whoever has other brokers to ask should not wait for it again. */
  get hung(): boolean {
    return this.failure?.code === "TIMEOUT";
  }

  get versions(): ApiVersions | null {
    return this.#session?.versions ?? null;
  }

  /** Resolves once requests can be sent; rejects with a CollectorError. Callers at the same time share one attempt. */
  open(): Promise<void> {
    if (this.ready) return Promise.resolve();
    if (!this.#opening) this.#openingSince = this.#settings.clock.elapsed();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, clock } = this.#settings;
    if (this.failure && clock.now() - this.#lastAttemptAt < ATTEMPT_INTERVAL_MS) throw this.failure;
    this.#lastAttemptAt = clock.now();

    const connection = new Connection(clientId, {
      connectTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxInflights: 16,
      // The name the certificate is checked against; the library sends none by itself. An address is no name.
      ...(tls ? { tls, tlsServerName: tls.servername ?? (isIP(this.#broker.host) === 0 ? true : "") } : {}),
      ...(sasl ? { sasl: definedFields(sasl) } : {}),
    });
    const session: Session = { connection, failure: null, versions: null };
    this.#session = session;
    connection.on("error", (error) => this.#end(session, error));
    connection.on("close", () => this.#end(session, new Error("closed")));
    try {
      const connected = new Promise<void>((resolve, reject) => {
        connection.connect(this.#broker.host, this.#broker.port, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      guardFrames(connection.socket, ({ what, hint }) =>
        this.#end(session, new CollectorError("PROTOCOL", `${this.address} answered with ${what}.`, hint)),
      );
      // The library listens for one error only; a second one would end the process.
      connection.socket.on("error", () => {});
      await connected;
      const { body } = await this.#send(session, API_VERSIONS, API_VERSIONS.max, encodeApiVersions());
      const versions = decodeApiVersions(new Cursor(body));
      if (versions.error !== 0) throw this.#tooOld();
      session.versions = versions;
      this.failure = null;
    } catch (error) {
      throw this.#end(session, error);
    }
  }

  /**
   * Sends in the newest version both sides speak. Rejects with a CollectorError, also once the broker has said nothing
   * for so long that the others should not be kept waiting.
   */
  request(api: Api, encode: (version: number) => Buffer): Promise<Answer> {
    const session = this.#session;
    const version = this.versionOf(api);
    if (!session?.versions) return Promise.reject(this.failure ?? this.#closed());
    if (version === null) return Promise.reject(this.#tooOld(api));
    const late = () => explainLinkError(this.address, new TimeoutError("still waiting"));
    if (this.patience.isOver) return Promise.reject(late());
    return this.patience.wait(this.#send(session, api, version, encode(version)), late);
  }

  /** The version a request would be sent in; null where there is none in common. */
  versionOf(api: Api): number | null {
    const range = this.versions?.ranges.get(api.key);
    if (!range) return null;
    const version = Math.min(api.max, range[1]);
    return version >= Math.max(api.min, range[0]) ? version : null;
  }

  async #send(session: Session, api: Api, version: number, payload: Buffer): Promise<Answer> {
    this.#settings.onRequest();
    this.#inFlight++;
    try {
      const body = await new Promise<Buffer>((resolve, reject) => {
        session.connection.send<Buffer>(
          api.key,
          version,
          () => Writer.create().append(payload),
          (_correlation, _key, _version, reader) => reader.buffer.buffer,
          true,
          api !== API_VERSIONS,
          (error, answer) => (error || !answer ? reject(error) : resolve(answer)),
        );
      });
      return { version, body };
    } catch (error) {
      // After a timeout the library cannot tell answers apart any more; after anything else nothing is sure either.
      throw this.#end(session, error);
    } finally {
      this.#inFlight--;
    }
  }

  /** Ends the connection: bytes that cannot be read, a broker that left the cluster, or the end of it all. */
  drop(reason: unknown = this.#closed()): CollectorError {
    return this.#session ? this.#end(this.#session, reason) : (this.failure ?? this.#closed());
  }

  /** Ends it because nobody waits any more. Where it was up, that is no failed attempt: it may open again at once. */
  abandon(reason: CollectorError): void {
    if (this.ready) this.#lastAttemptAt = Number.NEGATIVE_INFINITY;
    this.drop(reason);
  }

  /** The first reason counts; what follows from it is noise. */
  #end(session: Session, reason: unknown): CollectorError {
    if (session.failure) return session.failure;
    session.failure = explainLinkError(this.address, reason);
    if (this.#session === session) {
      this.#session = null;
      this.failure = session.failure;
    }
    session.connection.close(() => {});
    session.connection.socket?.destroy();
    return session.failure;
  }

  #closed(): CollectorError {
    return new CollectorError("UNREACHABLE", `${this.address} is not connected.`, "It is being tried again.");
  }

  #tooOld(api: Api = API_VERSIONS): CollectorError {
    return new CollectorError(
      "ANSWERED_ERROR",
      `${this.address} does not speak ${api.name} version ${api.min}.`,
      "Streamside needs Kafka 2.4 or newer.",
    );
  }
}

function* patienceOf(links: Iterable<BrokerLink>): Iterable<Patience> {
  for (const { patience } of links) yield patience;
}

/** The library tells a missing credential by its absence, not by undefined. */
function definedFields<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
