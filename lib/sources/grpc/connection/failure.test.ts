import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { explainCall, explainConnection, explainSilence, notGrpc } from "./failure.ts";

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

const gateway = { code: status.UNAVAILABLE, details: "Received HTTP status code 503" };

test("a proxy's answer in the place of the server is that, and the server is lost", () => {
  const error = notGrpc("host:1", "text/plain", gateway, true);
  expect(error).toMatchObject({
    code: "UNREACHABLE",
    message: "host:1: a proxy in front of it answered HTTP 503 in the place of the server.",
    hint: expect.stringContaining("cannot reach the server behind it"),
  });
  expect(notGrpc("host:1", "text/plain", { ...gateway, details: "" }, true).message).toContain(
    "answered in the place",
  );
});

test("a page is a web server's where gRPC was never answered, and not where it was", () => {
  const hint = (wasLive: boolean) => notGrpc("host:1", "text/html", null, wasLive).hint;
  expect(hint(false)).toContain("web server");
  expect(hint(true)).not.toContain("web server");
  const answered = { accepted: true, answered: true, secured: false, error: undefined };
  expect(explainConnection("host:1", answered, "").hint).toContain("web server");
  expect(explainConnection("host:1", answered, "", true).hint).not.toContain("web server");
});

test("who is asked for credentials is told what there is to show, and what there is not", () => {
  const { hint } = explainCall("host:1", "/a/B", { code: status.UNAUTHENTICATED, details: "" });
  expect(hint).toMatch(/client certificate.*token/);
});
