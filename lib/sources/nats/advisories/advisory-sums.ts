import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { countOf, countText, nameText } from "../../event-text.ts";
import { deliveriesText, type Keys, place, type Told, tellLost } from "./advisory-events.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";
import { consumerText } from "./stream-changes.ts";

/**
 * What happens again and again is told as a sum: at once when it begins, and from then on once a minute while it goes
 * on. A reader that puts a message back ten times a second would leave no room on the timeline for anything else.
 */
export interface AdvisorySums {
  /** An ephemeral consumer came or went. */
  churned(stream: string, consumer: string, kind: "created" | "deleted", at: EpochMs): void;
  happened(news: Advisory & MessageNews): void;
  /** Further ones of a consumer of which some were read, counted only. */
  more(kind: MessageNews["kind"], stream: string, consumer: string, times: number): void;
  /** Further consumers of a stream, of which nobody looked whether they were ephemeral. */
  churnedMore(stream: string, kind: "created" | "deleted", times: number, at: EpochMs): void;
  /** Somebody asked the API for a change. */
  asked(told: Told): void;
  /** What there is to say now. */
  tell(now: EpochMs): Told[];
}

export type SummedKind = MessageNews["kind"] | "created" | "deleted";

const PACE_MS = 60_000;
/** Requests that are told one by one, by minute. */
const ASKED_TOLD = 3;
/** Messages that were lost are told one by one up to here, by consumer and minute. */
const LOST_TOLD = 5;
const MOST_SEQUENCES = 1_000;
/** Consumers and streams of which something happened within a minute. */
const MOST_SUMS = 5_000;

interface Sum {
  readonly stream: string;
  readonly consumer: string;
  toldAt: EpochMs;
  /** Of the newest. */
  at: EpochMs;
  created: number;
  deleted: number;
  /** The only one that came or went so far. */
  name: string;
  noun: "ephemeral consumer" | "consumer";
  putBack: number;
  readonly sequences: Set<number>;
  worst: { sequence: number; deliveries: number } | null;
  /** Lost messages that were told one by one. */
  lostTold: number;
  /** Those that there was no room for. */
  givenUp: number;
  terminated: number;
}

export function createAdvisorySums(keys: Keys): AdvisorySums {
  const sums = new Map<string, Sum>();
  let single: Told[] = [];
  let asked = { told: 0, more: 0, toldAt: Number.NEGATIVE_INFINITY };

  const sumOf = (stream: string, consumer: string): Sum | undefined => {
    const key = `${stream} ${consumer}`;
    let sum = sums.get(key);
    if (!sum && sums.size < MOST_SUMS) {
      sum = emptySum(stream, consumer);
      sums.set(key, sum);
    }
    return sum;
  };

  return {
    churned(stream, consumer, kind, at) {
      const sum = sumOf(stream, "");
      if (!sum) return;
      sum.name = sum.created + sum.deleted === 0 || sum.name === consumer ? consumer : "";
      sum[kind]++;
      sum.at = Math.max(sum.at, at);
    },

    happened(news) {
      const { kind, stream, consumer, sequence, deliveries, at } = news;
      if (kind === "acknowledged") return;
      const sum = sumOf(stream, consumer);
      if (!sum) return;
      sum.at = Math.max(sum.at, at);
      if (kind === "put-back") {
        sum.putBack++;
        if (sum.sequences.size < MOST_SEQUENCES) sum.sequences.add(sequence);
        if (deliveries > (sum.worst?.deliveries ?? 0)) sum.worst = { sequence, deliveries };
      } else if (sum.lostTold < LOST_TOLD) {
        sum.lostTold++;
        const what = kind === "given-up" ? "messages were given up" : "messages were terminated";
        single.push({ what, event: tellLost({ ...news, kind }, keys) });
      } else if (kind === "given-up") sum.givenUp++;
      else sum.terminated++;
    },

    churnedMore(stream, kind, times, at) {
      const sum = sumOf(stream, "");
      if (!sum) return;
      sum.name = "";
      sum.noun = "consumer";
      sum[kind] += times;
      sum.at = Math.max(sum.at, at);
    },

    more(kind, stream, consumer, times) {
      const sum = sums.get(`${stream} ${consumer}`);
      if (!sum) return; // none of them was read: nothing says that they are what they seem
      if (kind === "put-back" && sum.putBack > 0) sum.putBack += times;
      if (kind === "given-up" && sum.lostTold > 0) sum.givenUp += times;
      if (kind === "terminated" && sum.lostTold > 0) sum.terminated += times;
    },

    asked({ what, event }) {
      if (asked.told < ASKED_TOLD) {
        asked.told++;
        single.push({ what, event });
      } else asked.more++;
    },

    tell(now) {
      const told = single;
      single = [];
      if (asked.told > 0 && now - asked.toldAt >= PACE_MS) {
        const title = `${countOf(asked.more, "more API request")} asked for changes`;
        if (asked.more > 0)
          told.push({ what: "sums of API requests", event: { at: now, kind: "api-asked", title } });
        asked = { told: 0, more: 0, toldAt: now };
      }
      for (const [key, sum] of sums) {
        if (now - sum.toldAt < PACE_MS) continue;
        const news = tellSum(sum, keys);
        if (news.length === 0 && sum.lostTold === 0) sums.delete(key);
        else sums.set(key, { ...emptySum(sum.stream, sum.consumer), toldAt: now });
        told.push(...news);
      }
      return told;
    },
  };
}

function emptySum(stream: string, consumer: string): Sum {
  return {
    stream,
    consumer,
    toldAt: Number.NEGATIVE_INFINITY,
    at: Number.NEGATIVE_INFINITY,
    created: 0,
    deleted: 0,
    name: "",
    noun: "ephemeral consumer",
    putBack: 0,
    sequences: new Set(),
    worst: null,
    lostTold: 0,
    givenUp: 0,
    terminated: 0,
  };
}

function tellSum(sum: Sum, keys: Keys): Told[] {
  const { stream, consumer, at } = sum;
  const told: Told[] = [];
  const tell = (kind: string, what: string, title: string, more: Partial<SourceEvent> = {}) =>
    told.push({ what, event: { at, kind, title, ...more, ...place(keys, stream, consumer) } });

  if (sum.created + sum.deleted > 0) tell("consumers-churned", "streams changed consumers", churnText(sum));
  if (sum.worst) {
    const { sequence, deliveries } = sum.worst;
    const message = { streamKey: keys.stream(stream), sequence };
    const [who, number] = [consumerText(stream, consumer), countText(sequence)];
    const title =
      sum.putBack === 1
        ? `${who} put back sequence ${number} after ${deliveriesText(deliveries)}`
        : `${who} put back ${messagesText(sum.sequences.size)} ${timesText(sum.putBack)}; worst: sequence ${number}, delivered ${timesText(deliveries)}`;
    tell("messages-put-back", "consumers put messages back", title, { message });
  }
  for (const [kind, count, verb] of [
    ["message-given-up", sum.givenUp, "gave up on"],
    ["message-terminated", sum.terminated, "terminated"],
  ] as const) {
    if (count === 0) continue;
    const title = `${consumerText(stream, consumer)} ${verb} ${countOf(count, "more message")}`;
    tell(kind, `consumers ${verb} more messages`, title);
  }
  return told;
}

/** `214 ephemeral consumers of ORDERS were created, 209 deleted`. */
function churnText({ stream, created, deleted, name, noun }: Sum): string {
  const of = `of ${nameText(stream)}`;
  if (name !== "") {
    const how = created === 0 ? "deleted" : deleted === 0 ? "created" : "created and deleted";
    return `Ephemeral consumer ${nameText(name)} ${of} was ${how}`;
  }
  const one = created + deleted === 1;
  if (created === 0) return `${countOf(deleted, noun)} ${of} ${one ? "was" : "were"} deleted`;
  const first = `${countOf(created, noun)} ${of} ${created === 1 ? "was" : "were"} created`;
  return deleted === 0 ? first : `${first}, ${countText(deleted)} deleted`;
}

function messagesText(count: number): string {
  return count >= MOST_SEQUENCES ? `${countText(count)} messages or more` : countOf(count, "message");
}

export function timesText(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${countText(count)} times`;
}
