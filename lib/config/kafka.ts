import type * as z from "zod";
import { commonFields, isMapping, onlyOne, type RawMapping, sourceReader } from "./common.ts";
import { choice, field, filter, integer, list, mapping, readAddress, switchable, text } from "./fields.ts";
import type { Finding } from "./findings.ts";
import { mapLimits } from "./limits.ts";
import { mapTls, type SecretFiles, secret } from "./secrets.ts";
import { type KafkaSourceConfig, SASL_MECHANISMS } from "./types.ts";
import type { Path } from "./yaml-values.ts";

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
  const { tls, limits, sasl, probe: probing, ...rest } = parsed;
  return {
    ...rest,
    name: parsed.name ?? parsed.id,
    tls: mapTls(tls),
    limits: mapLimits(limits),
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
