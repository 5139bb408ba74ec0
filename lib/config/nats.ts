import type * as z from "zod";
import { commonFields, onlyOne, type RawMapping, sourceReader } from "./common.ts";
import { field, filter, flag, list, mapping, readAddress, text } from "./fields.ts";
import type { Finding } from "./findings.ts";
import { mapTls, type SecretFiles, secret } from "./secrets.ts";
import type { NatsAuth, NatsSourceConfig } from "./types.ts";
import type { Path } from "./yaml-values.ts";

const SERVER =
  "nats://host:port or host:port (tls: true for TLS; user, password or token as fields of their own)";
const MONITORING = "an http:// or https:// URL without user, query or fragment";

function createSchema(files: SecretFiles) {
  return mapping({
    ...commonFields("nats", files),
    servers: list(
      field(SERVER, (v) => readAddress(typeof v === "string" ? v.replace(/^nats:\/\//i, "") : v, 4222)),
      "a list of nats:// URLs or host:port, at least one",
    ),
    monitoring: list(
      field(MONITORING, readMonitoringUrl),
      "a list of http(s) URLs, at least one",
    ).exactOptional(),
    user: text().exactOptional(),
    password: secret().exactOptional(),
    passwordFile: files.line().exactOptional(),
    token: secret().exactOptional(),
    tokenFile: files.line().exactOptional(),
    credsFile: files.creds().exactOptional(),
    nkeyFile: files.nkey().exactOptional(),
    jetstream: flag().default(true),
    streams: filter(),
    jsDomain: text("a JetStream domain: text without spaces, . * >", /^[^\s.*>]+$/).exactOptional(),
  });
}

type Parsed = z.output<ReturnType<typeof createSchema>>;

function mapNats(parsed: Parsed): NatsSourceConfig {
  const { id, kind, intervalMs, timeoutMs, servers, monitoring = [], jetstream, streams, jsDomain } = parsed;
  return {
    id,
    kind,
    name: parsed.name ?? id,
    intervalMs,
    timeoutMs,
    tls: mapTls(parsed.tls),
    servers,
    monitoring,
    auth: mapAuth(parsed),
    jetstream,
    streams,
    ...(jsDomain !== undefined && { jsDomain }),
  };
}

function mapAuth({ user, password, passwordFile, token, tokenFile, credsFile, nkeyFile }: Parsed): NatsAuth {
  if (user !== undefined) return { method: "password", user, password: password ?? passwordFile ?? "" };
  const anyToken = token ?? tokenFile;
  if (anyToken !== undefined) return { method: "token", token: anyToken };
  if (credsFile !== undefined) return { method: "creds", creds: credsFile };
  if (nkeyFile !== undefined) return { method: "nkey", seed: nkeyFile };
  return { method: "none" };
}

/** One way to sign in at most, and that one whole. */
function authConflicts(raw: RawMapping, path: Path): Finding[] {
  const findings = [
    ...onlyOne(raw, path, "password", "passwordFile"),
    ...onlyOne(raw, path, "token", "tokenFile"),
  ];
  const passwordKey = ["password", "passwordFile"].find((key) => key in raw);
  if (passwordKey && !("user" in raw))
    findings.push({
      path: [...path, passwordKey],
      at: "key",
      message: "is set without user",
      expected: "user",
    });
  if (!passwordKey && "user" in raw)
    findings.push({
      path: [...path, "user"],
      at: "key",
      message: "is set without a password",
      expected: "password or passwordFile",
    });
  const methods = [["user", "password", "passwordFile"], ["token", "tokenFile"], ["credsFile"], ["nkeyFile"]]
    .map((keys) => keys.find((key) => key in raw))
    .filter((key) => key !== undefined);
  const [first, ...others] = methods;
  const expected = "one way to sign in: user and password, token, credsFile or nkeyFile";
  for (const key of others)
    findings.push({ path: [...path, key], at: "key", message: `is set beside ${first}`, expected });
  return findings;
}

function readMonitoringUrl(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const plain =
    !url.username && !url.password && !url.search && !url.hash && /^https?:\/\//i.test(value.trim());
  return plain && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, "") : undefined;
}

export function createNatsReader(files: SecretFiles) {
  return sourceReader(createSchema(files), mapNats, authConflicts);
}
