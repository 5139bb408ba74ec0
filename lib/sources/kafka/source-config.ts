import type * as z from "zod";
import {
  commonFields,
  isMapping,
  mapCommon,
  onlyOne,
  type RawMapping,
  sourceReader,
} from "../../config/common.ts";
import {
  choice,
  field,
  filter,
  integer,
  list,
  mapping,
  readAddress,
  switchable,
  text,
} from "../../config/fields.ts";
import type { Finding } from "../../config/findings.ts";
import { type SecretFiles, secret } from "../../config/secrets.ts";
import type { FilterConfig, SourceConfig } from "../../config/types.ts";
import type { Path } from "../../config/yaml-values.ts";

/** What is set of a Kafka source. */
export interface KafkaSourceConfig extends SourceConfig {
  /** `host:port`, at least one. */
  brokers: string[];
  clientId: string;
  /** Broker time a second that reading commits may take, on each broker. */
  commitBudgetMs: number;
  sasl: SaslConfig | null;
  groups: FilterConfig;
  topics: FilterConfig;
  /** null: nothing is ever written to the cluster. */
  probe: KafkaProbeConfig | null;
}

/** Messages that Streamside writes and reads back, to see how long that takes. */
export interface KafkaProbeConfig {
  topic: string;
  /** One message this often. */
  intervalMs: number;
  /** A message that takes longer is late. */
  deadlineMs: number;
  /** A message that takes longer is given up as lost. */
  lostAfterMs: number;
}

export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export interface SaslConfig {
  mechanism: (typeof SASL_MECHANISMS)[number];
  username: string;
  password: string;
}

function createSchema(files: SecretFiles) {
  return mapping({
    ...commonFields("kafka", files),
    brokers: list(
      field("host:port", (v) => readAddress(v)),
      "a list of host:port, at least one",
    ),
    clientId: text().default("streamside"),
    commitBudgetMs: integer(1, 1_000, "milliseconds a second").default(20),
    sasl: mapping({
      mechanism: choice(SASL_MECHANISMS),
      username: text(),
      password: secret().exactOptional(),
      passwordFile: files.line().exactOptional(),
    }).exactOptional(),
    groups: filter(),
    topics: filter(),
    probe: probe(),
  });
}

/** `probe: true | false | {…}`; undefined means none. */
function probe() {
  const options = mapping(
    {
      topic: text(
        "a topic name of at most 249 letters, digits, . _ -",
        /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/,
      ).default("streamside-probe"),
      intervalMs: integer(20, 60_000, "milliseconds").default(200),
      deadlineMs: integer(1, 600_000, "milliseconds").default(1000),
      lostAfterMs: integer(1000, 900_000, "milliseconds").default(300_000),
    },
    "true, false, or a mapping with topic, intervalMs, deadlineMs, lostAfterMs",
  );
  return switchable(options);
}

function mapKafka(parsed: z.output<ReturnType<typeof createSchema>>): KafkaSourceConfig {
  const { brokers, clientId, commitBudgetMs, sasl, groups, topics, probe: probing } = parsed;
  return {
    ...mapCommon(parsed),
    brokers,
    clientId,
    commitBudgetMs,
    groups,
    topics,
    probe: probing ?? null,
    sasl: sasl
      ? {
          mechanism: sasl.mechanism,
          username: sasl.username,
          // One of the two is there: `saslConflicts` saw to it.
          password: sasl.password ?? sasl.passwordFile ?? "",
        }
      : null,
  };
}

function saslConflicts({ sasl }: RawMapping, path: Path): Finding[] {
  if (!isMapping(sasl)) return [];
  const at = [...path, "sasl"];
  if (!("password" in sasl || "passwordFile" in sasl))
    return [{ path: at, at: "key", message: "has no password", expected: "password or passwordFile" }];
  return onlyOne(sasl, at, "password", "passwordFile");
}

/** A probe that calls a message lost before it could be late would never see one late. */
function probeConflicts({ probe }: RawMapping, path: Path): Finding[] {
  if (!isMapping(probe)) return [];
  const { deadlineMs = 1000, lostAfterMs = 300_000 } = probe;
  if (!(Number(lostAfterMs) <= Number(deadlineMs))) return []; // also where one of them is no number
  return [
    {
      path: [...path, "probe", "lostAfterMs" in probe ? "lostAfterMs" : "deadlineMs"],
      at: "value",
      message: "leaves no time between late and lost",
      expected: "a lostAfterMs above deadlineMs",
    },
  ];
}

export function createKafkaReader(files: SecretFiles) {
  return sourceReader(createSchema(files), mapKafka, (raw, path) => [
    ...saslConflicts(raw, path),
    ...probeConflicts(raw, path),
  ]);
}
