import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { explainCall, explainConnection, explainSilence } from "./failure.ts";

const coded = (code: string) => Object.assign(new Error("text that is not read"), { code });

test.each([
  [{ accepted: false, answered: false, secured: false, error: undefined }, "UNREACHABLE"],
  [{ accepted: true, answered: false, secured: false, error: coded("ECONNRESET") }, "UNREACHABLE"],
  [{ accepted: true, answered: true, secured: false, error: coded("ERR_HTTP2_ERROR") }, "PROTOCOL"],
  [{ accepted: true, answered: true, secured: false, error: coded("DEPTH_ZERO_SELF_SIGNED_CERT") }, "AUTH"],
  [{ accepted: true, answered: true, secured: false, error: coded("ERR_TLS_CERT_ALTNAME_INVALID") }, "AUTH"],
  [
    {
      accepted: true,
      answered: true,
      secured: false,
      error: coded("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    },
    "AUTH",
  ],
  [
    { accepted: true, answered: true, secured: false, error: coded("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA") },
    "AUTH",
  ],
  [{ accepted: true, answered: true, secured: true, error: undefined }, "AUTH"],
  [
    { accepted: true, answered: true, secured: false, error: coded("ERR_SSL_WRONG_VERSION_NUMBER") },
    "PROTOCOL",
  ],
] as const)("a connection that failed: %o is %s", (findings, code) => {
  const error = explainConnection("host:1", findings, "why (2025-01-01T00:00:00.000Z)");
  expect(error.code).toBe(code);
  expect(error.hint).not.toBe("");
  expect(error.message).not.toContain("2025");
});

test("the reason is shown without what grpc-js puts around it", () => {
  const findings = { accepted: false, answered: false, secured: false, error: undefined };
  const details =
    "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1 (2025-11-21T15:00:00.000Z). Resolution note: ";
  expect(explainConnection("host:1", findings, details).message).toBe(
    "host:1: connect ECONNREFUSED 127.0.0.1:1.",
  );
  expect(explainConnection("host:1", findings, "").message).toBe("host:1: no connection.");
});

test("silence is told from no connection", () => {
  const mute = { accepted: true, answered: false };
  expect(explainSilence("host:1", mute).message).toContain("never sent HTTP/2 settings, nor anything else");
  expect(explainSilence("host:1", { accepted: false, answered: false })).toMatchObject({ code: "TIMEOUT" });
});

test.each([
  [status.UNAVAILABLE, "UNREACHABLE"],
  [status.DEADLINE_EXCEEDED, "TIMEOUT"],
  [status.UNAUTHENTICATED, "AUTH"],
  [status.PERMISSION_DENIED, "DENIED"],
  [status.INTERNAL, "ANSWERED_ERROR"],
  [99 as status, "ANSWERED_ERROR"],
] as const)("a call that ended with %i is %s", (code, expected) => {
  expect(explainCall("host:1", "/a/B", { code, details: "" }).code).toBe(expected);
});
