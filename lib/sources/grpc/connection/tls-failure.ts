import { CollectorError } from "../../../sample/collector-error.ts";

/** What went wrong in TLS, and what to do, by the codes of Node and OpenSSL; null: it was not TLS. */
export function explainTls(target: string, cause: unknown): CollectorError | null {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  if (typeof code !== "string") return null;
  const auth = (what: string, hint: string) =>
    new CollectorError("AUTH", `${target}: ${what} (${code}).`, hint, { cause });
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return auth(
      `the target's certificate is for other names${namesOf(cause)}`,
      "Set servername in the source's tls section to a name the certificate has, if that is the right server.",
    );
  }
  if (code === "CERT_HAS_EXPIRED") {
    return auth("the target's certificate has expired", "Renew it, and restart or reload the service.");
  }
  if (code === "CERT_NOT_YET_VALID") {
    return auth("the target's certificate is not valid yet", "Is the clock of this machine right?");
  }
  if (/ALERT_CERTIFICATE_REQUIRED$|ALERT_HANDSHAKE_FAILURE$/.test(code)) {
    return auth(
      "the target wants a client certificate, or other ciphers than are offered",
      "Set certFile and keyFile in the source's tls section.",
    );
  }
  if (
    /ALERT_(UNKNOWN_CA|ACCESS_DENIED|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE)$/.test(code)
  ) {
    return auth(
      "the target does not accept the client certificate",
      "Set certFile in the source's tls section to one that an authority has signed which the target trusts.",
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|UNKNOWN_CA/.test(code)) {
    return auth(
      "the target's certificate is signed by no authority that this source trusts",
      "Set caFile in the source's tls section to the certificate of the authority that signed it.",
    );
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return new CollectorError(
      "PROTOCOL",
      `${target}: the TLS handshake failed (${code}).`,
      "Does this port speak gRPC over TLS? Leave out the tls section for plain text.",
      { cause },
    );
  }
  return null;
}

/** `: quotes.test`; some certificates have hundreds of names. */
function namesOf(cause: unknown): string {
  const names = (cause as { cert?: { subjectaltname?: unknown } }).cert?.subjectaltname;
  return typeof names === "string" ? `: ${names.slice(0, 200)}` : "";
}
