import { expect, it } from "vitest";
import { parseConfig } from "../config/index.ts";
import { SOURCE_KINDS } from "./index.ts";

const TLS = "tls: { caFile: ca, certFile: cert, keyFile: key }";
const PEM = "-----BEGIN X-----HIDDEN";
const ACCOUNTS = "accounts: [{ name: a, token: HIDDEN }], systemAccount: { token: HIDDEN }";

it.each([
  ["kafka", "brokers: [a:1, b:2], sasl: { mechanism: plain, username: HIDDEN, password: HIDDEN }", "a:1 b:2"],
  ["nats", `servers: [a:1, b:2], user: HIDDEN, password: HIDDEN, ${ACCOUNTS}`, "a:1 b:2"],
  ["nats", "servers: a:1, tokenFile: token", "a:1"],
  ["grpc", "target: a:1, metrics: http://a:2/HIDDEN", "a:1"],
])("%s tells where it is, and no secret: %s", (kind, fields, addresses) => {
  const { sources } = parseConfig(`sources: [{ id: a, kind: ${kind}, ${fields}, ${TLS} }]`, {
    kinds: SOURCE_KINDS,
    path: "streamside.yaml",
    env: {},
    readSecret: () => PEM,
  });
  expect(JSON.stringify(sources[0]!.config)).toContain("HIDDEN");
  expect(sources[0]!.addresses.join(" ")).toBe(addresses);
});
