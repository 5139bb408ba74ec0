import type { WallClock } from "../../../async/clock.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { PartialFailure, SourceEvent } from "../../../model/source.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsClient } from "../connection/client.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import { believe, createRoll, type Roll } from "./advisory-belief.ts";
import { type AdvisoryCounts, createAdvisoryBook } from "./advisory-book.ts";
import { fold, type Keys } from "./advisory-events.ts";
import { createTeller } from "./advisory-teller.ts";
import type { Advisory } from "./advisory-types.ts";
import { createGivenUpBook, type GivenUp } from "./given-up.ts";
import type { Heard } from "./heard.ts";
import { createRedeliveries } from "./redeliveries.ts";
import { compareStreams } from "./stream-changes.ts";

/** What JetStream says of itself in one account, as events and as evidence. */
export interface Advisories {
  /** When a sample of this JetStream domain begins (empty: of none): what is heard from now on is for the next. */
  begin(domain: string): void;
  /**
   * What happened, as far as the sample bears it out. Null where the streams are not known this time: then what the
   * last ones bear out, as a quorum that is lost.
   */
  tell(streams: readonly StreamSnapshot[] | null, at: EpochMs): AdvisoryReport;
  /** What is known of single messages now. */
  heard(): Heard;
  /** Messages of a stream that consumers gave up and that are still there, as far as it was heard. */
  givenUpOf(stream: string): readonly GivenUp[];
  readonly counts: AdvisoryTotals;
}

export interface AdvisoryReport {
  readonly events: readonly SourceEvent[];
  readonly failures: readonly PartialFailure[];
}

/** Since the start. `ignored` are those that were malformed or not believable. */
export interface AdvisoryTotals extends AdvisoryCounts {
  readonly ignored: number;
}

export interface AdvisoriesOptions {
  /** Null: there is no connection to this account; only what the samples show is told. */
  readonly client: Pick<NatsClient, "listen"> | null;
  /** What to call them where they may not be heard: `advisories of billing`. */
  readonly name: string;
  readonly keys: Keys;
  /** Whether a stream of this name is watched. */
  readonly passes: (stream: string) => boolean;
  readonly clock: WallClock;
  /** The client is a user of the system account, where servers speak of themselves. Default false. */
  readonly system?: boolean;
  /** Hear who asks the API for changes. Makes the server send every answer of its API twice. Default false. */
  readonly audit?: boolean;
}

/** Not `$JS.EVENT.ADVISORY.>`: a server that knows somebody to listen there repeats every answer of its API. */
const OWN_SUBJECTS = [
  "$JS.EVENT.ADVISORY.STREAM.>",
  "$JS.EVENT.ADVISORY.CONSUMER.>",
  "$JS.EVENT.METRIC.CONSUMER.ACK.>",
];
const AUDIT_SUBJECT = "$JS.EVENT.ADVISORY.API";
const SYSTEM_SUBJECTS = [
  "$JS.EVENT.ADVISORY.DOMAIN.>",
  "$JS.EVENT.ADVISORY.SERVER.>",
  "$JS.EVENT.ADVISORY.API.LIMIT_REACHED",
];
/** How long a sample may take to show what was heard. */
const PATIENCE_MS = 15_000;
const MOST_WAITING = 2_000;
const GONE_MS = 30_000;
const MOST_GONE = 5_000;

export function createAdvisories(options: AdvisoriesOptions): Advisories {
  const { client, name, keys, passes, clock, system = false, audit = false } = options;
  const book = createAdvisoryBook({ passes, clock });
  const redeliveries = createRedeliveries();
  const givenUp = createGivenUpBook();
  const teller = createTeller(keys);
  const gone = new Map<string, EpochMs>();
  const refused = new Map<string, CollectorError>();
  let waiting: Advisory[] = [];
  let before: readonly StreamSnapshot[] | null = null;
  let unbelievable = 0;

  for (const subject of system ? SYSTEM_SUBJECTS : [...OWN_SUBJECTS, ...(audit ? [AUDIT_SUBJECT] : [])]) {
    client?.listen(
      subject,
      (message) => book.hear(message.subject, message.data),
      (error) => refused.set(subject, error),
      () => refused.delete(subject),
    );
  }

  /** Those that the sample bears out. Others wait for the next one, until `since`. */
  const sift = (heard: readonly Advisory[], before: Roll, roll: Roll, since: EpochMs): Advisory[] => {
    const candidates = [...waiting, ...heard];
    waiting = [];
    const restored = new Set(
      candidates.filter(({ kind }) => kind === "restore-finished").map(({ stream }) => stream),
    );
    const isGone = (stream: string, consumer: string) =>
      gone.has(stream) || gone.has(`${stream} ${consumer}`);
    return candidates.filter((advisory) => {
      const belief = believe(advisory, { before, now: roll, isGone, restored, system });
      if (belief === "yes") return true;
      const patient = advisory.at > since && waiting.length < MOST_WAITING;
      if (belief === "later" && patient) waiting.push(advisory);
      else unbelievable++;
      return false;
    });
  };

  const noteGone = (key: string, at: EpochMs) => {
    gone.delete(key);
    gone.set(key, at);
    if (gone.size > MOST_GONE) gone.delete(gone.keys().next().value!);
  };

  return {
    get counts() {
      return { ...book.counts, ignored: book.counts.malformed + unbelievable };
    },

    begin: book.mark,

    tell(streams, at) {
      const failures = listFailures(name, [...refused.values()]);
      const { advisories, unread } = book.take();
      const changes = before === null || streams === null ? [] : compareStreams(before, streams);
      for (const [key, goneAt] of gone) if (at - goneAt > GONE_MS) gone.delete(key);
      for (const { kind, stream, consumer } of changes) {
        if (kind === "deleted") noteGone(consumer === "" ? stream : `${stream} ${consumer}`, at);
        if (consumer === "" && (kind === "deleted" || kind === "recreated")) {
          redeliveries.forget(stream);
          givenUp.forget(stream);
        }
      }
      const rollBefore = createRoll(before ?? []);
      const roll = streams === null ? rollBefore : createRoll(streams);
      const since = streams === null ? Number.NEGATIVE_INFINITY : at - PATIENCE_MS;
      const believed = sift(advisories, rollBefore, roll, since);
      for (const advisory of believed) {
        switch (advisory.kind) {
          case "put-back":
          case "terminated":
          case "given-up":
          case "acknowledged":
            redeliveries.note(advisory);
            givenUp.note(advisory);
        }
      }
      if (streams !== null) {
        redeliveries.observe(streams, at);
        givenUp.observe(streams);
      }
      const told = teller.tell({ believed, unread, changes, before: rollBefore, now: roll, at });
      before = streams ?? before;
      return { events: fold(told, at), failures };
    },

    heard: redeliveries.heard,
    givenUpOf: givenUp.of,
  };
}

/** Refusals of several subjects have one reason: the user's permissions. */
function listFailures(subject: string, refusals: readonly CollectorError[]): PartialFailure[] {
  const [first] = refusals;
  if (!first) return [];
  const message = refusals.map((refusal) => refusal.message).join(" ");
  return [{ scope: "source", subject, code: first.code, message }];
}
