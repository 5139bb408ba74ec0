import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SOURCE_KINDS } from "../sources/index.ts";
import { parseConfig } from "./parse-config.ts";

const EXAMPLE = readFileSync(new URL("../../streamside.example.yaml", import.meta.url), "utf8");

function parse(text: string) {
  const { sources, ...config } = parseConfig(text, {
    kinds: SOURCE_KINDS,
    path: "/x/streamside.yaml",
    env: {},
    readSecret(path) {
      if (path.endsWith(".creds")) return "-----BEGIN NATS USER JWT-----";
      return /\.(pem|key)$/.test(path) ? "-----BEGIN X-----" : "secret";
    },
  });
  return { ...config, sources: sources.map((source) => source.config) };
}

describe("streamside.example.yaml", () => {
  it("works as it is, and its options are shown with their defaults", () => {
    expect(parse(EXAMPLE).sources.map((s) => [s.id, s.kind])).toEqual([
      ["orders", "kafka"],
      ["events", "nats"],
      ["quotes", "grpc"],
    ]);
  });

  it("works with every option on", () => {
    const config = parse(EXAMPLE.replace(/^( *)# /gm, "$1"));
    expect(config.publicHosts).toEqual([
      { host: "streamside.example.com", port: null },
      { host: "streamside", port: 4400 },
    ]);
    expect(config).toMatchObject({ ...DEFAULTS, dataDir: "/x/data", limits: LIMITS });
    expect(config.history).toEqual(parse(`${EXAMPLE}\nhistory: true\n`).history);
    const [kafka, nats, grpc] = config.sources;
    expect(kafka).toMatchObject({
      ...SOURCE_DEFAULTS,
      name: "Orders cluster",
      tls: { key: "-----BEGIN X-----" },
      sasl: { mechanism: "scram-sha-512", username: "streamside", password: "secret" },
      groups: { include: "^(orders|billing)-" },
      probe: PROBE_DEFAULTS,
      limits: { lateMs: 300_000, minBacklog: 100, consumers: [] },
    });
    expect(nats).toMatchObject({
      monitoring: ["http://127.0.0.1:8222"],
      auth: { method: "password" },
      accounts: [{ name: "billing", auth: { method: "creds" } }],
      systemAccount: { method: "password", user: "streamside-system" },
      jsDomain: "hub",
      peekPayload: false,
      apiAudit: false,
      probe: { subject: "streamside.probe", respond: true, intervalMs: 200, deadlineMs: 1000 },
    });
    expect(grpc).toMatchObject({
      uses: "auto",
      metrics: "http://127.0.0.1:9464/metrics",
      services: ["example.Quotes"],
    });
  });

  const SOURCE_DEFAULTS = { intervalMs: 1000, timeoutMs: 5000, clientId: "streamside", commitBudgetMs: 20 };
  const PROBE_DEFAULTS = {
    topic: "streamside-probe",
    intervalMs: 200,
    deadlineMs: 1000,
    lostAfterMs: 300_000,
  };
  const LIMITS = {
    lateMs: 60_000,
    stalledMs: 300_000,
    stoppedMs: 600_000,
    minBacklog: 0,
    consumers: [
      { match: "^nightly-", lateMs: 26 * 3_600_000 },
      { match: "^old-", ignore: true },
    ],
  };
  const {
    sources: _,
    dataDir: __,
    limits: ___,
    publicHosts: ____,
    history: _____,
    ...DEFAULTS
  } = parse(EXAMPLE);
});
