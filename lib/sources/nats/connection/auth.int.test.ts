import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type LocalBroker, startLocalNats } from "../../../../brokers/index.ts";
import { systemClock } from "../../../async/clock.ts";
import { loadConfig } from "../../../config/index.ts";
import type { Collector } from "../../../sample/collector.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { Sample } from "../../../sample/sample.ts";
import { shown } from "../../facts.fixture.ts";
import { SOURCE_KINDS } from "../../index.ts";
import { createAuthority, createCertificate } from "../../test-certificates.ts";
import { createOperator, type Operator } from "./jwt.fixture.ts";

const never = new AbortController().signal;
/** What the certificates are for. */
const NAMES = ["IP:127.0.0.1", "DNS:nats.test"];

let directory: string;
const collectors: Collector[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "streamside-auth-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const collector of collectors.splice(0)) await collector.close();
});

const hostOf = (nats: LocalBroker) => nats.address.replace("nats://", "");
const file = (name: string, content: string) => writeFileSync(join(directory, name), content);

/** A collector as it is made of what a user writes; files are named relative to the configuration. */
function configured(nats: LocalBroker, fields: string): Collector {
  file("streamside.yaml", `sources: [{ id: test, kind: nats, servers: [${hostOf(nats)}], ${fields} }]`);
  const { sources, sampling } = loadConfig({ kinds: SOURCE_KINDS, cwd: directory, env: {} });
  const collector = sources[0]!.createCollector(sampling, systemClock);
  collectors.push(collector);
  return collector;
}

const sampled = (nats: LocalBroker, fields: string): Promise<Sample> =>
  configured(nats, fields).sample(never);

async function failureOf(nats: LocalBroker, fields: string): Promise<CollectorError> {
  const outcome = await sampled(nats, fields).then(
    () => null,
    (error: CollectorError) => error,
  );
  expect(outcome, "it was let in").not.toBeNull();
  expect(outcome!.message).toContain(hostOf(nats)); // where, and what to do
  expect(outcome!.hint).not.toBe("");
  return outcome!;
}

const openssl = (() => {
  try {
    return /^OpenSSL 3/.test(execFileSync("openssl", ["version"], { encoding: "utf8" }));
  } catch {
    return false;
  }
})();

describe("user and password, token, NKey", () => {
  const user = nkeys.createUser();
  const seedOf = (keys: typeof user) => new TextDecoder().decode(keys.getSeed());
  let users: LocalBroker;
  let token: LocalBroker;
  beforeAll(async () => {
    const nkey = user.getPublicKey();
    [users, token] = await Promise.all([
      startLocalNats({
        config: `authorization { users: [{ user: reader, password: "p w" }, { nkey: ${nkey} }] }`,
      }),
      startLocalNats({ config: `authorization { token: "s3cret" }` }),
    ]);
    file("password", "p w\n");
    file("token", "s3cret\n");
    file("user.nk", `${seedOf(user)}\n`);
    file("stranger.nk", seedOf(nkeys.createUser()));
  });
  afterAll(() => Promise.all([users?.stop(), token?.stop()]));

  it.each([
    ["a password", () => users, `user: reader, password: "p w"`],
    ["a password from a file", () => users, "user: reader, passwordFile: password"],
    ["an NKey seed", () => users, "nkeyFile: user.nk"],
    ["a token", () => token, "token: s3cret"],
    ["a token from a file", () => token, "tokenFile: token"],
  ])("lets in %s", async (_, nats, fields) => {
    expect((await sampled(nats(), fields)).failures).toEqual([]);
  });

  it.each([
    ["a wrong password", () => users, "user: reader, password: wrong"],
    ["nobody", () => users, ""],
    ["a stranger's NKey", () => users, "nkeyFile: stranger.nk"],
    ["a wrong token", () => token, "token: wrong"],
  ])("says that %s is refused", async (_, nats, fields) => {
    expect(await failureOf(nats(), fields)).toMatchObject({
      code: "AUTH",
      message: expect.stringContaining("refused the credentials"),
      hint: expect.stringContaining("token"),
    });
  });
});

describe("credentials files of an operator", () => {
  let nats: LocalBroker;
  let operator: Operator;
  beforeAll(async () => {
    operator = createOperator();
    nats = await startLocalNats({ config: operator.config });
  });
  afterAll(() => nats?.stop());

  it("let in, with the system account beside", async () => {
    file("app.creds", operator.creds("APP", {}));
    file("sys.creds", operator.creds("SYS", {}));
    const { failures, facts } = await sampled(
      nats,
      "credsFile: app.creds, systemAccount: { credsFile: sys.creds }",
    );
    expect(failures).toEqual([]);
    expect(shown(facts).JetStream).not.toMatch(/off|could not/);
  });

  it("name the subject that their permissions leave out", async () => {
    const permissions = { pub: { deny: ["$JS.API.STREAM.LIST"] } };
    file("denied.creds", operator.creds("APP", permissions));
    expect(await failureOf(nats, "credsFile: denied.creds")).toMatchObject({
      code: "DENIED",
      message: expect.stringContaining('"$JS.API.STREAM.LIST"'),
    });
  });

  it("are refused when they have expired, also while connected, or come from another operator", async () => {
    file("expired.creds", operator.creds("APP", {}, Date.now() - 60_000));
    expect((await failureOf(nats, "credsFile: expired.creds")).code).toBe("AUTH");
    file("other.creds", createOperator().creds("APP", {}));
    expect((await failureOf(nats, "credsFile: other.creds")).code).toBe("AUTH");

    file("short.creds", operator.creds("APP", {}, Date.now() + 2_000));
    const collector = configured(nats, "credsFile: short.creds");
    expect((await collector.sample(never)).failures).toEqual([]);
    const outcome = () =>
      collector.sample(never).then(
        () => "sampled",
        ({ code }: CollectorError) => code,
      );
    await expect.poll(outcome, { timeout: 10_000, interval: 50 }).toBe("AUTH");
  });
});

describe.skipIf(!openssl)("TLS", () => {
  let tls: LocalBroker;
  let mutual: LocalBroker;
  let first: LocalBroker;
  let plain: LocalBroker;
  beforeAll(async () => {
    for (const name of ["ca", "stranger"]) createAuthority(directory, name);
    for (const name of ["server", "client"]) createCertificate(directory, "ca", name, NAMES);
    createCertificate(directory, "stranger", "impostor", NAMES);
    const path = (name: string) => JSON.stringify(join(directory, name));
    const files = `cert_file: ${path("server.pem")}, key_file: ${path("server.key")}`;
    [tls, mutual, first, plain] = await Promise.all([
      startLocalNats({ config: `tls { ${files} }, authorization { token: t }` }),
      startLocalNats({ config: `tls { ${files}, ca_file: ${path("ca.pem")}, verify: true }` }),
      startLocalNats({ config: `tls { ${files}, handshake_first: true }`, greets: false }),
      startLocalNats(),
    ]);
  });
  afterAll(() => Promise.all([tls, mutual, first, plain].map((nats) => nats?.stop())));

  const identity = "certFile: client.pem, keyFile: client.key";
  it.each([
    ["a private authority, and a token", () => tls, "token: t, tls: { caFile: ca.pem }"],
    ["a name in the certificate", () => tls, "token: t, tls: { caFile: ca.pem, servername: nats.test }"],
    ["no check at all", () => tls, "token: t, tls: { rejectUnauthorized: false }"],
    ["a client certificate", () => mutual, `tls: { caFile: ca.pem, ${identity} }`],
    ["a handshake before the greeting", () => first, "tls: { caFile: ca.pem }, timeoutMs: 1500"],
  ])("connects with %s", async (_, nats, fields) => {
    expect((await sampled(nats(), fields)).failures).toEqual([]);
  });

  it.each([
    ["an unknown authority", () => tls, "token: t, tls: true", "AUTH", /certificate authority/],
    [
      "another authority",
      () => tls,
      "token: t, tls: { caFile: stranger.pem }",
      "AUTH",
      /certificate authority/,
    ],
    [
      "another name",
      () => tls,
      "token: t, tls: { caFile: ca.pem, servername: x.test }",
      "AUTH",
      /servername/,
    ],
    ["a wrong token", () => tls, "token: wrong, tls: { caFile: ca.pem }", "AUTH", /token/],
    ["no client certificate", () => mutual, "tls: { caFile: ca.pem }", "AUTH", /client certificate/],
    [
      "a stranger's client certificate",
      () => mutual,
      "tls: { caFile: ca.pem, certFile: impostor.pem, keyFile: impostor.key }",
      "AUTH",
      /client certificate/,
    ],
    ["TLS where there is none", () => plain, "tls: { caFile: ca.pem }", "PROTOCOL", /Take tls out/],
    ["no TLS where a handshake comes first", () => first, "timeoutMs: 600", "PROTOCOL", /handshake_first/],
  ])("says what to do about %s", async (_, nats, fields, code, hint) => {
    const failure = await failureOf(nats(), fields);
    expect(failure.code).toMatch(code);
    expect(failure.hint).toMatch(hint);
  });
});
