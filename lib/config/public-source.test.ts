import { expect, it } from "vitest";
import { publicSource } from "./public-source.ts";
import type { SourceConfig } from "./types.ts";

const told = { id: "a", name: "A", intervalMs: 1000, timeoutMs: 5000 };
const common = { ...told, limits: { consumers: [] } };
const tls = { ca: "HIDDEN", cert: "HIDDEN", key: "HIDDEN", rejectUnauthorized: true };
const sasl = { mechanism: "plain", username: "u", password: "HIDDEN" } as const;

const SOURCES: [SourceConfig, auth: string][] = [
  [
    {
      ...common,
      kind: "kafka",
      brokers: ["a:1"],
      clientId: "s",
      commitBudgetMs: 20,
      tls,
      sasl,
      groups: {},
      topics: {},
      probe: null,
    },
    "plain",
  ],
  [
    {
      ...common,
      kind: "kafka",
      brokers: ["a:1"],
      clientId: "s",
      commitBudgetMs: 20,
      tls,
      sasl: null,
      groups: {},
      topics: {},
      probe: null,
    },
    "certificate",
  ],
  ...(
    [
      { method: "none" },
      { method: "password", user: "u", password: "HIDDEN" },
      { method: "token", token: "HIDDEN" },
      { method: "creds", creds: "HIDDEN" },
      { method: "nkey", seed: "HIDDEN" },
    ] as const
  ).map((auth): [SourceConfig, string] => [
    {
      ...common,
      kind: "nats",
      servers: ["a:1"],
      monitoring: [],
      auth,
      accounts: [{ name: "other", auth: { method: "token", token: "HIDDEN" } }],
      systemAccount: { method: "token", token: "HIDDEN" },
      peekPayload: false,
      apiAudit: false,
      probe: null,
      jetstream: true,
      streams: {},
      tls: null,
    },
    auth.method,
  ]),
  [{ ...common, kind: "grpc", target: "a:1", uses: "auto", services: [], tls }, "certificate"],
];

it.each(SOURCES)("shows no secret: $kind, %#", (source, auth) => {
  const shown = publicSource(source);
  expect(JSON.stringify(shown)).not.toContain("HIDDEN");
  expect(shown).toMatchObject({
    ...told,
    kind: source.kind,
    addresses: ["a:1"],
    tls: source.tls !== null,
    auth,
  });
});
