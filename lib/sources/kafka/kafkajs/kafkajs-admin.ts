import { connect, isIP, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Admin, type ISocketFactoryArgs, Kafka, logLevel, type SASLOptions } from "kafkajs";
import type { WallClock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { addressText, type KafkaCollectorOptions, type KafkaSasl } from "../config.ts";
import { guardFrames } from "../link/frame-guard.ts";
import { ATTEMPT_INTERVAL_MS } from "../link/link.ts";
import { type DescribedGroup, decodeAssignment, decodeSubscription, plainHost } from "../wire/groups.ts";
import type { TopicPartitions } from "../wire/list-offsets.ts";
import { explainKafkajsError } from "./kafkajs-failure.ts";

export interface GroupDescription extends DescribedGroup {
  readonly protocolType: string;
}

export interface TopicCommits extends TopicPartitions {
  /** Row for row with `partitions`. -1: nothing committed. */
  readonly offsets: readonly number[];
}

export interface PartitionEnds {
  readonly partition: number;
  readonly head: number;
  readonly floor: number;
}

/** The last time a broker was connected to, and the system's word for what went wrong. */
interface Attempt {
  readonly at: number;
  code: string | undefined;
}

interface Session {
  readonly admin: Admin;
  readonly brokers: string;
  /** With the broker each leads to. */
  readonly sockets: Map<Socket, string>;
  /** Rejects when the session ends, with the reason. */
  readonly over: Promise<never>;
  end(reason: CollectorError): void;
}

/**
 * kafkajs' admin client as far as it only reads, kept from what it would do on its own: it tries nothing again, writes
 * no log, and connects to a broker at most once a second while that fails. Rejections are CollectorErrors.
 */
export class KafkajsAdmin {
  readonly #options: KafkaCollectorOptions;
  readonly #clock: WallClock;
  readonly #onRequest: () => void;
  #session: Session | null = null;
  /** By address. */
  readonly #attempts = new Map<string, Attempt>();

  constructor(options: KafkaCollectorOptions, clock: WallClock, onRequest: () => void) {
    this.#options = options;
    this.#clock = clock;
    this.#onRequest = onRequest;
  }

  get connected(): boolean {
    return this.#session !== null;
  }

  /** `brokers` as the cluster itself calls them: kafkajs then needs one connection a broker. */
  async connect(brokers: readonly string[]): Promise<void> {
    if (this.#session) return;
    this.#session = this.#begin(brokers);
    try {
      await this.#ask((admin) => admin.connect());
    } catch (error) {
      throw this.drop(error as CollectorError);
    }
  }

  async listGroups(): Promise<{ readonly id: string; readonly protocolType: string }[]> {
    const { groups } = await this.#ask((admin) => admin.listGroups());
    return groups.map(({ groupId, protocolType }) => ({ id: groupId, protocolType: protocolType ?? "" }));
  }

  async describe(id: string): Promise<GroupDescription> {
    const { groups } = await this.#ask((admin) => admin.describeGroups([id]));
    const { state, protocolType, protocol, members } = groups[0]!;
    return {
      id,
      error: 0,
      state,
      protocolType,
      assignor: protocol,
      epoch: -1,
      members: members.map(({ memberId, clientId, clientHost, memberAssignment, memberMetadata }) => ({
        id: memberId,
        clientId,
        host: plainHost(clientHost),
        assignment:
          protocolType === "consumer" && memberAssignment ? decodeAssignment(memberAssignment) : null,
        topics: protocolType === "consumer" && memberMetadata ? decodeSubscription(memberMetadata) : [],
      })),
    };
  }

  /** Never with `resolveOffsets`: that commits. */
  async committed(groupId: string): Promise<TopicCommits[]> {
    const topics = await this.#ask((admin) => admin.fetchOffsets({ groupId }));
    return topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => partition),
      offsets: partitions.map(({ offset }) => Number(offset)),
    }));
  }

  async ends(topic: string): Promise<PartitionEnds[]> {
    const partitions = await this.#ask((admin) => admin.fetchTopicOffsets(topic));
    return partitions.map(({ partition, high, low }) => ({
      partition,
      head: Number(high),
      floor: Number(low),
    }));
  }

  /** Ends every connection and whatever waits for it. The next `connect` begins anew. */
  drop(reason: CollectorError): CollectorError {
    this.#session?.end(reason);
    this.#session = null;
    return reason;
  }

  /** Ends it because nobody waits any more. Where it was up, that is no failed attempt: it may open again at once. */
  abandon(reason: CollectorError): void {
    for (const [socket, address] of this.#session?.sockets ?? []) {
      if (!socket.connecting) this.#attempts.delete(address);
    }
    this.drop(reason);
  }

  async #ask<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const session = this.#session;
    if (!session)
      throw new CollectorError("UNREACHABLE", "kafkajs is not connected.", "It is being tried again.");
    try {
      return await Promise.race([work(session.admin), session.over]);
    } catch (error) {
      throw explainKafkajsError(session.brokers, error);
    }
  }

  #begin(brokers: readonly string[]): Session {
    const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs } = this.#options;
    const sockets = new Map<Socket, string>();
    let ended: CollectorError | null = null;
    let reject: (reason: CollectorError) => void;
    const over = new Promise<never>((_resolve, rejectOver) => {
      reject = rejectOver;
    });
    over.catch(() => {}); // nobody may be waiting
    const socketFactory = (to: ISocketFactoryArgs) => {
      if (ended) throw ended;
      return this.#open(to, sockets);
    };
    const kafka = new Kafka({
      clientId,
      brokers: [...brokers],
      socketFactory,
      // Only tells kafkajs that there is TLS: the socket is opened here.
      ...(tls ? { ssl: true } : {}),
      ...(sasl ? { sasl: mapSasl(sasl) } : {}),
      connectionTimeout: connectTimeoutMs,
      authenticationTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    admin.on(admin.events.REQUEST, this.#onRequest);
    const end = (reason: CollectorError) => {
      ended = reason;
      reject(reason);
      for (const socket of sockets.keys()) socket.destroy(reason); // kafkajs lets go of its requests on an error only
      admin.disconnect().catch(() => {});
    };
    return { admin, brokers: brokers.join(", "), sockets, over, end };
  }

  #open({ host, port, onConnect }: ISocketFactoryArgs, sockets: Map<Socket, string>): Socket {
    const address = addressText({ host, port });
    const last = this.#attempts.get(address);
    if (last && this.#clock.now() - last.at < ATTEMPT_INTERVAL_MS) return deadSocket(last.code);
    const attempt: Attempt = { at: this.#clock.now(), code: undefined };
    this.#attempts.set(address, attempt);
    const { tls } = this.#options;
    const socket = tls
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, 60_000);
    sockets.set(socket, address);
    socket.once("close", () => sockets.delete(socket));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      attempt.code = code;
    });
    guardFrames(socket, ({ what, hint }) => {
      this.drop(new CollectorError("PROTOCOL", `${address} answered with ${what}.`, hint));
    });
    return socket;
  }
}

/** Fails as the last attempt did. kafkajs wants a new socket every time: it hangs listeners on one that is dead, too. */
function deadSocket(code: string | undefined): Socket {
  const socket = new Socket();
  const error = Object.assign(new Error("not tried again yet"), code === undefined ? {} : { code });
  process.nextTick(() => socket.destroy(error));
  return socket;
}

function mapSasl({ mechanism, username = "", password = "", token = "" }: KafkaSasl): SASLOptions {
  switch (mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
    case "OAUTHBEARER":
      return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: token }) };
  }
}
