import type { EpochMs } from "../../../model/reading.ts";
import type { SourceFact } from "../../../model/source.ts";
import { type ApiVersions, oldReleaseOf } from "../wire/cluster.ts";

interface Need {
  readonly key: number;
  readonly version: number;
  readonly what: string;
}

/** What batched sampling is made of: in every Kafka from 3.0 on. The most telling one first. */
const NEEDS: readonly Need[] = [
  { key: 9, version: 8, what: "no batched OffsetFetch" },
  { key: 2, version: 7, what: "no ListOffsets 7" },
  { key: 16, version: 4, what: "no group states in ListGroups" },
];

/** What keeps a broker from being sampled in batches; null: nothing. */
export function missingForBatches({ ranges }: ApiVersions): string | null {
  return NEEDS.find(({ key, version }) => (ranges.get(key)?.[1] ?? -1) < version)?.what ?? null;
}

export interface KafkajsFactInput {
  /** Of the brokers that are connected. */
  readonly versions: readonly ApiVersions[];
  readonly requests: number;
  /** When the oldest number was read; null where every sample is a full one, -Infinity while there is none of some. */
  readonly oldestAt: EpochMs | null;
}

export function mapKafkajsFacts({ versions, requests, oldestAt }: KafkajsFactInput): SourceFact[] {
  const old = versions.find((one) => missingForBatches(one) !== null);
  const because = old
    ? `because this broker (Kafka ${oldReleaseOf(old) ?? "before 3.0"}) has ${missingForBatches(old)}`
    : "because a broker that is not connected now is too old for batches";
  const how = `kafkajs admin client, ${because}; ${requests} requests a sample`;
  return [
    {
      label: "Sampled with",
      value: withTurns(how, oldestAt),
      title:
        "Each group and each topic is asked for by itself. Committed offsets first, end offsets after, so that a backlog is never negative. Nothing is written.",
    },
  ];
}

function withTurns(how: string, oldestAt: EpochMs | null): SourceFact["value"] {
  if (oldestAt === null) return how;
  const turns = `${how}; groups and topics take turns`;
  return Number.isFinite(oldestAt)
    ? { kind: "ago", value: oldestAt, of: `${turns}, the oldest number was read {}` }
    : `${turns}, and some have not had theirs yet`;
}
