import type { MethodRow } from "@streamside/grpc-health";
import type { CallKind } from "../../../model/call.ts";
import type { SourceSection } from "../../../model/source.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { ServingStatus } from "./health/health-definition.ts";

/**
 * One way of seeing a target at one address. A target offers any of them; whatever it offers is used, and losing one
 * costs only what that one alone can see.
 */
export interface Way<T> {
  /**
   * The newest that is known, asked for once a sample. Ways that cost the target much ask it less often than that and
   * answer with what they have. Null: the target does not offer it. Rejects with `CollectorError`: it was refused, or is
   * lost for now.
   */
  read(signal: AbortSignal): Promise<T | null>;
  /** Ends what it keeps open. Safe to call twice. */
  close(): void;
}

/** From `grpc.health.v1`, of each service asked for ("" is the server as a whole). */
export interface HealthFindings {
  readonly services: readonly ServiceHealth[];
  /** Services whose health was refused or could not be had, while others told theirs. */
  readonly failed: readonly { readonly service: string; readonly error: CollectorError }[];
}

export interface ServiceHealth {
  readonly service: string;
  readonly state: ServingStatus;
  /** Since when: when Watch told the change, or Check found it, EpochMs; NaN: not known. */
  readonly since: number;
  /** How often it left SERVING since the collector began. */
  readonly drops: number;
  /** Of the newest Check, ms; NaN: none was answered. */
  readonly roundTripMs: number;
  /** Whether changes are told at once (Watch), or found by asking (Check). */
  readonly watched: boolean;
}

/** From server reflection. */
export interface MethodCatalogue {
  readonly version: "v1" | "v1alpha";
  /** Without those of health, reflection, channelz and StreamHealth themselves. */
  readonly methods: readonly { readonly path: string; readonly kind: CallKind }[];
  /** All services, those included. */
  readonly services: readonly string[];
  /** Services whose methods could not be read: descriptors that are missing, malformed or too many. */
  readonly unread: readonly string[];
  readonly asOf: number;
}

/** From channelz. */
export interface ChannelzFindings {
  /** Connections that clients have to the target, without Streamside's own. */
  readonly sockets: readonly ChannelzSocket[];
  /** How many of those connections there are; more than `sockets` where not all have been read yet. */
  readonly totalSockets: number;
  /** Tables of what there is besides: servers, the channels and subchannels the target has as a client itself. */
  readonly sections: readonly SourceSection[];
  readonly asOf: number;
}

/** NaN: not told. Times are EpochMs. */
export interface ChannelzSocket {
  readonly id: string;
  /** When it was read: where there are very many, each has its turn. */
  readonly asOf: number;
  /** `host:port` of the other end, and of the target's. */
  readonly remote: string;
  readonly local: string;
  readonly streamsStarted: number;
  readonly streamsSucceeded: number;
  readonly streamsFailed: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly keepAlivesSent: number;
  readonly lastMessageSentAt: number;
  readonly lastMessageReceivedAt: number;
  /** Bytes that the other end would still take (remote) and the target itself (local), of the whole connection. */
  readonly remoteWindow: number;
  readonly localWindow: number;
  /** Cipher suite of TLS, or what else protects it; empty: nothing, or not told. */
  readonly security: string;
}

/** From a Prometheus endpoint. */
export interface MetricsFindings {
  /** Which names were found: `OpenTelemetry`, `go-grpc-prometheus`, `Envoy`. */
  readonly families: readonly string[];
  /**
   * Totals by method, in the form of StreamHealth. What the metrics do not tell is absent; `started`, `completed` and
   * `maxUs` are NaN then, and the last bucket's bound is Infinity. Ids are this reader's own.
   */
  readonly methods: readonly MethodRow[];
  /** For people: what of the page could not be used, and why. */
  readonly notes: readonly string[];
  /** Changes when counters start again: the start time of the process where it is told. */
  readonly process: string;
  readonly asOf: number;
}
