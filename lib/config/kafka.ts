import type * as z from "zod";
import { commonFields, isMapping, onlyOne, type RawMapping, sourceReader } from "./common.ts";
import { choice, field, filter, integer, list, mapping, readAddress, text } from "./fields.ts";
import type { Finding } from "./findings.ts";
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
    commitBudgetMs: integer(1, 1_000, "milliseconds a second").default(30),
    sasl: mapping({
      mechanism: choice(SASL_MECHANISMS),
      username: text(),
      password: secret().exactOptional(),
      passwordFile: files.line().exactOptional(),
    }).exactOptional(),
    groups: filter(),
    topics: filter(),
  });
}

function mapKafka(parsed: z.output<ReturnType<typeof createSchema>>): KafkaSourceConfig {
  const { tls, sasl, ...rest } = parsed;
  return {
    ...rest,
    name: parsed.name ?? parsed.id,
    tls: mapTls(tls),
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

export function createKafkaReader(files: SecretFiles) {
  return sourceReader(createSchema(files), mapKafka, saslConflicts);
}
