import type { SourceEvent } from "../../../model/source.ts";
import { capped, countOf, countText, nameText } from "../../event-text.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";
import { type Change, consumerText, leaderText } from "./stream-changes.ts";

/** An event, and what to call it together with others of its kind: `streams were created`. */
export interface Told {
  readonly what: string;
  readonly event: SourceEvent;
}

/** What the streams and consumers of an account are called in the layout. */
export interface Keys {
  readonly stream: (stream: string) => string;
  readonly consumer: (stream: string, consumer: string) => string;
}

/** Events in one sample. */
const MOST_TOLD = 48;

/** All that there is room for, oldest first; what is too much of one kind is told as a number. */
export function fold(told: readonly Told[], at: number): SourceEvent[] {
  const groups = new Map<string, SourceEvent[]>();
  for (const { what, event } of told) {
    const group = groups.get(what);
    if (group) group.push(event);
    else groups.set(what, [event]);
  }
  let room = MOST_TOLD;
  const events: SourceEvent[] = [];
  // What happens seldom first: it is told whole.
  for (const [what, group] of [...groups].sort(([, a], [, b]) => a.length - b.length)) {
    const some = capped(group, what, at, (event) => event);
    const fitting =
      some.length <= room
        ? some
        : [{ at, kind: group[0]!.kind, title: `${countText(group.length)} ${what}` }];
    room -= fitting.length;
    events.push(...fitting);
  }
  const order = new Map(told.map(({ event }, i) => [event, i]));
  const place = (event: SourceEvent) => order.get(event) ?? told.length;
  return events.sort((a, b) => a.at - b.at || place(a) - place(b));
}

/** What a change of the samples is as an event. */
export function tellChange(change: Change, keys: Keys, at: number): Told {
  const { kind, stream, consumer, title, before, after } = change;
  return {
    what: plural(consumer === "" ? "streams" : "consumers", kind),
    event: {
      at,
      kind: eventKind(consumer, kind),
      title,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      ...place(keys, stream, consumer),
    },
  };
}

/**
 * Null for what is told as a sum. `change` is what the samples show of the same thing: an advisory knows when and who,
 * but not always what it was before.
 */
export function tellAdvisory(advisory: Advisory, change: Change | undefined, keys: Keys): Told | null {
  const { at, stream, consumer } = advisory;
  const of = consumer === "" ? nameText(stream) : consumerText(stream, consumer);
  const tell = (kind: string, what: string, title: string, more: Partial<SourceEvent> = {}): Told => ({
    what,
    event: { at, kind, title, ...more, ...place(keys, stream, consumer) },
  });
  switch (advisory.kind) {
    case "created":
    case "deleted":
    case "edited": {
      const kind = change?.kind === "recreated" ? "recreated" : advisory.kind;
      const noun = consumer === "" ? "Stream" : "Consumer";
      const how = kind === "recreated" ? "deleted and created anew" : kind;
      return tell(
        eventKind(consumer, kind),
        plural(consumer === "" ? "streams" : "consumers", kind),
        `${noun} ${of} was ${how}`,
        { ...(change?.before !== undefined && { before: change.before, after: change.after ?? "" }) },
      );
    }
    case "leader-elected":
      return tell(
        "leader-changed",
        plural(consumer === "" ? "streams" : "consumers", "leader"),
        change?.before === leaderText(advisory.leader)
          ? `${of} elected its leader again`
          : `${of} has another leader`,
        {
          ...(change?.before !== undefined && { before: change.before }),
          after: leaderText(advisory.leader),
        },
      );
    case "quorum-lost":
      return tell(
        "quorum-lost",
        `${consumer === "" ? "streams" : "consumers"} lost their quorum`,
        `${of} lost its quorum and stands still`,
        { after: `${advisory.current} of ${countOf(advisory.replicas, "replica")} current` },
      );
    case "paused":
      return advisory.leftMs > 0
        ? tell(
            "consumer-paused",
            plural("consumers", "paused"),
            `Consumer ${of} was paused for ${spanText(advisory.leftMs)}`,
          )
        : tell("consumer-resumed", plural("consumers", "resumed"), `Consumer ${of} was resumed`);
    case "pinned":
      return tell(
        "consumer-pinned",
        "groups of consumers pinned a client",
        `${of} pinned a client of group ${nameText(advisory.group)}`,
        { after: nameText(advisory.client) },
      );
    case "unpinned":
      return tell(
        "consumer-unpinned",
        "groups of consumers let a client go",
        `${of} let the pinned client of group ${nameText(advisory.group)} go${because(advisory.reason)}`,
      );
    case "snapshot-started":
    case "restore-started": {
      const started = advisory.kind === "snapshot-started" ? "A snapshot" : "A restore";
      return tell(
        advisory.kind,
        advisory.kind === "snapshot-started" ? "snapshots were begun" : "restores were begun",
        `${started} of ${of} was begun${advisory.client === "" ? "" : ` by ${nameText(advisory.client)}`}`,
      );
    }
    case "snapshot-finished":
      return advisory.error === ""
        ? tell(
            "snapshot-finished",
            "snapshots were completed",
            `A snapshot of ${of} was completed in ${spanText(advisory.tookMs)}`,
          )
        : tell("snapshot-failed", "snapshots failed", `A snapshot of ${of} failed${because(advisory.error)}`);
    case "restore-finished":
      return tell(
        "restore-finished",
        "restores were completed",
        `${of} was restored from ${countOf(advisory.bytes, "byte")} in ${spanText(advisory.tookMs)}`,
      );
    case "batch-abandoned":
      return tell(
        "batch-abandoned",
        "batches were abandoned",
        `A batch for ${of} was abandoned${because(advisory.reason)}`,
      );
    case "meta-leader-elected": {
      const where = advisory.cluster === "" ? "JetStream" : `JetStream in ${nameText(advisory.cluster)}`;
      const who = advisory.leader === "" ? "Another server" : nameText(advisory.leader);
      return tell(
        "meta-leader",
        "leaders of JetStream were elected",
        `${who} was elected leader of ${where}`,
      );
    }
    case "storage-full":
      return tell(
        "storage-full",
        "times a server ran out of storage",
        `${nameText(advisory.server)} ran out of storage and stopped its JetStream`,
      );
    case "server-removed":
      return tell(
        "server-removed",
        "servers were removed",
        `${nameText(advisory.server)} was removed from the JetStream cluster`,
      );
    case "quorum-overridden":
      return tell(
        "quorum-overridden",
        "quorums were overridden",
        `${nameText(advisory.server)} was told to need a smaller quorum`,
        { before: countText(advisory.before), after: countText(advisory.after) },
      );
    case "api-overloaded":
      return tell(
        "api-overloaded",
        "times servers dropped API requests",
        `${nameText(advisory.server)} dropped ${countOf(advisory.dropped, "API request")}`,
      );
    case "api-asked":
      return tell(
        "api-asked",
        "API requests were made",
        `${advisory.client === "" ? "Somebody" : nameText(advisory.client)} asked ${nameText(advisory.api)}`,
      );
    case "put-back":
    case "terminated":
    case "given-up":
    case "acknowledged":
      return null;
  }
}

/** One message that its consumer will not be given again: the dead letter, to look at. */
export function tellLost(
  advisory: Advisory & MessageNews & { readonly kind: "terminated" | "given-up" },
  keys: Keys,
): SourceEvent {
  const { kind, at, stream, consumer, sequence, deliveries, reason } = advisory;
  const number = countText(sequence);
  return {
    at,
    kind: kind === "given-up" ? "message-given-up" : "message-terminated",
    title:
      kind === "given-up"
        ? `Gave up on sequence ${number} after ${deliveriesText(deliveries)} (${consumerText(stream, consumer)})`
        : `${consumerText(stream, consumer)} terminated sequence ${number}${because(reason)}`,
    ...place(keys, stream, consumer),
    message: { streamKey: keys.stream(stream), sequence },
  };
}

export function deliveriesText(deliveries: number): string {
  return deliveries === 1 ? "1 delivery" : `${countText(deliveries)} deliveries`;
}

export function place(keys: Keys, stream: string, consumer: string): Partial<SourceEvent> {
  if (stream === "") return {};
  if (consumer === "") return { streamKey: keys.stream(stream) };
  return { streamKey: keys.stream(stream), consumerKey: keys.consumer(stream, consumer) };
}

function eventKind(consumer: string, kind: Change["kind"]): string {
  if (kind === "leader") return "leader-changed";
  return `${consumer === "" ? "stream" : "consumer"}-${kind}`;
}

function plural(noun: "streams" | "consumers", kind: Change["kind"]): string {
  if (kind === "leader") return `${noun} have another leader`;
  return `${noun} were ${kind === "recreated" ? "deleted and created anew" : kind}`;
}

function because(reason: string): string {
  return reason === "" ? "" : `: ${nameText(reason)}`;
}

/** `40 ms`, `1.2 s`, `5 min`, `26 h`. */
function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${countText(Math.round(ms / 3_600_000))} h`;
}
