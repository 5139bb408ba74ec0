import { exactCount, formatBytes } from "../../../../format/index.ts";
import type { EpochMs } from "../../../../model/reading.ts";
import type { StreamSignal } from "../../../../model/signal.ts";
import type { SourceFact } from "../../../../model/source.ts";
import type { OriginEntry, StreamConfigEntry, StreamEntry } from "../entries.ts";
import type { StreamSnapshot } from "../snapshot.ts";
import { isSilent } from "../state/origins.ts";
import {
  count,
  countText,
  heardOf,
  inGroup,
  instantOf,
  leaderFact,
  limitValue,
  replicaFacts,
  timeLimitText,
} from "./fact-text.ts";

/** What there is to say of a stream: what it holds, what limits it, who keeps it, where it comes from. */
export function mapStreamFacts(
  { account, entry }: Pick<StreamSnapshot, "account" | "entry">,
  signals: readonly StreamSignal[] = [],
): SourceFact[] {
  const { subjects, cluster, mirror, sources, config } = entry;
  return [
    ...inGroup("Messages", [
      ...(subjects === ""
        ? []
        : [{ label: "Subjects", value: subjects.split(" ").join(", "), title: "What it captures" }]),
      ...contentFacts(entry),
    ]),
    ...inGroup("Limits", [
      ...limitFacts(config),
      ...(config.sealed
        ? [{ label: "Sealed", value: "yes", title: "Nothing can be added to it or taken from it any more" }]
        : []),
    ]),
    ...inGroup("Origin", [
      ...(mirror ? [originFact("Mirror of", mirror, entry.asOf, signals.some(isOriginRemade))] : []),
      ...sources.map((source) => originFact("Source", source, entry.asOf)),
    ]),
    ...inGroup("Copies", [
      ...(account === "" ? [] : [{ label: "Account", value: account, title: "The account it belongs to" }]),
      {
        label: "Storage",
        value: `${config.storage || "not told"}${copies(entry)}`,
        title: "Where messages are kept, and how often",
      },
      ...(cluster ? [leaderFact(cluster.leader), ...replicaFacts(cluster.replicas, entry.asOf)] : []),
    ]),
  ];
}

function contentFacts(entry: StreamEntry): SourceFact[] {
  const { firstSeq, lastSeq, messages, bytes, deleted, subjectCount, consumerCount } = entry;
  const [firstAt, lastAt] = [instantOf(entry.firstAt), instantOf(entry.lastAt)];
  return [
    {
      label: "Sequences",
      value:
        messages === 0
          ? `none, last ${countText(lastSeq)}`
          : `${countText(firstSeq)} to ${countText(lastSeq)}`,
      title: "Of the first and the last message it holds",
    },
    {
      label: "Messages",
      value: { kind: "count", value: messages, of: `{}, ${formatBytes(bytes)}` },
      title: "What it holds, and the bytes it takes",
    },
    ...(deleted === 0
      ? []
      : [
          {
            label: "Deleted",
            value: count(deleted),
            title: "Messages missing between the first and the last",
          },
        ]),
    { label: "Distinct subjects", value: count(subjectCount), title: "Subjects it holds messages of" },
    ...(messages > 0 && !Number.isNaN(lastAt)
      ? [
          {
            label: "Last message",
            value: { kind: "ago", value: lastAt } as const,
            title: "When its last message was stored, by the server's clock",
          },
        ]
      : []),
    ...(messages > 0 && !Number.isNaN(firstAt)
      ? [
          {
            label: "First message",
            value: { kind: "ago", value: firstAt } as const,
            title: "When the oldest message it holds was stored, by the server's clock",
          },
        ]
      : []),
    { label: "Consumers", value: count(consumerCount), title: "Durable and ephemeral ones" },
  ];
}

const REMOVED_WHEN: Readonly<Record<string, string>> = {
  limits: "limits: removed by the limits alone",
  interest: "interest: removed once every consumer has acknowledged",
  workqueue: "work queue: removed once acknowledged",
};

function limitFacts(config: StreamConfigEntry): SourceFact[] {
  const refuses = config.discard === "new";
  const atLimit = refuses ? "reached: new messages are refused" : "reached: the oldest messages go";
  return [
    {
      label: "Retention",
      value: REMOVED_WHEN[config.retention] ?? (config.retention || "not told"),
      title: "When messages are removed, besides by the limits",
    },
    {
      label: "Max age",
      value: timeLimitText(config.maxAgeMs),
      title: "Older messages are removed, read or not",
    },
    {
      label: "Max messages",
      value: limitValue("count", config.maxMessages),
      title: `Messages it may hold; ${atLimit}`,
    },
    {
      label: "Max bytes",
      value: limitValue("bytes", config.maxBytes),
      title: `Bytes it may take; ${atLimit}`,
    },
    {
      label: "Max per subject",
      value: limitValue("count", config.maxPerSubject),
      title: `Messages it may hold of one subject; ${
        refuses && config.discardPerSubject
          ? "reached: new ones are refused"
          : "reached: the oldest of that subject goes"
      }. How long an unread message is safe from it depends on its subject, so no time is told`,
    },
    {
      label: "Max message size",
      value: limitValue("bytes", config.maxMessageBytes),
      title: "Larger messages are refused",
    },
    {
      label: "Max consumers",
      value: limitValue("count", config.maxConsumers),
      title: "More consumers are refused",
    },
    {
      label: "When full",
      value: refuses ? "refuses new messages" : "removes the oldest",
      title: "discard: what happens at the limits of messages and bytes",
    },
    ...(config.messageTtl
      ? [
          {
            label: "Message TTL",
            value: "allowed",
            title: "Messages may carry a time to live of their own, shorter than the maximum age",
          },
        ]
      : []),
  ];
}

function isOriginRemade(signal: StreamSignal): boolean {
  return signal.kind === "origin" && signal.trouble === "remade";
}

/** The lag is the last one that was heard of: of a silent origin, or of another one than it was, it says nothing. */
function originFact(label: string, origin: OriginEntry, asOf: EpochMs, isRemade = false): SourceFact {
  const { name, activeMs, external, error } = origin;
  const lag = isRemade || isSilent(origin) ? Number.NaN : origin.lag;
  const behind =
    lag > 0 ? `${exactCount(lag)} behind` : Number.isNaN(lag) ? "lag not known" : "nothing behind";
  const from = external === "" ? name : `${name} through ${external}`;
  const trouble = `${isRemade ? "; deleted and made anew" : ""}${error === "" ? "" : `; ${error}`}`;
  return {
    label,
    value: heardOf(`${from}: ${behind}, `, { activeMs, asOf }, trouble),
    title: "Messages it has yet to take from there, and when it last heard of it",
  };
}

function copies({ config, cluster }: StreamEntry): string {
  return cluster === null
    ? ""
    : `, ${config.replicas === 1 ? "1 copy" : `${countText(config.replicas)} copies`}`;
}
