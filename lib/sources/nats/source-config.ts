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
  field,
  filter,
  flag,
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

/** What is set of a NATS source. */
export interface NatsSourceConfig extends SourceConfig {
  /** `host:port` without a scheme, at least one. */
  servers: string[];
  /** Base URLs of monitoring endpoints, without a trailing slash; may be empty. */
  monitoring: string[];
  auth: NatsAuth;
  /** Further accounts of the same servers, each with a user of its own. */
  accounts: NatsAccountConfig[];
  /** A user of the system account: every server answers for itself, and every account's streams are known. */
  systemAccount: NatsAuth | null;
  jetstream: boolean;
  streams: FilterConfig;
  jsDomain?: string;
  /** What the subjects of answers begin with, where users may not subscribe to each other's. Default `_INBOX`. */
  inboxPrefix?: string;
  /** Whether a message that somebody looks at is shown with its payload, not only with its headers and size. */
  peekPayload: boolean;
  /** Whether to hear who asks the JetStream API for changes, which makes servers send every answer once more. */
  apiAudit: boolean;
  /** null: nothing is ever published. */
  probe: NatsProbeConfig | null;
}

export interface NatsAccountConfig {
  /** Unique within the source. */
  name: string;
  auth: NatsAuth;
}

/** Requests that Streamside sends, to see how long a reply takes. */
export interface NatsProbeConfig {
  subject: string;
  /** Whether Streamside answers its own requests, on a second connection; else a service of yours does. */
  respond: boolean;
  /** One request this often. */
  intervalMs: number;
  /** A reply that takes longer is late. */
  deadlineMs: number;
}

export type NatsAuth =
  | { method: "none" }
  | { method: "password"; user: string; password: string }
  | { method: "token"; token: string }
  | { method: "creds"; creds: string }
  | { method: "nkey"; seed: string };

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
    ...authFields(files),
    accounts: list(
      mapping({
        name: text("a name of at most 64 characters without spaces or /", /^[^\s/]{1,64}$/),
        ...authFields(files),
      }),
      "a list of accounts, each with a name and a way to sign in",
      false,
    ).exactOptional(),
    systemAccount: mapping(authFields(files), "a mapping with a way to sign in").exactOptional(),
    jetstream: flag().default(true),
    streams: filter(),
    jsDomain: text("a JetStream domain: text without spaces, . * >", /^[^\s.*>]+$/).exactOptional(),
    inboxPrefix: text(
      "a subject without spaces, * or >, such as _INBOX_streamside",
      /^[^\s.*>]+(\.[^\s.*>]+)*$/,
    ).exactOptional(),
    peekPayload: flag().default(false),
    apiAudit: flag().default(false),
    probe: probe(),
  });
}

/** The ways to sign in. */
function authFields(files: SecretFiles) {
  return {
    user: text().exactOptional(),
    password: secret().exactOptional(),
    passwordFile: files.line().exactOptional(),
    token: secret().exactOptional(),
    tokenFile: files.line().exactOptional(),
    credsFile: files.creds().exactOptional(),
    nkeyFile: files.nkey().exactOptional(),
  };
}

/** `probe: true | false | {…}`; undefined means none. */
function probe() {
  const options = mapping(
    {
      subject: text("a subject without spaces, * or >", /^[^\s*>]{1,200}$/).default("streamside.probe"),
      respond: flag().default(true),
      intervalMs: integer(20, 60_000, "milliseconds").default(200),
      deadlineMs: integer(1, 60_000, "milliseconds").default(1000),
    },
    "true, false, or a mapping with subject, respond, intervalMs, deadlineMs",
  );
  return switchable(options);
}

type Parsed = z.output<ReturnType<typeof createSchema>>;

function mapNats(parsed: Parsed): NatsSourceConfig {
  const { servers, monitoring = [], jetstream, streams, jsDomain, inboxPrefix } = parsed;
  return {
    ...mapCommon(parsed),
    servers,
    monitoring,
    auth: mapAuth(parsed),
    accounts: (parsed.accounts ?? []).map((account) => ({ name: account.name, auth: mapAuth(account) })),
    systemAccount: parsed.systemAccount === undefined ? null : mapAuth(parsed.systemAccount),
    jetstream,
    streams,
    ...(jsDomain !== undefined && { jsDomain }),
    ...(inboxPrefix !== undefined && { inboxPrefix }),
    peekPayload: parsed.peekPayload,
    apiAudit: parsed.apiAudit,
    probe: parsed.probe ?? null,
  };
}

type ParsedAuth = Partial<Record<keyof ReturnType<typeof authFields>, string>>;

function mapAuth({
  user,
  password,
  passwordFile,
  token,
  tokenFile,
  credsFile,
  nkeyFile,
}: ParsedAuth): NatsAuth {
  if (user !== undefined) return { method: "password", user, password: password ?? passwordFile ?? "" };
  const anyToken = token ?? tokenFile;
  if (anyToken !== undefined) return { method: "token", token: anyToken };
  if (credsFile !== undefined) return { method: "creds", creds: credsFile };
  if (nkeyFile !== undefined) return { method: "nkey", seed: nkeyFile };
  return { method: "none" };
}

/** The rules of every place that signs in, and that accounts have different names. */
function natsConflicts(raw: RawMapping, path: Path): Finding[] {
  const findings = authConflicts(raw, path);
  if (isMapping(raw.systemAccount)) {
    const at = [...path, "systemAccount"];
    findings.push(...authConflicts(raw.systemAccount, at), ...missingAuth(raw.systemAccount, at));
  }
  const names = new Set<unknown>();
  for (const [row, account] of (Array.isArray(raw.accounts) ? raw.accounts : []).entries()) {
    if (!isMapping(account)) continue;
    const at = [...path, "accounts", row];
    findings.push(...authConflicts(account, at), ...missingAuth(account, at));
    if (names.has(account.name)) {
      findings.push({
        path: [...at, "name"],
        at: "value",
        message: "is the name of another account of this source",
        expected: "a name of its own",
      });
    }
    names.add(account.name);
  }
  return findings;
}

/** An account is told apart by who signs in: without that it would be the source's own once more. */
function missingAuth(raw: RawMapping, path: Path): Finding[] {
  const ways = ["user", "password", "passwordFile", "token", "tokenFile", "credsFile", "nkeyFile"];
  if (ways.some((way) => way in raw)) return [];
  return [{ path, at: "key", message: "has no way to sign in", expected: WAYS }];
}

const WAYS = "one way to sign in: user and password, token, credsFile or nkeyFile";

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
  for (const key of others)
    findings.push({ path: [...path, key], at: "key", message: `is set beside ${first}`, expected: WAYS });
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
  return sourceReader(createSchema(files), mapNats, natsConflicts);
}
