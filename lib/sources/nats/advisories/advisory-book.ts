import type { WallClock } from "../../../async/clock.ts";
import type { Fields } from "../jetstream/api-types.ts";
import {
  type Advisory,
  type AdvisoryForm,
  type AdvisorySubject,
  isAdvisoryBody,
  readAdvisory,
  readAdvisorySubject,
} from "./advisory-types.ts";

/** What was heard on the subjects of advisories between two samples, in bounded room and at a bounded cost. */
export interface AdvisoryBook {
  /** Takes a message as it arrives. Never throws. */
  hear(subject: string, data: Uint8Array): void;
  /**
   * What is heard from now on belongs to the next sample: this one may have been read before it happened.
   *
   * @param domain The JetStream domain that is sampled. Over a leaf node an account hears another domain too.
   */
  mark(domain: string): void;
  /** What was heard before the mark, once. */
  take(): Heard;
  readonly counts: AdvisoryCounts;
}

export interface Heard {
  /** Oldest first. */
  readonly advisories: readonly Advisory[];
  /** Those that were counted only, by what they are about. */
  readonly unread: readonly Unread[];
}

export interface Unread {
  readonly head: string;
  readonly stream: string;
  /** Empty also for consumers that came and went: these are counted by stream. */
  readonly consumer: string;
  times: number;
}

/** Since the start. */
export interface AdvisoryCounts {
  heard: number;
  /** Not what its subject promises, or not of now. */
  malformed: number;
  /** Of a kind that is not known here. */
  unknown: number;
  /** Counted only: there were too many at once. */
  unread: number;
}

/** Of each form at most so many are read between two samples; the others are counted. */
export const MOST_READ = 1_000;
/** What they are about, where they are counted only. */
const MOST_COUNTED = 1_000;
/** A real one is a few hundred bytes; one that tells a request holds request and answer. */
const MOST_BYTES = 8 * 1024;
const MOST_AUDIT_BYTES = 64 * 1024;
/** The server repeats every answer of its API, also those to Streamside: what is only looked at is not read. */
const LOOKING = /"subject":"[^"]*\.(?:INFO|LIST|NAMES|GET)(?:\.[^"]*)?"/;
/** Who asked and what comes first, the answer last. */
const AUDIT_START = 2_048;
/** How far the clocks of server and dashboard may be apart. */
const CLOCK_MS = 90_000;

export function createAdvisoryBook(options: {
  /** Whether a stream of this name is watched at all. */
  readonly passes: (stream: string) => boolean;
  readonly clock: WallClock;
}): AdvisoryBook {
  const { passes, clock } = options;
  const counts = { heard: 0, malformed: 0, unknown: 0, unread: 0 };
  const text = new TextDecoder();
  const read = new Map<AdvisoryForm | null, number>();
  let advisories: Advisory[] = [];
  let unread = new Map<string, Unread>();
  let marked = 0;
  let sampled = "";

  const mayRead = (form: AdvisoryForm | null): boolean => {
    const before = read.get(form) ?? 0;
    if (before >= MOST_READ) return false;
    read.set(form, before + 1);
    return true;
  };

  const countOnly = ({ form: { head }, stream, consumer: name }: AdvisorySubject) => {
    const consumer = head === "CONSUMER.CREATED" || head === "CONSUMER.DELETED" ? "" : name;
    const key = `${head} ${stream} ${consumer}`;
    const counted = unread.get(key);
    if (counted) counted.times++;
    else if (unread.size < MOST_COUNTED) unread.set(key, { head, stream, consumer, times: 1 });
  };

  const keep = (place: AdvisorySubject, data: Uint8Array) => {
    const advisory = readAdvisory(place, JSON.parse(text.decode(data)) as Fields);
    if (Math.abs(advisory.at - clock.now()) > CLOCK_MS) counts.malformed++;
    else if (advisory.domain === sampled) advisories.push(advisory);
  };

  return {
    counts,

    hear(subject, data) {
      counts.heard++;
      const place = readAdvisorySubject(subject);
      if (place && place.stream !== "" && !passes(place.stream)) return;
      const audit = place?.form.head === "API";
      if (audit && LOOKING.test(text.decode(data.subarray(0, AUDIT_START)))) return;
      if (data.length > (audit ? MOST_AUDIT_BYTES : MOST_BYTES)) {
        counts.malformed++;
        return;
      }
      if (!mayRead(place?.form ?? null)) {
        counts.unread++;
        if (place) countOnly(place);
        return;
      }
      try {
        if (place) keep(place, data);
        else if (isAdvisoryBody(JSON.parse(text.decode(data)) as Fields)) counts.unknown++;
        else counts.malformed++;
      } catch {
        counts.malformed++; // no JSON, or not of the form its subject stands for
      }
    },

    mark(domain) {
      sampled = domain;
      marked = advisories.length;
    },

    take() {
      const heard = { advisories: advisories.slice(0, marked), unread: [...unread.values()] };
      advisories = advisories.slice(marked);
      unread = new Map();
      marked = 0;
      read.clear();
      return heard;
    },
  };
}
