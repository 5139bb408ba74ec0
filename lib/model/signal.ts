/**
 * What a system itself shows of the health of a stream or of itself, as data: collectors tell, `derive` judges and finds
 * the words. Counts of messages unless the name says otherwise; NaN is "not known".
 */
import type { EpochMs } from "./reading.ts";

export type StreamSignal =
  /** A limit whose policy refuses what does not fit (one that drops the oldest is no signal). */
  | {
      readonly kind: "limit";
      readonly what: "messages" | "bytes";
      readonly held: number;
      readonly limit: number;
      /** Publishes are refused now: nothing more fits, or a refusal was seen. */
      readonly refusing: boolean;
    }
  /** It holds messages that no consumer it has can get, though it is made for consumers to empty it. */
  | {
      readonly kind: "unread";
      readonly messages: number;
      /** Where it cannot be counted exactly. */
      readonly atLeast: boolean;
      /** Consumers there are; 0: none at all. */
      readonly consumers: number;
    }
  /** Messages that a consumer gave up and that stay until somebody clears them (dead letters). */
  | {
      readonly kind: "given-up";
      readonly messages: number;
      /** The consumer that gave them up, or the place they went to. */
      readonly by: string;
      readonly lastAt: EpochMs;
    }
  /** Copies that are not up to date, or nobody who leads. */
  | {
      readonly kind: "copies";
      /** Lanes it has, those with too few copies in sync, and those that nobody leads. */
      readonly lanes: number;
      readonly behind: number;
      readonly leaderless: number;
      /** Who is missing, by name, as far as it is told. */
      readonly missing: readonly string[];
    }
  /** A mirror or sourced stream that has not heard of its origin, or whose origin is another one now. */
  | {
      readonly kind: "origin";
      readonly origin: string;
      readonly trouble: "silent" | "remade";
      /** Since when nothing was heard; NaN: never. */
      readonly heardAt: EpochMs;
    }
  /** What a health service says of it: `NOT_SERVING`, `SERVICE_UNKNOWN`. */
  | { readonly kind: "health"; readonly service: string; readonly says: string };

export type SourceSignal =
  /** What a health service says; the empty name is the server as a whole. */
  | { readonly kind: "health"; readonly service: string; readonly says: string }
  /** Addresses, brokers or servers that should answer, and those of them that do and serve. */
  | {
      readonly kind: "members";
      /** `address`, `broker`, `server`. */
      readonly what: string;
      readonly expected: number;
      readonly serving: number;
      readonly missing: readonly string[];
    }
  /** Nobody leads what has to be led (controller, meta group), or too few vote. */
  | { readonly kind: "quorum"; readonly what: string; readonly leader: boolean }
  /** Over all streams: lanes with too few copies in sync, and lanes that nobody leads. */
  | { readonly kind: "copies"; readonly behind: number; readonly leaderless: number };
